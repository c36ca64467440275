"""Sites: which reports are of the same one, by place, by how certainly it is known, by time and by name.

A report is weighed against every site near it: how likely the site would be told of at that point (both points
are only so exact), that it is still there, and under that name; against that it is a new site, or another that
came to the place of an old one. Sites near each other share what speaks for them, so that a report that may be of
either is put to neither. The numbers were set on synthetic counties (bench/sites.py), never on the one reported.

Points lie on a grid, so that the record finds what is near by a few whole numbers, on any database.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from rapidfuzz import fuzz

from flows.places import Certainty, km_between
from flows.safety import plain_words

# About 1.1 km each way in the middle of England.
CELL_LATITUDE, CELL_LONGITUDE = 0.01, 0.016
_COLUMNS = 100_000

# At and above GROUP a report is put to a site unasked, at and above ASK the citizen is asked.
GROUP, ASK = 0.9, 0.3
# A site nobody has reported for so long, or that ended so long ago, is not looked at.
FORGOTTEN, ENDED = timedelta(days=90), timedelta(days=7)
MOST_ASKED = 3

PIN_M, POSTCODE_M, WORDS_M = 100, 200, 1500
# No farther is a site looked for, however vaguely it is placed.
REACH_M = 3000
# Names of whole towns and villages say little; what is named within so many metres says which place.
LANDMARK_M = 900
ALIKE = 85

# States of a case after which nobody is at the site any more, or never was.
ENDED_STATES = frozenset({"closed", "vacated", "cleanup", "not_encampment", "out_of_area", "duplicate_of"})

# Nine of ten lie within a radius of 2.146 standard deviations (Rayleigh); some are much farther off.
_DEVIATIONS = 2.146
_TAIL_SHARE, _TAIL_TIMES = 0.1, 3.0
# How thickly new sites lie beside reports of a known one, per km2.
_NEW_PER_KM2 = 0.01
# After so many days without a report a site is as likely gone as there.
_HALF_LIFE_DAYS = 10.0
# The same after its end was noted, which may have been too soon.
_AFTER_END, _AFTER_END_DAYS = 0.1, 2.0
# How often a place is come back to, against reports of who is there.
_AGAIN = 0.05
_SAME_NAME, _OTHER_NAME = 6.0, 0.5
_SAME_LAND, _OTHER_LAND = 1.3, 0.5


@dataclass(frozen=True)
class Sighting:
    """One report. `seen_at` is when the citizen first saw it, if told; `name` a landmark's, "" for a mere town's."""

    latitude: float
    longitude: float
    certainty: str
    within_m: int | None
    reported_at: datetime
    seen_at: datetime | None = None
    name: str = ""
    land: str = ""


@dataclass(frozen=True)
class Site:
    """Reports of one place, as far as known: its best-known point, all its names, its first and its last report.

    `key` is the reference; `ended_at` since when it is noted as gone.
    """

    key: str
    latitude: float
    longitude: float
    certainty: str
    within_m: int | None
    first_seen: datetime
    last_reported: datetime
    names: tuple[str, ...] = ()
    land: str = ""
    ended_at: datetime | None = None


@dataclass(frozen=True)
class Match:
    """A site that a report may be of, and how likely (0 to 1)."""

    key: str
    sure: float


@dataclass(frozen=True)
class Grouping:
    """What becomes of a report: put to a site unasked (`into`), or left with those it may be of."""

    into: Match | None = None
    perhaps: tuple[Match, ...] = ()


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
    return None if radius is None else min(2 * radius + WORDS_M, REACH_M)


def name_place(place: Any, certainty: str | None, within_m: int | None) -> str:
    """What names the very place in a stored place answer; "" where that is a town or nothing."""
    if not isinstance(place, dict):
        return ""
    name, text = str(place.get("name") or ""), str(place.get("text") or "")
    is_words = certainty in (Certainty.NAMED_PLACE, Certainty.NEAR)
    if is_words and name and within_m is not None and within_m <= LANDMARK_M:
        return name
    town, said = set(plain_words(name).split()), set(plain_words(text).split())
    return text if len(said - town) >= 2 else ""


def rank(sighting: Sighting, sites: Sequence[Site]) -> list[Match]:
    """Each site with how likely the report is of it, the likeliest first."""
    found = [(site, *_weigh(sighting, site)) for site in sites]
    matches = []
    for site, here, again in found:
        others = sum(w * (1 - _is_one(site, other)) for other, w, _ in found if other is not site)
        matches.append(Match(site.key, here / (1 + here + again + others) if here else 0.0))
    return sorted(matches, key=lambda match: (-match.sure, match.key))


def likelihood(sighting: Sighting, site: Site) -> float:
    """How likely a report is of a site (0 to 1), if no other is near."""
    return rank(sighting, [site])[0].sure


def decide(sighting: Sighting, sites: Sequence[Site], not_same: Collection[str] = ()) -> Grouping:
    """What becomes of a report; `not_same` are keys of sites the citizen says it is not."""
    likely = [m for m in rank(sighting, [s for s in sites if s.key not in not_same]) if m.sure >= ASK]
    if likely and likely[0].sure >= GROUP:
        return Grouping(into=likely[0])
    return Grouping(perhaps=tuple(likely[:MOST_ASKED]))


def _weigh(sighting: Sighting, site: Site) -> tuple[float, float]:
    """What speaks for the site, and for another at its place later on, against 1 for a new one."""
    ours = radius_m(sighting.certainty, sighting.within_m)
    theirs = radius_m(site.certainty, site.within_m)
    if ours is None or theirs is None:
        return 0.0, 0.0
    km = km_between(sighting.latitude, sighting.longitude, site.latitude, site.longitude)
    weight = _density(km, ours, theirs) / _NEW_PER_KM2
    weight *= _by_name(sighting.name, site.names) * _by_land(sighting.land, site.land)
    there = _is_there(sighting, site)
    return weight * there, weight * (1 - there) * _AGAIN


def _density(km: float, *radii: int) -> float:
    """How thickly, per km2, the points told of one place lie so far from each other."""
    variance = sum((radius / _DEVIATIONS / 1000) ** 2 for radius in radii)
    return sum(
        share * math.exp(-(km**2) / (2 * spread)) / (2 * math.pi * spread)
        for share, spread in ((1 - _TAIL_SHARE, variance), (_TAIL_SHARE, variance * _TAIL_TIMES**2))
    )


def _is_there(sighting: Sighting, site: Site) -> float:
    """How likely the site was still, or already, there when it was seen."""
    seen = min(sighting.seen_at or sighting.reported_at, sighting.reported_at)
    if site.ended_at is not None and seen > site.ended_at:
        return _AFTER_END * _halved(seen - site.ended_at, _AFTER_END_DAYS)
    apart = max(seen - site.last_reported, site.first_seen - sighting.reported_at, timedelta(0))
    return _halved(apart, _HALF_LIFE_DAYS)


def _halved(time: timedelta, days: float) -> float:
    return float(0.5 ** (time / timedelta(days=days)))


def _by_name(name: str, names: Collection[str]) -> float:
    if not name or not names:
        return 1.0
    return _SAME_NAME if any(is_alike(name, other) for other in names) else _OTHER_NAME


def is_alike(name: str, other: str) -> bool:
    """Whether two names of places are one, with other spelling or order of words."""
    return fuzz.token_sort_ratio(plain_words(name), plain_words(other)) >= ALIKE


def _by_land(land: str, other: str) -> float:
    if not land or not other:
        return 1.0
    return _SAME_LAND if land == other else _OTHER_LAND


def _is_one(site: Site, other: Site) -> float:
    """How likely two cases are one site that was not grouped: such do not speak against each other."""
    late, early = (site, other) if site.last_reported >= other.last_reported else (other, site)
    seen = Sighting(
        late.latitude,
        late.longitude,
        late.certainty,
        late.within_m,
        late.last_reported,
        late.first_seen,
        late.names[0] if late.names else "",
        late.land,
    )
    here, again = _weigh(seen, early)
    return here / (1 + here + again)


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
