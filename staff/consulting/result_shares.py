"""Shares told only as exactly as they may be: beside a count a share tells how many answered, and so how many did not.

"53, which is 50%" is 53 of 105 or 106. Where so few gave no answer that their count is hidden, shares and the ends of
their margins are told in steps so wide that the number who answered stays in doubt, or are left out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import ceil, floor, inf

from staff.consulting.intervals import Estimate
from staff.consulting.result_values import Line
from staff.small_numbers import LEAST_DOUBT, PEOPLE, Hidden

STEPS = (1, 5, 10, 20)  # in 100
TO_STEPS = "Shares here are to the nearest {step} in 100, so that nobody can work out how few gave no answer."


def tell_shares(
    lines: Sequence[Line], rest: Sequence[Line], asked: int, *, adds_up: bool
) -> tuple[tuple[Line, ...], int]:
    """The lines with shares that keep the hidden counts of `rest` hidden, and their step in 100 (0: as they were).

    `asked` are all in the table: its total may be hidden there, but stand elsewhere. `adds_up`: the lines together are
    those who answered.
    """
    if not any(isinstance(line.count, Hidden) for line in rest):
        return tuple(lines), 0
    least_rest, most_rest = _known(rest)
    least, most = asked - most_rest, asked - least_rest
    if adds_up:
        least_lines, most_lines = _known(lines)
        least, most = max(least, least_lines), min(most, most_lines)
    for step in STEPS:
        told = tuple(_in_steps(line, step) for line in lines)
        low, high = _known_by_shares(told, step)
        if min(high, most) - max(low, least) >= LEAST_DOUBT:
            return told, step
    return tuple(replace(line, plain=None, weighted=None) for line in lines), 0


def _known(lines: Iterable[Line]) -> tuple[float, float]:
    """Least and most of all of them together, by what is shown."""
    told = [PEOPLE.tells(line.count) for line in lines]
    return sum(least for least, _ in told), sum(most for _, most in told)


def _known_by_shares(lines: Iterable[Line], step: int) -> tuple[float, float]:
    """Least and most who can have answered, by the shares of the counts that are shown."""
    low, high = 0.0, inf
    for line in lines:
        if line.plain is None or isinstance(line.count, Hidden):
            continue
        share, half = line.plain.value, step / 200
        low = max(low, line.count / (share + half))
        if share > half:
            high = min(high, line.count / (share - half))
    # A little wider than reckoned: a share halfway between two steps may have gone either way.
    return ceil(low + 1e-9), floor(high - 1e-9) if high < inf else inf


def _in_steps(line: Line, step: int) -> Line:
    return replace(line, plain=_round(line.plain, 100 / step), weighted=_round(line.weighted, 100 / step))


def _round(figure: Estimate | None, parts: float) -> Estimate | None:
    if figure is None:
        return None
    value = round(figure.value * parts) / parts
    low, high = floor(figure.low * parts) / parts, ceil(figure.high * parts) / parts
    return Estimate(value, max(0.0, min(low, value)), min(1.0, max(high, value)))
