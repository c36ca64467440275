"""Cases of a form near a point, as sites that a new report may be of. Reading here opens nothing sealed."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select

from flows.county import LONDON
from flows.events import SubmissionFiled
from flows.facts import ENDED_STATES, KnownSite, SitesNeeded
from flows.place import Certainty, km_between
from flows.site_matching import ASK, ENDED, FORGOTTEN, MOST_ASKED, Match, rank
from flows.sites import (
    GONE_STATES,
    NO_SITE_STATES,
    PIN_M,
    REACH_M,
    Sighting,
    Site,
    cells_around,
    find_reach_m,
    name_place,
)
from storage.tables import submissions

# At most so many cases are read near a point, the newest; of the nearest of them the reports, the newest.
MOST_NEAR, MOST_WEIGHED, MOST_REPORTS = 200, 25, 200
_CASE = (
    *(submissions.c.id, submissions.c.reference, submissions.c.status, submissions.c.assigned_to),
    *(submissions.c.latitude, submissions.c.longitude, submissions.c.certainty, submissions.c.within_m),
    *(submissions.c.submitted_at, submissions.c.state_at, submissions.c.state_until),
)
_TOLD = (
    *(submissions.c.id, submissions.c.merged_into, submissions.c.answers, submissions.c.submitted_at),
    *(submissions.c.latitude, submissions.c.longitude, submissions.c.certainty, submissions.c.within_m),
)


@dataclass(frozen=True)
class NearCase:
    """A case near a point: where it is and stands. `metres` is how far its point is off."""

    id: str
    reference: str
    status: str
    assigned_to: str | None
    latitude: float
    longitude: float
    certainty: str | None
    within_m: int | None
    submitted_at: datetime
    state_at: datetime | None
    state_until: date | None
    metres: int

    @property
    def is_closed(self) -> bool:
        return self.status in ENDED_STATES

    @property
    def ended_at(self) -> datetime | None:
        return self.state_at if self.is_closed or self.status in GONE_STATES else None


@dataclass(frozen=True)
class KeptSite:
    """A case with its reports, and the name of its place, if it has one."""

    case: NearCase
    site: Site
    name: str


class NearSites:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def near(
        self, form: str, latitude: float, longitude: float, metres: float, now: datetime
    ) -> list[NearCase]:
        """Cases within so many metres that somebody told of lately, or that ended lately; the nearest first."""
        since, ended_since = now - FORGOTTEN, now - ENDED
        repeats = submissions.alias("repeats")
        told_again = exists().where(
            repeats.c.merged_into == submissions.c.id, repeats.c.submitted_at >= since
        )
        query = (
            select(*_CASE)
            .where(
                submissions.c.form == form,
                submissions.c.cell.in_(cells_around(latitude, longitude, metres)),
                submissions.c.merged_into.is_(None),
                _is_there(ended_since),
                or_(submissions.c.submitted_at >= since, told_again),
            )
            # As an expression, or SQLite walks all of the form by its index of times instead of the cells.
            .order_by(func.coalesce(submissions.c.submitted_at, now).desc(), submissions.c.id)
            .limit(MOST_NEAR)
        )
        found = []
        for row in self._connection.execute(query):
            off = round(km_between(latitude, longitude, row.latitude, row.longitude) * 1000)
            if off <= metres:
                found.append(NearCase(**row._mapping, metres=off))
        return sorted(found, key=lambda case: (case.metres, case.reference))

    def known(self, need: SitesNeeded, now: datetime) -> tuple[KnownSite, ...]:
        """The sites that a place just told of may be, the likeliest first, for the citizen to say."""
        name = name_place({"name": need.name, "within_m": need.within_m})
        within_m = max(need.within_m, PIN_M) if need.within_m else None
        here = Sighting(need.latitude, need.longitude, Certainty.NEAR, within_m, now, None, name)
        kept = self.load(need.form, here, now)
        matches = rank(here, [each.site for each in kept.values()])
        # Nothing is put to a closed case: who said "that one" would have told of a new site with half the answers.
        asked = [m for m in matches if m.sure >= ASK and not kept[m.key].case.is_closed]
        return tuple(_as_known(kept[m.key], m) for m in asked[:MOST_ASKED])

    def load(
        self, form: str, here: Sighting, now: datetime, *, besides: str | None = None
    ) -> dict[str, KeptSite]:
        """The sites a sighting may be of, by reference."""
        reach = find_reach_m(here.certainty, here.within_m)
        if reach is None:
            return {}
        near = self.near(form, here.latitude, here.longitude, min(reach, REACH_M), now)
        cases = {case.id: case for case in near if case.id != besides}
        cases = dict(list(cases.items())[:MOST_WEIGHED])
        if not cases:
            return {}
        told = defaultdict(list)
        # Two queries: with "or" SQLite would go by neither index.
        first = select(*_TOLD).where(submissions.c.id.in_(cases))
        repeats = select(*_TOLD).where(submissions.c.merged_into.in_(cases))
        newest = func.coalesce(submissions.c.submitted_at, now).desc()
        for query in (first, repeats.order_by(newest, submissions.c.id).limit(MOST_REPORTS)):
            for row in self._connection.execute(query):
                told[row.merged_into or row.id].append(row)
        return {case.reference: _as_site(case, told[id]) for id, case in cases.items() if told[id]}


def _is_there(ended_since: datetime) -> ColumnElement[bool]:
    """Whether it was a site at all, and is one still or was lately."""
    over = (set(ENDED_STATES) | GONE_STATES) - NO_SITE_STATES
    return and_(
        submissions.c.status.not_in(sorted(NO_SITE_STATES)),
        or_(submissions.c.status.not_in(sorted(over)), submissions.c.state_at >= ended_since),
    )


def sighting_of(filed: SubmissionFiled, now: datetime) -> Sighting | None:
    if filed.latitude is None or filed.longitude is None:
        return None
    return _sighting(filed.latitude, filed.longitude, filed.certainty, filed.within_m, filed.answers, now)


def _sighting(
    latitude: float,
    longitude: float,
    certainty: str | None,
    within_m: int | None,
    answers: dict[str, Any],
    at: datetime,
) -> Sighting:
    seen, land = answers.get("seen_at"), answers.get("land")
    return Sighting(
        latitude,
        longitude,
        certainty,
        within_m,
        at,
        datetime.fromisoformat(seen["value"]) if isinstance(seen, dict) and "value" in seen else None,
        name_place(answers.get("place")),
        land if isinstance(land, str) else "",
    )


def _as_site(case: NearCase, told: Sequence[Any]) -> KeptSite:
    reports = [
        _sighting(r.latitude, r.longitude, r.certainty, r.within_m, r.answers, r.submitted_at)
        for r in told
        if r.latitude is not None and r.longitude is not None
    ]
    places = (row.answers.get("place") for row in told)
    names = (place.get("name") for place in places if isinstance(place, dict))
    name = next((str(name) for name in names if name), "")
    return KeptSite(case, Site(case.reference, tuple(reports), case.ended_at), name)


def _as_known(kept: KeptSite, match: Match) -> KnownSite:
    """What a citizen may hear: the gazetteer's name of the place, never somebody's words."""
    case, site = kept.case, kept.site
    return KnownSite(
        reference=case.reference,
        name=kept.name,
        state=case.status,
        first_seen_on=site.first_seen.astimezone(LONDON).date(),
        changed_on=(case.state_at or case.submitted_at).astimezone(LONDON).date(),
        distance_m=case.metres,
        sure=match.sure,
        state_until=case.state_until,
    )
