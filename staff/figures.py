"""The arithmetic of insight: how long things last while some still go on, and whether two orders agree."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from statistics import correlation

ROUNDING = 1e-9


def find_quantile(ended: Sequence[float], running: Sequence[float], share: float) -> float | None:
    """The shortest time within which `share` of all came to an end; None where too many still go on to tell.

    What still goes on is known to last at least as long as it has lasted, no more (Kaplan and Meier's estimate).
    Without it, it is the nearest rank.
    """
    lasting = sorted([*ended, *running])
    ends = Counter(ended)
    left = 1.0
    for time in sorted(ends):
        at_risk = len(lasting) - bisect_left(lasting, time)
        left *= 1 - ends[time] / at_risk
        if 1 - left >= share - ROUNDING:
            return time
    return None


def correlate_ranks(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Spearman's rank correlation, -1 to 1; None for fewer than three pairs, or where one side is all the same."""
    if len(first) < 3 or len(set(first)) == 1 or len(set(second)) == 1:
        return None
    return correlation(_ranks(first), _ranks(second))


def _ranks(values: Sequence[float]) -> list[float]:
    """Equal values share the middle of their ranks."""
    ordered = sorted(values)
    first_of: dict[float, int] = {}
    count: dict[float, int] = {}
    for place, value in enumerate(ordered):
        first_of.setdefault(value, place)
        count[value] = count.get(value, 0) + 1
    return [first_of[value] + (count[value] - 1) / 2 for value in values]
