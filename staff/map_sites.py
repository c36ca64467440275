"""Sites as a map and its table show them, and counted by place for a map that may be published."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from flows.place import KnownPlace, km_between
from flows.places import Gazetteer
from flows.sites import find_cell
from staff.sheets import UNKNOWN
from staff.small_numbers import Shown, hide_small
from storage.insight import ReportRow

EXACT_M = 100  # within which a point needs no ring
CELL_KM = 1.7  # the diagonal of a cell, and some more


@dataclass(frozen=True)
class Site:
    """One site. Its point is the most exact of its reports, None where no report has one.

    `near` is the named place nearest to it, `caravans` what the latest report that counted any says.
    """

    reference: str
    state: str
    near: str
    district: str | None
    land: str | None
    latitude: float | None
    longitude: float | None
    within_m: int | None
    caravans: int | None
    since: datetime
    state_at: datetime | None
    state_until: date | None


@dataclass(frozen=True)
class PlaceCount:
    """Sites near a named place, as they may be published."""

    near: str
    district: str | None
    latitude: float
    longitude: float
    sites: Shown


def read_sites(rows: Iterable[ReportRow], gazetteer: Gazetteer, ends: Collection[str]) -> tuple[Site, ...]:
    """The first reported first; without those in a state of `ends`."""
    held: dict[str, list[ReportRow]] = defaultdict(list)
    for row in rows:
        held[row.site].append(row)
    places = NearestPlaces(gazetteer)
    sites = [_site(reports, places) for reports in held.values() if any(r.is_site for r in reports)]
    return tuple(site for site in sites if site.state not in ends)


class NearestPlaces:
    """The named place nearest to a point; it remembers which few can be it in a cell of the grid of flows/sites.py."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._known = gazetteer.known
        self._in_cell: dict[int, list[KnownPlace]] = {}

    def name_at(self, latitude: float, longitude: float) -> str:
        cell = find_cell(latitude, longitude) or 0
        if cell not in self._in_cell:
            apart = [(km_between(latitude, longitude, k.latitude, k.longitude), k) for k in self._known]
            # Whoever lies in the same cell is at most its diagonal away from here, and so is what is nearest to it.
            reach = min(km for km, _ in apart) + 2 * CELL_KM
            self._in_cell[cell] = [known for km, known in apart if km <= reach]
        few = self._in_cell[cell]
        return min(few, key=lambda k: km_between(latitude, longitude, k.latitude, k.longitude)).name


def _site(reports: list[ReportRow], places: NearestPlaces) -> Site:
    main = next(report for report in reports if report.is_site)
    placed = [report for report in reports if report.latitude is not None and report.longitude is not None]
    # Staff may have moved the case's own point: of equally exact ones it counts.
    best = min(placed, key=lambda r: (_doubt(r), not r.is_site), default=main)
    counted = [report.caravans for report in reports if report.caravans is not None]
    near = ""
    if best.latitude is not None and best.longitude is not None:
        near = places.name_at(best.latitude, best.longitude)
    return Site(
        reference=main.reference,
        state=main.status,
        near=near,
        district=main.district,
        land=main.land,
        latitude=best.latitude,
        longitude=best.longitude,
        within_m=best.within_m,
        caravans=counted[-1] if counted else None,
        since=reports[0].submitted_at,
        state_at=main.state_at,
        state_until=main.state_until,
    )


def _doubt(report: ReportRow) -> int:
    """What says nothing of its exactness comes after a pin and a postcode."""
    return 1000 if report.within_m is None else report.within_m


def count_by_place(sites: Iterable[Site], gazetteer: Gazetteer) -> tuple[PlaceCount, ...]:
    """Sites by the named place nearest to them: no point of a site, and no small number, is left.

    Numbers are hidden as if the total of each district were published too.
    """
    points = {known.name: known for known in gazetteer.known}
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for site in sites:
        if site.near:
            counts[site.district or UNKNOWN][site.near] += 1
    return tuple(
        PlaceCount(
            near,
            None if district == UNKNOWN else district,
            points[near].latitude,
            points[near].longitude,
            shown[0],
        )
        for district, by in sorted(counts.items())
        for near, shown in zip(sorted(by), _hidden(by), strict=True)
    )


def _hidden(by: Mapping[str, int]) -> list[list[Shown]]:
    return hide_small([[by[near]] for near in sorted(by)])[:-1]
