"""Answers that came faster than anybody reads."""

from collections.abc import Sequence
from math import log
from statistics import NormalDist, median, quantiles

from staff.consulting.bursts import CHANCE, upper_tail
from staff.consulting.flood_groups import Arrived, Flood, Sign, Sure, group_by, make_flood

QUICK_LEAST = 5
# Who takes less than this share of the middle time is taken for too quick to have read (as in Greszki, Meyer and
# Schoen, "Exploring the effects of removing too fast responses", Public Opinion Quarterly 79, 2015: 30, 40, 50%).
QUICK_SHARE = 0.3
QUICK_SECONDS_PER_ANSWER = 3.0


def find_too_quick(looked: Sequence[Arrived]) -> list[Flood]:
    """By door, since a text message takes longer; each held against how many questions it answers."""
    floods = []
    for door, stream in sorted(group_by(looked, lambda r: r.channel).items()):
        paces = {
            r.id: r.seconds / len(r.answers) for r in stream if r.seconds is not None and len(r.answers) > 1
        }
        if len(paces) < 4 * QUICK_LEAST:
            continue
        middle = median(paces.values())
        limit = min(QUICK_SHARE * middle, QUICK_SECONDS_PER_ANSWER)
        members = [r for r in stream if paces.get(r.id, limit) < limit]
        if len(members) < QUICK_LEAST:
            continue
        expected = _expect_below(limit, list(paces.values()))
        chance = upper_tail(len(members), expected)
        why = (
            f"{len(members)} answers by {door} took less than {limit:.1f} s a question; the middle is {middle:.0f} s. "
            "Who knows the questions, or skips most, may be so quick."
        )
        sure = Sure.FAIR if chance < CHANCE else Sure.WEAK
        floods.append(make_flood(Sign.TOO_QUICK, sure, why, members, door, expected=expected, chance=chance))
    return floods


def _expect_below(limit: float, paces: Sequence[float]) -> float:
    """How many would be so quick were the logarithms of the times normal, as those of most tasks nearly are."""
    low, middle, high = quantiles(map(log, (max(pace, 0.1) for pace in paces)), n=4)
    spread = max((high - low) / 1.349, 0.1)  # a normal's quartiles lie 1.349 deviations apart
    return len(paces) * NormalDist(middle, spread).cdf(log(limit))
