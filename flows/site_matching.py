"""Which reports are of the same site: weighed by place and its certainty, by time, by name and by kind of land.

A report is weighed against every site near it: how likely the site would be told of at that point (both points are
only so exact), that it is still there, and by that name; against that it is a new site, or another that came to the
place of an old one. Sites near each other speak against each other, so that a report that may be of either is put
to neither. The numbers were set on synthetic counties (bench/sites/county.py), never on the one whose result is
reported.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from rapidfuzz import fuzz

from flows.place import km_between
from flows.safety import plain_words
from flows.sites import Sighting, Site

# At and above GROUP a report is put to a site unasked, at and above ASK the citizen is asked; at and above JOIN
# two cases that a later report has brought together are one, at and above JOIN_ONE where one is a single report.
GROUP, ASK, JOIN, JOIN_ONE = 0.94, 0.3, 0.995, 0.96
# A site nobody has reported for so long, or that ended so long ago, is not looked at.
FORGOTTEN, ENDED = timedelta(days=90), timedelta(days=7)
MOST_ASKED = 3

# Some points are much farther off than their certainty says.
_TAIL_SHARE, _TAIL_TIMES = 0.2, 3.0
# How thickly new sites lie beside reports of a known one, per km2.
_NEW_PER_KM2 = 0.002
# After so many days without a report a site is as likely gone as there.
_HALF_LIFE_DAYS = 7.0
# The same after its end was noted, which may have been too soon.
_AFTER_END, _AFTER_END_DAYS = 0.05, 1.0
# How often a place is come back to, against reports of who is there.
_AGAIN = 0.02
# What a name or kind of land is worth: its share among the site's reports against its share among all, each
# beginning with a few reports' worth of doubt.
_NAME_SHARE, _NAME_DOUBT = 0.01, 2.0
_LAND_SHARE, _LAND_DOUBT = 1 / 7, 1.0
ALIKE = 85
# What speaks no more than this for a site decides nothing.
_TOO_LITTLE = 0.01


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


def rank(sighting: Sighting, sites: Sequence[Site]) -> list[Match]:
    """Each site with how likely the report is of it, the likeliest first."""
    found = [(site, *_weigh(sighting, site)) for site in sites]
    likely = [(site, here) for site, here, _ in found if here >= _TOO_LITTLE]
    matches = []
    for site, here, again in found:
        if here < _TOO_LITTLE:
            matches.append(Match(site.key, here / (1 + here)))
            continue
        others = sum(w * (1 - _is_one(site, other)) for other, w in likely if other is not site)
        matches.append(Match(site.key, here / (1 + here + again + others)))
    return sorted(matches, key=lambda match: (-match.sure, match.key))


def likelihood(sighting: Sighting, site: Site) -> float:
    """How likely a report is of a site (0 to 1), if no other is near."""
    return rank(sighting, [site])[0].sure


def decide(sighting: Sighting, sites: Sequence[Site], closed: Collection[str] = ()) -> Grouping:
    """What becomes of a report. Nothing is put unasked to a site whose key is in `closed`: nobody would see it."""
    likely = [match for match in rank(sighting, sites) if match.sure >= ASK]
    if likely and likely[0].sure >= GROUP and likely[0].key not in closed:
        return Grouping(into=likely[0])
    return Grouping(perhaps=tuple(likely[:MOST_ASKED]))


def find_twin(site: Site, others: Sequence[Site]) -> Match | None:
    """The other case that is surely the same site, now that more is known of this one."""
    seen = site.as_sighting()
    if seen is None or not others:
        return None
    best = rank(seen, others)[0]
    alone = any(len(other.reports) == 1 for other in others if other.key == best.key)
    return best if best.sure >= (JOIN_ONE if alone else JOIN) else None


def _weigh(sighting: Sighting, site: Site) -> tuple[float, float]:
    """What speaks for the site, and for another at its place later on, against 1 for a new one."""
    deviation = sighting.deviation_km
    if deviation is None or site.point is None:
        return 0.0, 0.0
    latitude, longitude, about = site.point
    km = km_between(sighting.latitude, sighting.longitude, latitude, longitude)
    weight = _density(km, deviation**2 + about**2) / _NEW_PER_KM2
    weight *= _by_name(sighting.name, site) * _by_land(sighting.land, site)
    there = _is_there(sighting, site)
    return weight * there, weight * (1 - there) * _AGAIN


def _density(km: float, variance: float) -> float:
    """How thickly, per km2, the points told of one place lie so far from each other."""
    return sum(
        share * math.exp(-(km**2) / (2 * spread)) / (2 * math.pi * spread)
        for share, spread in ((1 - _TAIL_SHARE, variance), (_TAIL_SHARE, variance * _TAIL_TIMES**2))
    )


def _is_there(sighting: Sighting, site: Site) -> float:
    """How likely the site was still, or already, there when it was seen."""
    seen = sighting.first_seen
    if site.ended_at is not None and seen > site.ended_at:
        return _AFTER_END * _halved(seen - site.ended_at, _AFTER_END_DAYS)
    apart = max(seen - site.last_reported, site.first_seen - sighting.reported_at, timedelta(0))
    return _halved(apart, _HALF_LIFE_DAYS)


def _halved(time: timedelta, days: float) -> float:
    return float(0.5 ** (time / timedelta(days=days)))


def _by_name(name: str, site: Site) -> float:
    if not name or not site.names:
        return 1.0
    alike = sum(count for other, count in site.names.items() if is_alike(name, other))
    return (alike / _NAME_SHARE + _NAME_DOUBT) / (site.names.total() + _NAME_DOUBT)


def _by_land(land: str, site: Site) -> float:
    if not land or not site.lands:
        return 1.0
    return (site.lands[land] / _LAND_SHARE + _LAND_DOUBT) / (site.lands.total() + _LAND_DOUBT)


@lru_cache(maxsize=4096)
def is_alike(name: str, other: str) -> bool:
    """Whether two names of places are one, with other spelling or order of words."""
    return fuzz.token_sort_ratio(plain_words(name), plain_words(other)) >= ALIKE


def _is_one(site: Site, other: Site) -> float:
    """How likely two cases are one site that was not grouped: such do not speak against each other."""
    late, early = (site, other) if site.last_reported >= other.last_reported else (other, site)
    seen = late.as_sighting()
    if seen is None:
        return 0.0
    here, again = _weigh(seen, early)
    return here / (1 + here + again)
