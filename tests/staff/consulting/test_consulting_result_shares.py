"""Shares beside counts tell nobody how few gave no answer."""

from collections.abc import Sequence
from dataclasses import replace
from math import ceil, floor

from hypothesis import given, settings
from hypothesis import strategies as st

from staff.consulting.intervals import Estimate, estimate_share
from staff.consulting.result_shares import tell_shares
from staff.consulting.result_values import Line
from staff.small_numbers import LEAST_DOUBT, PEOPLE, Hidden, hide_small


def lines_of(options: list[int], no_answer: int) -> tuple[list[Line], list[Line]]:
    """What a question's table shows of these counts, with a share beside each count that is shown."""
    shown = [row[0] for row in hide_small([[n] for n in [*options, no_answer]], rule=PEOPLE)]
    answered = sum(options)
    figures = [estimate_share(n / answered, answered, groups=len(options)) for n in options]
    lines = [
        Line(str(at), "", count, None if isinstance(count, Hidden) else figure)
        for at, (count, figure) in enumerate(zip(shown, figures, strict=False))
    ]
    return lines, [Line("no_answer", "No answer", shown[len(options)])]


def may_have_answered(lines: Sequence[Line], rest: list[Line], asked: int, step: int) -> list[int]:
    """By trying all: how many may have answered, seen with the shares and margins that are shown. A step is in 100."""
    low, high = PEOPLE.tells(rest[0].count)
    of_lines = [PEOPLE.tells(line.count) for line in lines]
    least, most = sum(ends[0] for ends in of_lines), sum(ends[1] for ends in of_lines)
    told = [(line.count, line.plain) for line in lines if line.plain and not isinstance(line.count, Hidden)]

    def fits(count: int, seen: Estimate, answered: int) -> bool:
        if count > answered:
            return False
        figure = estimate_share(count / answered, answered, groups=len(lines))
        down, up = floor(figure.low * 100 / step) * step, ceil(figure.high * 100 / step) * step
        return (
            abs(figure.value - seen.value) <= step / 200 + 1e-9
            and abs(min(down / 100, seen.value) - seen.low) < 1e-9
            and abs(max(up / 100, seen.value) - seen.high) < 1e-9
        )

    return [
        answered
        for answered in range(1, asked + 1)
        if low <= asked - answered <= high
        and least <= answered <= most
        and all(fits(count, seen, answered) for count, seen in told)
    ]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(1, 80), min_size=2, max_size=5), st.integers(1, 9))
def test_how_many_gave_no_answer_stays_in_doubt(options: list[int], no_answer: int) -> None:
    lines, rest = lines_of(options, no_answer)
    asked = sum(options) + no_answer
    told, step = tell_shares(lines, rest, answered=sum(options), asked=asked, adds_up=True)
    answered = may_have_answered(told, rest, asked, step)
    assert sum(options) in answered
    assert not any(line.plain for line in told) or answered[-1] - answered[0] >= LEAST_DOUBT


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(11, 80), min_size=3, max_size=5), st.integers(1, 9), st.floats(1, 3))
def test_weighted_margins_tell_it_not_either(options: list[int], no_answer: int, effect: float) -> None:
    """Though somebody knew every weighted share as it is, and the design effect: a margin tells how many answered."""
    lines, rest = lines_of(options, no_answer)
    answered, groups = sum(options), len(options)

    def weighted(line: Line, many: int) -> Estimate | None:
        share = (int(line.id) + 1) / (groups + 2)
        return estimate_share(share, many / effect, groups=groups) if line.plain else None

    lines = [replace(line, weighted=weighted(line, answered)) for line in lines]
    told, step = tell_shares(
        lines, rest, answered=answered, asked=answered + no_answer, effect=effect, adds_up=True
    )
    if not step:
        return
    seen = [(line, line.weighted) for line in told if line.weighted]
    assert seen
    may_be = [
        many
        for many in may_have_answered(told, rest, answered + no_answer, step)
        if all(in_steps(weighted(line, many), step) == figure for line, figure in seen)
    ]
    assert answered in may_be
    assert may_be[-1] - may_be[0] >= LEAST_DOUBT


def in_steps(figure: Estimate | None, step: int) -> Estimate | None:
    if figure is None:
        return None
    parts = 100 / step
    value = round(figure.value * parts) / parts
    low, high = floor(figure.low * parts) / parts, ceil(figure.high * parts) / parts
    return Estimate(value, max(0.0, min(low, value)), min(1.0, max(high, value)))


def in_per_cents(figure: Estimate) -> Estimate:
    return Estimate(round(figure.value, 2), floor(figure.low * 100) / 100, ceil(figure.high * 100) / 100)


def test_whole_per_cents_would_have_told_it() -> None:
    lines, rest = lines_of([41, 11, 34, 37], 1)
    whole = [replace(line, plain=in_per_cents(line.plain)) if line.plain else line for line in lines]
    assert may_have_answered(whole, rest, 124, 1) == [123]
    told, step = tell_shares(lines, rest, answered=123, asked=124, adds_up=True)
    assert step > 1
    assert all(round(line.plain.value * 100) % step == 0 for line in told if line.plain)


def test_shares_stay_exact_where_the_others_are_told() -> None:
    lines, rest = lines_of([60, 40], 20)
    assert tell_shares(lines, rest, answered=100, asked=120, adds_up=True) == (tuple(lines), 0)
