"""What somebody with a pencil can work out of a table whose rows and columns add up, though cells of it are hidden.

Cells and totals are the arcs of a network in which what flows into a row or column flows out of it: the hidden cells
can be any circulation within what is known of each, and how far one of them can move is a maximum flow. So the bounds
are exact, as they would be by linear programming, and whole numbers (Castro, "A shortest-paths heuristic for
statistical data protection in positive tables", 2007, has both this and the choice of what else to hide).
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from math import inf

Cell = tuple[int, int]
Bounds = tuple[float, float]
UP, DOWN = 1, -1


@dataclass(frozen=True)
class _Step:
    cell: Cell
    way: int  # UP where the cell grows on the way
    to: int


class Sums:
    """A table with its totals in the last row and column, and what outsiders know of each cell.

    `known` holds the least and the most of each cell that is not told exactly; the true value lies between.
    """

    def __init__(self, table: Sequence[Sequence[int]], known: Mapping[Cell, Bounds]) -> None:
        self._table = table
        self._known = dict(known)
        self._rows, self._columns = len(table) - 1, len(table[0]) - 1
        self._steps: list[list[_Step]] = [[] for _ in range(self._rows + self._columns + 2)]
        for row, values in enumerate(table):
            for column in range(len(values)):
                start, end = self._ends((row, column))
                self._steps[start].append(_Step((row, column), UP, end))
                self._steps[end].append(_Step((row, column), DOWN, start))

    def learn(self, cell: Cell, known: Bounds) -> None:
        self._known[cell] = known

    def bounds(self, cell: Cell, enough: float = inf) -> Bounds:
        """The least and the most the cell can be; no farther from its value than `enough`."""
        value = self._table[cell[0]][cell[1]]
        return value - self._push(cell, DOWN, enough)[0], value + self._push(cell, UP, enough)[0]

    def doubt(self, cell: Cell, enough: float) -> float:
        """How far apart the least and the most lie, as far as `enough`."""
        up = self._push(cell, UP, enough)[0]
        return up if up >= enough else min(enough, up + self._push(cell, DOWN, enough)[0])

    def find_cover(
        self, cell: Cell, may_hide: Mapping[Cell, Bounds], costs: Mapping[Cell, float]
    ) -> list[Cell]:
        """The cheapest cells that, hidden too, make this one less sure; none where there are no such cells.

        `may_hide` says of each what would be known of it then.
        """
        found = [
            cover
            for way in (UP, DOWN)
            if (cover := self._cover(cell, way, may_hide, costs)) is not None and cover[1]
        ]
        return min(found)[1] if found else []

    def _ends(self, cell: Cell) -> tuple[int, int]:
        row, column = cell
        before, after = self._rows + self._columns, self._rows + self._columns + 1
        start = row if row < self._rows and column < self._columns else before
        if row == self._rows:
            start = self._rows + column if column < self._columns else after
        end = self._rows + column if row < self._rows and column < self._columns else after
        if column == self._columns:
            end = row if row < self._rows else before
        return start, end

    def _room(self, cell: Cell, way: int, moved: Mapping[Cell, float]) -> float:
        value = self._table[cell[0]][cell[1]]
        low, high = self._known.get(cell, (value, value))
        now = value + moved.get(cell, 0)
        return high - now if way == UP else now - low

    def _push(self, cell: Cell, way: int, enough: float) -> tuple[float, dict[Cell, float]]:
        """How far the cell can be moved, and by how much the others then are."""
        moved: dict[Cell, float] = {}
        start, end = self._ends(cell) if way == UP else self._ends(cell)[::-1]
        limit = min(enough, self._room(cell, way, moved))
        pushed = 0.0
        while pushed < limit:
            # What flows in at the end has to come back to the start by other ways.
            path = self._path(end, start, cell, moved)
            if path is None:
                break
            amount = min(limit - pushed, *(self._room(step.cell, step.way, moved) for step in path))
            if amount == inf:
                return inf, moved
            for step in path:
                moved[step.cell] = moved.get(step.cell, 0) + step.way * amount
            pushed += amount
        return pushed, moved

    def _path(self, start: int, end: int, without: Cell, moved: Mapping[Cell, float]) -> list[_Step] | None:
        came: dict[int, tuple[int, _Step]] = {}
        waiting = deque([start])
        while waiting:
            at = waiting.popleft()
            if at == end:
                return list(_walk_back(came, start, end))
            for step in self._steps[at]:
                if step.cell == without or step.to in came or step.to == start:
                    continue
                if self._room(step.cell, step.way, moved) > 0:
                    came[step.to] = at, step
                    waiting.append(step.to)
        return None

    def _cover(
        self, cell: Cell, way: int, may_hide: Mapping[Cell, Bounds], costs: Mapping[Cell, float]
    ) -> tuple[float, list[Cell]] | None:
        if self._room(cell, way, {}) <= 0:
            return None
        _, moved = self._push(cell, way, self._room(cell, way, {}))
        start, end = self._ends(cell)[::way][::-1]
        came: dict[int, tuple[int, _Step]] = {}
        best = {start: 0.0}
        waiting = [(0.0, start)]
        while waiting:
            cost, at = heappop(waiting)
            if at == end:
                path = list(_walk_back(came, start, end))
                return cost, [s.cell for s in path if self._room(s.cell, s.way, moved) <= 0]
            if cost > best[at]:
                continue
            for step in self._steps[at]:
                price = self._price(step, moved, may_hide, costs)
                if step.cell != cell and cost + price < best.get(step.to, inf):
                    best[step.to] = cost + price
                    came[step.to] = at, step
                    heappush(waiting, (cost + price, step.to))
        return None

    def _price(
        self,
        step: _Step,
        moved: Mapping[Cell, float],
        may_hide: Mapping[Cell, Bounds],
        costs: Mapping[Cell, float],
    ) -> float:
        if self._room(step.cell, step.way, moved) > 0:
            return 0
        if step.cell not in may_hide:
            return inf
        low, high = may_hide[step.cell]
        now = self._table[step.cell[0]][step.cell[1]] + moved.get(step.cell, 0)
        room = high - now if step.way == UP else now - low
        return costs[step.cell] if room > 0 else inf


def _walk_back(came: Mapping[int, tuple[int, _Step]], start: int, end: int) -> Iterator[_Step]:
    steps = []
    while end != start:
        end, step = came[end]
        steps.append(step)
    return reversed(steps)
