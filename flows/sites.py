"""Sites: what was reported of one place and time, how exactly it is placed, and the grid that finds what is near.

Points lie on a grid, so that the record finds what is near by a few whole numbers, on any database. Which reports
are of the same site is weighed in flows/site_matching.py.
"""

import math
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from flows.place import Certainty, km_between
from flows.safety import plain_words

# About 1.1 km each way in the middle of England.
CELL_LATITUDE, CELL_LONGITUDE = 0.01, 0.016
_COLUMNS = 100_000

PIN_M, POSTCODE_M, WORDS_M = 150, 250, 2500
# No farther is a site looked for, however vaguely it is placed.
REACH_M = 3000
# Names of whole towns and villages say little; what lies within this to that many metres says which place. Nearer
# than that is no name but a pin or a postcode, and the name with it only the next village's.
LANDMARK_M = (200, 900)
# Words with which people say where in or by a named place they mean.
_BESIDE_NAMES = frozenset(
    "a an the at in on by of off to from and near nr next beside behind opposite opp outside between along just field "
    "fields layby lay bit side end bottom top corner edge verge roadside there here".split()
)
# Nine of ten lie within a radius of 2.146 standard deviations (Rayleigh).
DEVIATIONS = 2.146
# Many reports do not make a point more exact than this: sites are as wide.
LEAST_DEVIATION_KM = 0.03

# States in which nobody is at the site any more, though there is still work to do.
GONE_STATES = frozenset({"vacated", "cleanup"})
# Those of what was no site here at all.
NO_SITE_STATES = frozenset({"duplicate_of", "not_encampment", "out_of_area", "moderated"})


@dataclass(frozen=True)
class Sighting:
    """One report. `seen_at` is when the citizen first saw it, if told; `name` a landmark's, "" for a mere town's."""

    latitude: float
    longitude: float
    certainty: str | None
    within_m: int | None
    reported_at: datetime
    seen_at: datetime | None = None
    name: str = ""
    land: str = ""

    @property
    def first_seen(self) -> datetime:
        return min(self.seen_at or self.reported_at, self.reported_at)

    @property
    def radius_m(self) -> int | None:
        return radius_m(self.certainty, self.within_m)

    @property
    def deviation_km(self) -> float | None:
        return None if self.radius_m is None else self.radius_m / DEVIATIONS / 1000


@dataclass(frozen=True)
class Site:
    """All reports of one site (at least one). `key` is the reference; `ended_at` since when it is noted as gone."""

    key: str
    reports: tuple[Sighting, ...]
    ended_at: datetime | None = None

    @cached_property
    def first_seen(self) -> datetime:
        return min(report.first_seen for report in self.reports)

    @cached_property
    def last_reported(self) -> datetime:
        return max(report.reported_at for report in self.reports)

    @cached_property
    def names(self) -> Counter[str]:
        return Counter(report.name for report in self.reports if report.name)

    @cached_property
    def lands(self) -> Counter[str]:
        return Counter(report.land for report in self.reports if report.land)

    @cached_property
    def point(self) -> tuple[float, float, float] | None:
        """Latitude, longitude and deviation in km by all reports that go with the best; None where all are vague."""
        # Words lead many people to one point of the gazetteer: that is one observation, not many.
        points: dict[tuple[float, float], float] = {}
        for report in self.reports:
            at, deviation = (report.latitude, report.longitude), report.deviation_km
            if deviation is not None:
                points[at] = min(deviation, points.get(at, deviation))
        if not points:
            return None
        best, exact = min(points.items(), key=lambda item: item[1])
        reach = 1.5 * DEVIATIONS
        near = {p: d for p, d in points.items() if km_between(*p, *best) <= reach * (d + exact)}
        total = sum(d**-2 for d in near.values())
        latitude, longitude = (sum(p[i] * d**-2 for p, d in near.items()) / total for i in (0, 1))
        return latitude, longitude, max(total**-0.5, LEAST_DEVIATION_KM)

    def as_sighting(self) -> Sighting | None:
        """The whole site as if one had reported it, so that it can be held against other sites."""
        if self.point is None:
            return None
        latitude, longitude, deviation = self.point
        within_m = math.ceil(deviation * DEVIATIONS * 1000)
        name, land = (max(told, key=told.__getitem__, default="") for told in (self.names, self.lands))
        return Sighting(
            latitude, longitude, Certainty.NEAR, within_m, self.last_reported, self.first_seen, name, land
        )


def radius_m(certainty: str | None, within_m: int | None) -> int | None:
    """Within how many metres of its point a place lies; None where that is too vague to group by."""
    match certainty:
        case Certainty.PIN:
            return PIN_M
        case Certainty.POSTCODE:
            return POSTCODE_M
        case Certainty.NAMED_PLACE | Certainty.NEAR:
            return within_m or WORDS_M
    return None


def is_better_placed(
    certainty: str | None, within_m: int | None, than: tuple[str | None, int | None]
) -> bool:
    """Whether a point is so much more exact than another that it takes the other's place."""
    ours, theirs = radius_m(certainty, within_m), radius_m(*than)
    return ours is not None and (theirs is None or ours * 2 <= theirs)


def find_reach_m(certainty: str | None, within_m: int | None) -> int | None:
    """How far from a point to look for sites it may be; None for one that is not grouped."""
    radius = radius_m(certainty, within_m)
    return None if radius is None else min(2 * radius + 1500, REACH_M)


def name_place(place: Any) -> str:
    """What names the very place in a stored place answer; "" where that is a town or nothing.

    `within_m` is how far off the place of these words may be, whatever the site's point is by now.
    """
    if not isinstance(place, dict):
        return ""
    name, text, within_m = (place.get(part) for part in ("name", "text", "within_m"))
    if name and isinstance(within_m, int) and LANDMARK_M[0] <= within_m <= LANDMARK_M[1]:
        return str(name)
    said = [word for word in plain_words(str(text or "")).split() if word not in _BESIDE_NAMES]
    return " ".join(said) if len(set(said) - set(plain_words(str(name or "")).split())) >= 2 else ""


def find_cell(latitude: float | None, longitude: float | None) -> int | None:
    """The number of the cell of a point; None for no point."""
    if latitude is None or longitude is None:
        return None
    row, column = math.floor((latitude + 90) / CELL_LATITUDE), math.floor((longitude + 180) / CELL_LONGITUDE)
    return row * _COLUMNS + column


def cells_around(latitude: float, longitude: float, metres: float) -> tuple[int, ...]:
    """The cells that hold every point within so many metres, and some more."""
    north = metres / 111_000
    east = metres / (111_000 * max(math.cos(math.radians(latitude)), 0.01))
    rows = range(
        math.floor((latitude - north + 90) / CELL_LATITUDE),
        math.floor((latitude + north + 90) / CELL_LATITUDE) + 1,
    )
    columns = range(
        math.floor((longitude - east + 180) / CELL_LONGITUDE),
        math.floor((longitude + east + 180) / CELL_LONGITUDE) + 1,
    )
    return tuple(row * _COLUMNS + column for row in rows for column in columns)
