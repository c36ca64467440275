"""What is published: no small number is in it, and none can be worked out from what is."""

import random
from itertools import product

import pytest

from staff.small_numbers import SMALL, Hidden, add_totals, hide_small, hide_together

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


def solutions(table: list[list[int]], shown, most: int) -> list[dict[tuple[int, int], int]]:
    """Every way to fill in what is hidden, as somebody with a pencil would try."""
    rows, columns = len(table), len(table[0])
    hidden = [(r, c) for r in range(rows - 1) for c in range(columns - 1) if isinstance(shown[r][c], Hidden)]
    ranges = [range(1, SMALL) if shown[r][c] is FEW else range(SMALL, most) for r, c in hidden]
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
            (SMALL > tried[r][c] > 0) if shown[r][c] is FEW
            else tried[r][c] >= SMALL if shown[r][c] is OTHER
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
