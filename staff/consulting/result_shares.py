"""Shares told only as exactly as they may be: beside a count a share tells how many answered, and so how many did not.

"53, which is 50%" is 53 of 105 or 106. Where so few gave no answer that their count is hidden, shares and the ends of
their margins are told in steps so wide that the number who answered stays in doubt, or are left out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import ceil, floor

from staff.consulting.intervals import Estimate, estimate_share
from staff.consulting.result_values import Line
from staff.small_numbers import LEAST_DOUBT, PEOPLE, Hidden

STEPS = (1, 5, 10, 20)  # in 100
NEAR = 9  # how far from what is so it is tried what else might be
TO_STEPS = "Shares here are to the nearest {step} in 100, so that nobody can work out how few gave no answer."


def tell_shares(
    lines: Sequence[Line],
    rest: Sequence[Line],
    *,
    answered: int,
    asked: int,
    effect: float = 1.0,
    adds_up: bool,
) -> tuple[tuple[Line, ...], int]:
    """The lines with shares that keep the hidden counts of `rest` hidden, and their step in 100 (0: as they were).

    `effect` is the design effect of the weights. `adds_up`: the lines together are those who answered.
    """
    if not any(isinstance(line.count, Hidden) for line in rest):
        return tuple(lines), 0
    least_rest, most_rest = _known(rest)
    least, most = asked - most_rest, asked - least_rest
    if adds_up:
        least_lines, most_lines = _known(lines)
        least, most = max(least, least_lines), min(most, most_lines)
    near = range(int(max(least, answered - NEAR, 1)), int(min(most, answered + NEAR)) + 1)
    trying = _Trying(len(lines) if adds_up else 1, effect)
    for step in STEPS:
        told = tuple(_in_steps(line, step) for line in lines)
        may_be = [
            many
            for many in near
            if all(trying.could_be(line, seen, many, step) for line, seen in zip(lines, told, strict=True))
        ]
        if may_be and may_be[-1] - may_be[0] >= LEAST_DOUBT:
            return told, step
    return tuple(replace(line, plain=None, weighted=None) for line in lines), 0


def _known(lines: Iterable[Line]) -> tuple[float, float]:
    """Least and most of all of them together, by what is shown."""
    told = [PEOPLE.tells(line.count) for line in lines]
    return sum(least for least, _ in told), sum(most for _, most in told)


@dataclass(frozen=True)
class _Trying:
    """A reader who tries how many may have answered, and knows of the weights more than anybody does."""

    groups: int
    effect: float

    def could_be(self, line: Line, seen: Line, answered: int, step: int) -> bool:
        """Whether the line would be seen as it is, had so many answered."""
        if seen.plain is None or isinstance(line.count, Hidden):
            return True
        if line.count > answered:
            return False
        plain = estimate_share(line.count / answered, answered, groups=self.groups)
        if _round(plain, 100 / step) != seen.plain:
            return False
        if line.weighted is None:
            return True
        weighted = estimate_share(line.weighted.value, answered / self.effect, groups=self.groups)
        return _round(weighted, 100 / step) == seen.weighted


def _in_steps(line: Line, step: int) -> Line:
    return replace(line, plain=_round(line.plain, 100 / step), weighted=_round(line.weighted, 100 / step))


def _round(figure: Estimate | None, parts: float) -> Estimate | None:
    if figure is None:
        return None
    value = round(figure.value * parts) / parts
    low, high = floor(figure.low * parts) / parts, ceil(figure.high * parts) / parts
    return Estimate(value, max(0.0, min(low, value)), min(1.0, max(high, value)))
