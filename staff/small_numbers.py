"""Counts made fit to publish: small ones are hidden, and so many others that no total gives one away.

A small count in a small place may be one family. Hidden are counts below a threshold ("fewer than 5", or 10), then
further ones ("not shown"), until whoever reckons with what is shown, rows and columns together, cannot tell any
hidden count to within two. A count of none is shown: it is nobody's.

What is published twice can be subtracted, and no table alone can know of that: publish at fixed times, far apart, or
once (staff/consulting/result_told.py).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from math import inf

from staff.worked_out import Bounds, Cell, Sums

SMALL = 5
LEAST_DOUBT = 2  # how far apart the least and the most that a hidden count may be have to lie


class Hidden(StrEnum):
    FEW = "fewer than 5"
    FEWER_THAN_TEN = "fewer than 10"
    OTHER = "not shown"


Shown = int | Hidden
Table = list[list[Shown]]


@dataclass(frozen=True)
class Rule:
    """What is small, and how that is said. `together`: those hidden in a row or column are not small in all."""

    small: int
    few: Hidden
    together: bool = False

    def tells(self, shown: Shown) -> Bounds:
        """The least and the most that somebody who sees this knows the count to be."""
        if isinstance(shown, Hidden):
            return (self.small, inf) if shown is Hidden.OTHER else (1, self.small - 1)
        return shown, shown


SITES = Rule(SMALL, Hidden.FEW)
PEOPLE = Rule(10, Hidden.FEWER_THAN_TEN, together=True)


def hide_small(
    counts: Sequence[Sequence[int]],
    hidden_totals: Collection[int] = (),
    *,
    rule: Rule = SITES,
    told: Sequence[Shown] | None = None,
) -> Table:
    """A table without its totals; comes back with them, as the last row and the last column.

    `hidden_totals` are rows whose total is hidden elsewhere, and so here; `told` is the last row where that stands
    elsewhere: it can be neither hidden here nor shown.
    """
    table = add_totals(counts)
    wanted = {(row, len(table[0]) - 1) for row in hidden_totals}
    last = len(table) - 1
    return _Hiding(table, rule, wanted, {(last, c): shown for c, shown in enumerate(told or ())}).table


def add_totals(counts: Sequence[Sequence[int]]) -> list[list[int]]:
    rows = [[*row, sum(row)] for row in counts]
    return [*rows, [sum(column) for column in zip(*rows, strict=True)]]


def hide_together(
    tables: Sequence[tuple[Sequence[str], Sequence[Sequence[int]]]],
    *,
    rule: Rule = SITES,
    told: Sequence[Sequence[Shown]] = (),
) -> list[Table]:
    """Tables that share totals, each with the names of its rows; the last total is "total" in all.

    Totals of the same name are the same number: hidden in one, they are hidden in all. `told`: as hide_small, for each.
    """
    hidden: set[str] = set()
    while True:
        shown = []
        found: set[str] = set()
        for at, (names, counts) in enumerate(tables):
            rows = [*names, "total"]
            hide = [number for number, name in enumerate(rows) if name in hidden]
            table = hide_small(counts, hide, rule=rule, told=told[at] if told else None)
            found |= {name for name, row in zip(rows, table, strict=True) if isinstance(row[-1], Hidden)}
            shown.append(table)
        if found <= hidden:
            return shown
        hidden |= found


def _costs(table: Sequence[Sequence[int]]) -> dict[Cell, float]:
    """The smallest loses the least; a total goes last, because most is asked of it."""
    last_row, last_column = len(table) - 1, len(table[0]) - 1
    dear = sum(table[-1]) + 1
    return {
        (r, c): 1 + n + (dear if r == last_row or c == last_column else 0)
        for r, row in enumerate(table)
        for c, n in enumerate(row)
    }


class _Hiding:
    """Hides what is small or asked for, then what would give one away, until nothing does."""

    def __init__(
        self, table: list[list[int]], rule: Rule, wanted: Collection[Cell], told: Mapping[Cell, Shown]
    ) -> None:
        self._counts = table
        self._rule = rule
        self._told = told
        self.table: Table = [
            [told.get((r, c), self._first(n, (r, c) in wanted)) for c, n in enumerate(row)]
            for r, row in enumerate(table)
        ]
        self._sums = Sums(table, {cell: rule.tells(self.table[cell[0]][cell[1]]) for cell in self._cells()})
        self._costs = _costs(table)
        self._settle([cell for cell in self._cells() if self._is_hidden(cell)])
        while rule.together and (more := self._find_together()):
            self._hide([more])
            self._settle([more])

    def _settle(self, unsure: list[Cell]) -> None:
        while unsure:
            # Hiding more makes no hidden count surer: each is gone through once.
            if self._sums.doubt(unsure[-1], LEAST_DOUBT) >= LEAST_DOUBT:
                unsure.pop()
                continue
            more = self._sums.find_cover(unsure[-1], self._may_hide(), self._costs)
            self._hide(more)
            unsure += more
            if not more and not self._say_less():
                unsure.pop()  # what stands elsewhere gives it away, whatever is hidden here

    def _find_together(self) -> Cell | None:
        """The cheapest cell to hide where those that are hidden in a row or column are few together."""
        last_row, last_column = len(self._counts) - 1, len(self._counts[0]) - 1
        lines = [([(r, c) for r in range(last_row)], (last_row, c)) for c in range(last_column + 1)]
        lines += [([(r, c) for c in range(last_column)], (r, last_column)) for r in range(last_row + 1)]
        for cells, total in lines:
            together = sum(self._counts[r][c] for r, c in cells if self._is_hidden((r, c)))
            more = self._may_hide().keys() & set(cells)
            if more and 0 < together < self._rule.small and not self._is_hidden(total):
                return min(more, key=lambda cell: (self._costs[cell], cell))
        return None

    def _first(self, count: int, wanted: bool) -> Shown:
        if 0 < count < self._rule.small:
            return self._rule.few
        return Hidden.OTHER if wanted and count else count

    def _cells(self) -> list[Cell]:
        return list(product(range(len(self._counts)), range(len(self._counts[0]))))

    def _may_hide(self) -> Mapping[Cell, Bounds]:
        return {
            (r, c): self._rule.tells(Hidden.OTHER)
            for r, c in self._cells()
            if not isinstance(self.table[r][c], Hidden)
            and self._counts[r][c] >= self._rule.small
            and (r, c) not in self._told
        }

    def _hide(self, cells: Sequence[Cell]) -> None:
        for r, c in cells:
            self.table[r][c] = Hidden.OTHER
            self._sums.learn((r, c), self._rule.tells(Hidden.OTHER))

    def _say_less(self) -> bool:
        """Nine counts in a row, "fewer than 10" in all, are nine times one, whatever else is hidden."""
        few = [cell for cell in self._cells() if self._is_few(*cell) and cell not in self._told]
        if not few:
            return False
        r, c = max(few, key=lambda cell: self._costs[cell])
        self.table[r][c] = Hidden.OTHER
        self._sums.learn((r, c), (1, inf))
        return True

    def _is_hidden(self, cell: Cell) -> bool:
        return isinstance(self.table[cell[0]][cell[1]], Hidden)

    def _is_few(self, row: int, column: int) -> bool:
        return self.table[row][column] is self._rule.few
