"""What is published: no small number is in it, and none can be worked out from what is."""

import random
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from staff.small_numbers import (
    PEOPLE,
    SITES,
    SMALL,
    Hidden,
    Rule,
    add_totals,
    hide_small,
    hide_together,
)
from staff.worked_out import Sums

FEW, OTHER = Hidden.FEW, Hidden.OTHER


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ([[7], [2], [20]], [OTHER, FEW, 20, 29]),  # 29 - 27 would tell
        ([[4], [4], [20]], [FEW, FEW, OTHER, 28]),  # eight, each at most four
        ([[1], [3], [20]], [FEW, FEW, 20, 24]),  # one and three, or two each
        ([[3], [0]], [FEW, 0, FEW]),
        ([[0], [9]], [0, 9, 9]),
        ([[1], [1], [1], [1], [1]], [FEW, FEW, FEW, FEW, FEW, OTHER]),  # five in all: one each
    ],
)
def test_small_counts_are_hidden_and_what_would_give_them_away(counts, shown) -> None:
    assert [row[0] for row in hide_small(counts)] == shown


def test_a_table_hides_across_and_down() -> None:
    assert hide_small([[7, 2], [9, 10]]) == [[OTHER, FEW, 9], [OTHER, OTHER, 19], [16, 12, 28]]


def test_a_total_hidden_in_one_table_is_hidden_in_the_other() -> None:
    first = (["a", "b"], [[1, 1, 1, 1, 1], [20, 20, 20, 20, 20]])
    second = (["a", "b"], [[5, 0], [60, 40]])
    one, other = hide_together([first, second])
    assert isinstance(one[0][-1], Hidden)
    assert isinstance(other[0][-1], Hidden)


def solutions(
    table: list[list[int]], shown, most: int, small: int = SMALL
) -> list[dict[tuple[int, int], int]]:
    """Every way to fill in what is hidden, as somebody with a pencil would try."""
    rows, columns = len(table), len(table[0])
    hidden = [(r, c) for r in range(rows - 1) for c in range(columns - 1) if isinstance(shown[r][c], Hidden)]
    ranges = [range(1, small) if shown[r][c] is FEW else range(small, most) for r, c in hidden]
    found = []
    for values in product(*ranges):
        body = [
            [n if (r, c) not in hidden else 0 for c, n in enumerate(row[:-1])]
            for r, row in enumerate(table[:-1])
        ]
        for (r, c), value in zip(hidden, values, strict=True):
            body[r][c] = value
        tried = add_totals(body)
        fits = all(
            (small > tried[r][c] > 0) if shown[r][c] is FEW
            else tried[r][c] >= small if shown[r][c] is OTHER
            else tried[r][c] == shown[r][c]
            for r, c in product(range(rows), range(columns))
        )  # fmt: skip
        if fits:
            found.append(dict(zip(hidden, values, strict=True)))
    return found


def test_nobody_can_work_out_a_hidden_number_by_trying_all() -> None:
    chance = random.Random(7)
    for _ in range(10):
        counts = [[chance.choice((0, 1, 2, 4, 6, 9)) for _ in range(2)] for _ in range(3)]
        table, shown = add_totals(counts), hide_small(counts)
        found = solutions(table, shown, 12)
        assert found, (counts, shown)
        for cell in found[0]:
            assert len({each[cell] for each in found}) > 1, (counts, shown, cell)


def known(shown, rule: Rule):
    return {(r, c): rule.tells(value) for r, row in enumerate(shown) for c, value in enumerate(row)}


# Two blocks of small numbers and one between them, which the rows of one block less its columns give away.
BRIDGED = [[2, 3, 20, 20], [3, 2, 20, 20], [20, 4, 2, 3], [20, 20, 3, 2]]


def test_rows_and_columns_together_tell_more_than_each_of_them() -> None:
    table = add_totals(BRIDGED)
    only_small = [[FEW if 0 < n < SMALL else n for n in row] for row in table]
    assert Sums(table, known(only_small, SITES)).bounds((2, 1)) == (4, 4)
    shown = hide_small(BRIDGED)
    assert Sums(table, known(shown, SITES)).doubt((2, 1), 2) == 2


def test_nine_people_who_are_nine_groups_are_not_counted_out() -> None:
    shown = hide_small([[1] * 9], rule=PEOPLE)
    assert set(shown[0]) <= {Hidden.FEWER_THAN_TEN, OTHER}
    assert OTHER in shown[0]


@settings(max_examples=40, deadline=None)
@given(
    st.tuples(st.integers(1, 6), st.integers(1, 6)).flatmap(
        lambda size: st.lists(
            st.lists(st.integers(0, 30), min_size=size[0], max_size=size[0]),
            min_size=size[1],
            max_size=size[1],
        )
    ),
    st.sampled_from([SITES, PEOPLE]),
)
def test_every_hidden_count_of_any_table_stays_in_doubt(counts, rule) -> None:
    table, shown = add_totals(counts), hide_small(counts, rule=rule)
    known_now = known(shown, rule)
    for (r, c), (low, high) in known_now.items():
        if isinstance(shown[r][c], Hidden) and not low <= table[r][c] <= high:
            known_now[r, c] = (1, high if shown[r][c] is OTHER else low)  # its word says less than it might
    sums = Sums(table, known_now)
    for r, c in product(range(len(table)), range(len(table[0]))):
        assert isinstance(shown[r][c], Hidden) or not 0 < table[r][c] < rule.small
        assert not isinstance(shown[r][c], Hidden) or sums.doubt((r, c), 2) == 2


@pytest.mark.parametrize(
    ("counts", "told", "shown"),
    [
        # The total would be hidden, were it not told elsewhere; then one of the counts is said to be less sure.
        ([[4], [4], [4], [4], [3]], [19, 19], [OTHER, FEW, FEW, FEW, FEW, 19]),
        ([[30], [20]], [OTHER, OTHER], [30, OTHER, OTHER]),  # both would tell the total
        ([[3]], [3, 3], [OTHER, 3]),  # nothing here can help, and it ends
    ],
)
def test_a_total_that_stands_elsewhere_is_neither_hidden_nor_shown_here(counts, told, shown) -> None:
    assert [row[0] for row in hide_small(counts, told=told)] == shown


def test_a_total_that_is_not_told_elsewhere_may_be_hidden() -> None:
    assert hide_small([[4], [4], [4], [4], [3]])[-1] != [19, 19]


def test_counts_of_people_that_are_hidden_are_not_few_together() -> None:
    assert [row[0] for row in hide_small([[3], [2], [40], [30]])] == [FEW, FEW, 40, 30, 75]
    few = Hidden.FEWER_THAN_TEN
    assert [row[0] for row in hide_small([[3], [2], [40], [30]], rule=PEOPLE)] == [few, few, 40, OTHER, 75]
    assert hide_small([[3, 2, 40], [50, 50, 50]], rule=PEOPLE)[0] == [few, few, OTHER, 45]
    assert [row[0] for row in hide_small([[3], [2]], rule=PEOPLE)] == [few, few, few], "all of them are few"
