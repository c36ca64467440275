"""Weights that make the answers like the people, group by group, and figures with them beside figures without.

Raking is iterative proportional fitting (Deming and Stephan, Annals of Mathematical Statistics 11, 1940): the weights
are scaled so that one margin is right, then the next, over and over until all are. Very large or small weights are
trimmed and the rest raked again, as DeBell and Krosnick do (2009, the way of R's anesrake, which trims at 5 too).
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from staff.consulting.intervals import Estimate

Floats = NDArray[np.float64]
LIMITS = (0.2, 5.0)  # times the mean weight
TRIMS = 50
NEARLY = 1e-6


class CannotRake(ValueError):
    """Nobody of a group answered, so that no weight can stand in for it."""

    def __init__(self, margin: str, groups: Sequence[Hashable]) -> None:
        super().__init__(
            f"{margin}: nobody answered of {', '.join(map(str, groups))}. Join each with a group beside it, or leave "
            f"{margin} out of the weights."
        )
        self.margin = margin
        self.groups = tuple(groups)


@dataclass(frozen=True)
class Raked:
    """`weights` are one per answer, above 0, 1 on average.

    `greatest_gap` is how far the worst margin still is from its target, as a share (0.01 is one per cent).
    """

    weights: Floats
    greatest_gap: float

    @property
    def design_effect(self) -> float:
        return find_design_effect(self.weights)


@dataclass(frozen=True)
class Weighed:
    """A figure without and with weights. `design_effect` is that of the answers it rests on."""

    answers: int
    plain: Estimate
    weighted: Estimate
    design_effect: float


def rake(
    groups: Mapping[str, Sequence[Hashable]],
    targets: Mapping[str, Mapping[Hashable, float]],
    *,
    base: ArrayLike | None = None,
    limits: tuple[float, float] | None = LIMITS,
    most_rounds: int = 1000,
    tolerance: float = 1e-10,
) -> Raked:
    """`groups` holds for each margin the group of every answer; `targets` the people (or share) of each group.

    A margin may be a join: groups that are pairs, ("rugby", "16 to 24"), and targets by such pairs. A group that has
    no target (None, "prefer not to say") keeps the share of the answers that it has. `base` are weights to start
    from. Raises CannotRake where a group with people has no answers.
    """
    size = len(next(iter(groups.values())))
    start = np.ones(size) if base is None else np.asarray(base, dtype=np.float64)
    start = start / start.mean()
    margins = [_Margin.of(name, groups[name], targets[name], start) for name in targets]
    cells = _Cells.of(margins, start)
    factors = _rake_and_trim(cells, limits, most_rounds, tolerance)
    weights = start * factors[cells.of_answer]
    return Raked(weights / weights.mean(), max(margin.gap(weights) for margin in margins))


def find_design_effect(weights: ArrayLike) -> float:
    """Kish's: how many times as many answers it takes for the same certainty, for having weights at all (1965)."""
    held = np.asarray(weights, dtype=np.float64)
    return float(len(held) * (held**2).sum() / held.sum() ** 2) if len(held) else 1.0


def join_thin(answers: Mapping[str, int], *, least: int = 5, together: str = " and ") -> dict[str, str]:
    """Groups in their order (ages, youngest first), each with the name it is raked under.

    Those with fewer than `least` answers are joined with the next, the last with those before it.
    """
    joined: list[list[str]] = []
    count = 0
    for name, seen in answers.items():
        if joined and count < least:
            joined[-1].append(name)
            count += seen
        else:
            joined.append([name])
            count = seen
    if len(joined) > 1 and count < least:
        joined[-2:] = [[*joined[-2], *joined[-1]]]
    return {name: together.join(names) for names in joined for name in names}


@dataclass(frozen=True)
class _Margin:
    codes: NDArray[np.intp]
    targets: Floats  # shares of all, by code; the last code is "no target"

    @classmethod
    def of(
        cls, name: str, groups: Sequence[Hashable], targets: Mapping[Hashable, float], start: Floats
    ) -> "_Margin":
        number = {group: at for at, group in enumerate(targets)}
        other = len(number)
        codes = np.array([number.get(group, other) for group in groups], dtype=np.intp)
        shares = np.bincount(codes, weights=start, minlength=other + 1) / start.sum()
        people = np.array(list(targets.values()), dtype=np.float64)
        missing = [group for group, at in number.items() if people[at] > 0 and shares[at] == 0]
        if missing:
            raise CannotRake(name, missing)
        return cls(codes, np.append(people / people.sum() * (1 - shares[other]), shares[other]))

    def gap(self, weights: Floats) -> float:
        shares = np.bincount(self.codes, weights=weights, minlength=len(self.targets)) / weights.sum()
        return float(np.abs(shares - self.targets).max())


@dataclass(frozen=True)
class _Cells:
    """Answers alike in all margins have one factor: raking goes over these, not over the answers."""

    of_answer: NDArray[np.intp]
    held: Floats  # the weights the cells start with
    margins: Sequence[_Margin]

    @classmethod
    def of(cls, margins: Sequence[_Margin], start: Floats) -> "_Cells":
        keys = np.zeros(len(start), dtype=np.intp)
        for margin in margins:
            keys = keys * len(margin.targets) + margin.codes
        _, first, of_answer = np.unique(keys, return_index=True, return_inverse=True)
        within = [_Margin(margin.codes[first], margin.targets) for margin in margins]
        held = np.bincount(of_answer, weights=start)
        return cls(of_answer, held / held.sum(), within)


def _rake_and_trim(
    cells: _Cells, limits: tuple[float, float] | None, most_rounds: int, tolerance: float
) -> Floats:
    factors, rounds = np.ones(len(cells.held)), 0
    for _ in range(TRIMS if limits else 1):
        factors, used = _fit(cells, factors, most_rounds - rounds, tolerance)
        rounds += used
        if limits is None:
            break
        out = (factors > limits[1] * (1 + NEARLY)) | (factors < limits[0] * (1 - NEARLY))
        if not out.any():
            break
        factors = _hold(cells, factors, limits)
    return factors


def _hold(cells: _Cells, factors: Floats, limits: tuple[float, float]) -> Floats:
    """Within the limits; what is cut off goes to the others, so that the mean stays 1."""
    held = factors
    for _ in range(TRIMS):
        held = np.clip(held, *limits)
        free = ~_at_limit(held, limits)
        total, movable = float((cells.held * held).sum()), float((cells.held * held)[free].sum())
        if abs(total - 1) < 1e-12 or not movable or movable <= total - 1:
            break
        held = np.where(free, held * (1 - (total - movable)) / movable, held)
    return np.clip(held, *limits)


def _at_limit(factors: Floats, limits: tuple[float, float]) -> NDArray[np.bool_]:
    return np.isclose(factors, limits[0], rtol=1e-4) | np.isclose(factors, limits[1], rtol=1e-4)


def _fit(cells: _Cells, factors: Floats, most_rounds: int, tolerance: float) -> tuple[Floats, int]:
    weights = cells.held * factors
    done = 0
    while done < most_rounds:
        done += 1
        for margin in cells.margins:
            sums = np.bincount(margin.codes, weights=weights, minlength=len(margin.targets))
            ratio = np.divide(margin.targets, sums, out=np.ones_like(sums), where=sums > 0)
            weights = weights * ratio[margin.codes]
        if max(margin.gap(weights) for margin in cells.margins) <= tolerance:
            break
    return weights / cells.held, done
