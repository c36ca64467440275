"""Counts made fit to publish: small ones are hidden, and so many others that no total gives one away.

A small count in a small place may be one family. Hidden are counts of 1 to 4 (said as "fewer than 5"), then further
ones ("not shown"), until whoever subtracts what is shown from the totals cannot tell any hidden count to within two.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf

SMALL = 5
LEAST_DOUBT = 2  # how far apart the least and the most that a hidden count may be have to lie


class Hidden(StrEnum):
    FEW = "fewer than 5"
    OTHER = "not shown"


Shown = int | Hidden
Table = list[list[Shown]]
Cell = tuple[int, int]


@dataclass(frozen=True)
class _Line:
    """Cells that add up to the last of them."""

    cells: tuple[Cell, ...]


def hide_small(counts: Sequence[Sequence[int]], hidden_totals: Collection[int] = ()) -> Table:
    """A table without its totals; comes back with them, as the last row and the last column.

    `hidden_totals` are rows whose total is hidden elsewhere, and so here.
    """
    table = add_totals(counts)
    is_column = len(table[0]) == 2  # the totals of its rows are the rows themselves
    if is_column:
        table = [row[:1] for row in table]
    shown: Table = [[Hidden.FEW if 0 < n < SMALL else n for n in row] for row in table]
    for row in hidden_totals:
        if not isinstance(shown[row][-1], Hidden) and table[row][-1]:
            shown[row][-1] = Hidden.OTHER
    lines = list(_lines(len(table), len(table[0])))
    while (cell := _next_to_hide(table, shown, lines)) is not None:
        shown[cell[0]][cell[1]] = Hidden.OTHER
    return [row * 2 for row in shown] if is_column else shown


def add_totals(counts: Sequence[Sequence[int]]) -> list[list[int]]:
    rows = [[*row, sum(row)] for row in counts]
    return [*rows, [sum(column) for column in zip(*rows, strict=True)]]


def hide_together(tables: Sequence[tuple[Sequence[str], Sequence[Sequence[int]]]]) -> list[Table]:
    """Tables that share totals, each with the names of its rows; the last total is "total" in all.

    Totals of the same name are the same number: hidden in one, they are hidden in all.
    """
    hidden: set[str] = set()
    while True:
        shown = []
        found: set[str] = set()
        for names, counts in tables:
            rows = [*names, "total"]
            table = hide_small(counts, [number for number, name in enumerate(rows) if name in hidden])
            found |= {name for name, row in zip(rows, table, strict=True) if isinstance(row[-1], Hidden)}
            shown.append(table)
        if found <= hidden:
            return shown
        hidden |= found


def _lines(rows: int, columns: int) -> Iterator[_Line]:
    if columns > 1:
        yield from (_Line(tuple((r, c) for c in range(columns))) for r in range(rows))
    if rows > 1:
        yield from (_Line(tuple((r, c) for r in range(rows))) for c in range(columns))


def _next_to_hide(table: list[list[int]], shown: Table, lines: list[_Line]) -> Cell | None:
    """A cell to hide so that a hidden one can be told less exactly; None where none can be told."""
    bounds = _bounds(table, shown, lines)
    offered: set[tuple[bool, int, Cell]] = set()
    for line in lines:
        if any(cell in bounds and _width(bounds[cell]) < LEAST_DOUBT for cell in line.cells):
            offered |= {
                (r == len(table) - 1 or 0 < c == len(table[0]) - 1, table[r][c], (r, c))
                for r, c in line.cells
                if not isinstance(shown[r][c], Hidden) and table[r][c] >= SMALL
            }
    # The smallest loses the least; a total goes last, because most is asked of it.
    return min(offered)[-1] if offered else None


def _bounds(table: list[list[int]], shown: Table, lines: list[_Line]) -> dict[Cell, tuple[float, float]]:
    """The least and the most that each hidden cell can be, to somebody who sees the rest."""
    held: dict[Cell, tuple[float, float]] = {}
    for r, row in enumerate(shown):
        for c, value in enumerate(row):
            if value is Hidden.FEW:
                held[r, c] = (1, SMALL - 1)
            elif value is Hidden.OTHER:
                held[r, c] = (SMALL, inf)

    def of(cell: Cell) -> tuple[float, float]:
        exact = table[cell[0]][cell[1]]
        return held.get(cell, (exact, exact))

    changed = True
    while changed:
        changed = False
        for line in lines:
            *parts, total = line.cells
            least, most = sum(of(p)[0] for p in parts), sum(of(p)[1] for p in parts)
            for part in parts:
                low, _ = of(part)
                others_most = sum(of(p)[1] for p in parts if p != part)
                narrowed = (of(total)[0] - others_most, of(total)[1] - (least - low))
                changed |= _narrow(held, part, narrowed)
            changed |= _narrow(held, total, (least, most))
    return held


def _narrow(held: dict[Cell, tuple[float, float]], cell: Cell, to: tuple[float, float]) -> bool:
    if cell not in held:
        return False
    low, high = held[cell]
    narrowed = (max(low, to[0]), min(high, to[1]))
    held[cell] = narrowed
    return narrowed != (low, high)


def _width(bounds: tuple[float, float]) -> float:
    return bounds[1] - bounds[0]
