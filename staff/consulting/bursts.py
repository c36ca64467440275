"""Hours and days in which far more answers came than the consultation's own pace explains.

A scan of time as in Naus ("The distribution of the size of the maximum cluster of points on a line", Journal of the
American Statistical Association 60, 1965) and Kulldorff ("A spatial scan statistic", Communications in Statistics 26,
1997), in its plain form: every window of 1, 3 and 24 hours is held against what was to be expected in it, and what
chance alone says of the most unlikely is multiplied by how many windows were looked at (Bonferroni). Expected is the
pace of the days around times the share that hour of the day has. Honest answers come in clumps too (a newsletter, the
wireless), so that Poisson's law would cry wolf: the negative binomial's spread is taken from the consultation itself,
its most unusual hours left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import exp, lgamma, log, log1p

import numpy as np
from numpy.typing import NDArray

from flows.county import LONDON

Floats = NDArray[np.float64]
# Whole hours. A day is held against the days around it, shorter windows also against the rest of their own day.
WINDOWS = (1, 3, 24)
DAYS_AROUND = 7
LEAST = 8
TIMES = 2.5  # at least so many times what was expected: a great consultation makes small differences certain
CHANCE = 0.01
HOURS = 24
# What every hour of the day has at least of a day's answers: nobody at four o'clock so far is no law.
LEAST_SHARE = 0.004
# Of the hours, those least like the rest are left out of the spread.
USUAL = 0.975


@dataclass(frozen=True)
class Burst:
    """`members` are positions in what was given. `chance` is how often chance alone makes one among all looked at."""

    since: datetime
    hours: int
    members: tuple[int, ...]
    expected: float
    chance: float


def find_bursts(moments: Sequence[datetime], *, by_day: bool = False) -> list[Burst]:
    """The most unlikely first; none shares hours with another. `by_day`: only the day of each is known."""
    if len(moments) < LEAST:
        return []
    midnight = min(moments).astimezone(LONDON).replace(hour=0, minute=0, second=0, microsecond=0)
    first = midnight.astimezone(UTC)  # so that hours added to it are hours, also where the clocks change
    hour = np.array([(at - first) // timedelta(hours=1) for at in moments], dtype=np.intp)
    days = int(hour.max()) // HOURS + 1
    counts = np.bincount(hour, minlength=days * HOURS).astype(np.float64)
    pace = _Pace.of(counts, by_day=by_day)
    windows = (HOURS,) if by_day else WINDOWS
    step = HOURS if by_day else 1
    found, looked_at = [], 0
    for width in windows:
        sums = np.convolve(counts, np.ones(width), "valid")[::step]
        looked_at += len(sums)
        found += [
            (width, at * step, int(seen))
            for at, seen in enumerate(sums)
            # The first day is nobody's measure: it is when everybody hears of it. Its hours are looked at all the same.
            if seen >= LEAST
            and (width < HOURS or at * step >= HOURS)
            and seen >= TIMES * pace.expect(at * step, width)
        ]
    bursts: list[tuple[float, int, int, float]] = []
    for width, start, seen in found:
        expected = pace.expect(start, width)
        chance = looked_at * upper_tail(seen, expected, pace.spread)
        if chance < CHANCE:
            bursts.append((chance, width, start, expected))
    return _choose(sorted(bursts), hour, first)


def upper_tail(seen: int, expected: float, spread: float = 1.0) -> float:
    """How often chance gives `seen` or more: negative binomial of this mean and a variance `spread` times as great."""
    if seen <= 0:
        return 1.0
    expected = max(expected, 1e-9)
    total, k = 0.0, seen
    while True:
        if spread > 1.0001:
            size = expected / (spread - 1)
            logarithm = lgamma(k + size) - lgamma(size) - lgamma(k + 1) - size * log(spread)
            logarithm += k * (log1p(-1 / spread))
        else:
            logarithm = k * log(expected) - expected - lgamma(k + 1)
        part = exp(logarithm) if logarithm > -700 else 0.0
        total += part
        k += 1
        if k > expected and part <= total * 1e-6:
            return min(1.0, total)


@dataclass(frozen=True)
class _Pace:
    """`around` is what the days around a day have on it, `shares` what each hour of the day has of a day's answers."""

    counts: Floats
    around: Floats
    shares: Floats
    spread: float

    @classmethod
    def of(cls, counts: Floats, *, by_day: bool) -> "_Pace":
        by_hour = counts.reshape(-1, HOURS)
        totals = by_hour.sum(axis=1)
        around = np.array([_middle_around(totals, day) for day in range(len(totals))])
        # The middle of many days for each hour, so that one night of robots does not become the custom.
        usual = np.minimum(by_hour, np.quantile(by_hour, 0.95, axis=0) if len(by_hour) > 10 else by_hour)
        shares = usual.sum(axis=0) / max(usual.sum(), 1.0)
        shares = np.maximum(shares, LEAST_SHARE)
        pace = cls(counts, around, shares / shares.sum(), 1.0)
        width = HOURS if by_day else 1
        expected = np.array([pace.expect(at, width) for at in range(0, len(counts), width)])
        seen = totals if by_day else counts
        unlike = np.sort((seen - expected) ** 2 / np.maximum(expected, 0.05))
        kept = unlike[: max(1, int(len(unlike) * USUAL))]
        return cls(counts, around, pace.shares, max(1.0, float(kept.mean())))

    def expect(self, start: int, width: int) -> float:
        if width >= HOURS:
            day, into = divmod(start, HOURS)
            following = self.around[min(day + 1, len(self.around) - 1)]
            return float(self.around[day] * (HOURS - into) + following * into) / HOURS
        hours = np.arange(start, start + width)
        day = min(start // HOURS, len(self.around) - 1)
        share = float(self.shares[hours % HOURS].sum())
        inside = float(self.counts[hours].sum())
        others = float(self.counts[day * HOURS : (day + 1) * HOURS].sum()) - inside
        # A busy day (the first, the last) is busy at all hours.
        return max(float(self.around[day]) * share, max(others, 0.0) * share / (1 - share))


def _middle_around(totals: Floats, day: int) -> float:
    near = np.concatenate([totals[max(0, day - DAYS_AROUND) : day], totals[day + 1 : day + 1 + DAYS_AROUND]])
    if not len(near):
        return float(totals[day])
    # The days beside it as well: a consultation begins with its busiest days and ends with busy ones.
    beside = [float(totals[at]) for at in (day - 1, day + 1) if 0 <= at < len(totals)]
    return max(float(np.median(near)), sum(beside) / len(beside) / 2, 0.5)


def _choose(
    bursts: Sequence[tuple[float, int, int, float]], hour: NDArray[np.intp], first: datetime
) -> list[Burst]:
    taken: set[int] = set()
    chosen = []
    for chance, width, start, expected in bursts:
        hours = set(range(start, start + width))
        if hours & taken:
            continue
        taken |= hours
        members = tuple(int(at) for at in np.flatnonzero((hour >= start) & (hour < start + width)))
        chosen.append(Burst(first + timedelta(hours=start), width, members, expected, chance))
    return chosen
