"""The counts of a question made fit to publish, the first time and again."""

from collections.abc import Mapping, Sequence
from typing import Any

from staff.errors import StaffError
from staff.small_numbers import PEOPLE, Hidden, Published, Shown, Table, hide_together, publish_again

SMALL = PEOPLE.small
LEAST_MOVE = 1e-6  # less is how sums are rounded
TOO_FEW_CHANGED = (
    "Too few answers have changed since the results were published: whoever has both pages could tell whose they are. "
    "What was published stands; publish again when more have answered."
)
Counts = Sequence[Sequence[int]]


class TablesToPublish:
    """Hides small numbers of one table after the other; `earlier` are those that were published before.

    `doors` and `rest` are what was shown together the first time: small doors, and the rows of each question for those
    without an answer. A table that was published before shows what cannot be taken from the first
    (staff/small_numbers.py); where that cannot be done, StaffError says to wait.
    """

    def __init__(self, earlier: Mapping[str, Any] | None = None) -> None:
        kept = dict(earlier or {})
        kept.pop("version", None)
        self.doors: Sequence[str] | None = kept.pop("doors", None)
        self.rest: dict[str, list[str]] = kept.pop("rest", {})
        self._figures_before: dict[str, list[float]] = kept.pop("figures", {})
        self._figures: dict[str, list[float]] = {}
        self._earlier = {name: _read(table) for name, table in kept.items()}
        self._made: dict[str, Published] = {}

    @property
    def is_first(self) -> bool:
        return not self._earlier

    def hide(
        self, name: str, rows: Sequence[str], counts: Counts, beside: Counts | None = None
    ) -> list[Table]:
        """The table with its totals, and one beside it that has the same rows and totals, if there is one.

        The second is not published a second time: its small differences cannot be kept apart.
        """
        before = self._earlier.get(name)
        if before is None:
            if not self.is_first:
                raise StaffError(
                    "The results have another shape than those published before (another version, another question). "
                    "What was published stands."
                )
            tables = [(rows, counts), *([(rows, beside)] if beside is not None else [])]
            shown = hide_together(tables, rule=PEOPLE)
            self._made[name] = Published(tuple(map(tuple, counts)), tuple(map(tuple, shown[0])))
            return shown
        now = tuple(map(tuple, counts))
        if now == before.counts:
            again = before
        elif [len(row) for row in now] != [len(row) for row in before.counts]:
            raise StaffError(
                "The tables have other columns than those published before. What was published stands."
            )
        else:
            again = publish_again(counts, before, only_grows=False)
            if again is before:
                raise StaffError(TOO_FEW_CHANGED)
        self._made[name] = again
        return [[list(row) for row in again.shown]]

    def check_figures(self, question: str, figures: Sequence[float]) -> None:
        """Amounts, points and averages that no count tells. Raises StaffError.

        Where these have moved and hardly a count of the question has, the difference is what one or two answered.
        """
        before = self._figures_before.get(question)
        if before is not None and self._changed(question) < SMALL:
            moved = len(before) != len(figures) or any(
                abs(a - b) > LEAST_MOVE for a, b in zip(before, figures, strict=True)
            )
            if moved:
                raise StaffError(TOO_FEW_CHANGED)
        self._figures[question] = list(figures)

    def _changed(self, question: str) -> int:
        """By how many the counts of a question have changed since, in the table of it that has moved most."""
        changes = [
            sum(
                abs(a - b)
                for now, was in zip(made.counts, before.counts, strict=True)
                for a, b in zip(now, was, strict=True)
            )
            for name, made in self._made.items()
            if (name == question or name.startswith(f"{question}/"))
            and (before := self._earlier.get(name)) is not None
        ]
        return max(changes, default=0)

    def to_dict(self) -> dict[str, Any]:
        """What is kept with the page, for the next time."""
        tables = {
            name: {
                "counts": [list(row) for row in made.counts],
                "shown": [[_plain(c) for c in row] for row in made.shown],
            }
            for name, made in self._made.items()
        }
        return {**tables, "doors": list(self.doors or ()), "rest": self.rest, "figures": self._figures}

    def may_show(self, name: str) -> bool:
        """Whether a table was published before, where anything was: what is new beside it could tell of few."""
        return self.is_first or name in self._earlier


def is_small(count: int) -> bool:
    return 0 < count < SMALL


def _plain(shown: Shown) -> int | str:
    return shown.value if isinstance(shown, Hidden) else shown


def _read(kept: Mapping[str, Any]) -> Published:
    shown = tuple(tuple(Hidden(c) if isinstance(c, str) else int(c) for c in row) for row in kept["shown"])
    return Published(tuple(tuple(map(int, row)) for row in kept["counts"]), shown)
