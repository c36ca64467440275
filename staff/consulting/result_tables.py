"""The counts of tables made fit to publish: first their totals, which all of them share, then each by itself."""

from collections.abc import Sequence
from dataclasses import dataclass

from staff.small_numbers import PEOPLE, Shown, Table, hide_small, hide_together

SMALL = PEOPLE.small
TENS = 10
Counts = Sequence[Sequence[int]]


@dataclass(frozen=True)
class Totals:
    """How many answered, the same in every table: by door; without what is flagged and only that; of the police.

    Of each all together stand last.
    """

    doors: Sequence[Shown]
    flagged: Sequence[Shown]
    police: Sequence[Shown]

    @classmethod
    def of(cls, doors: Sequence[int], flagged: int, police: int) -> "Totals":
        by_door = _hide_parts(doors or [0])
        return cls(by_door, _hide_parts([sum(doors) - flagged, flagged], by_door[-1]), _hide_parts([police]))


def hide(rows: Sequence[str], counts: Counts, told: Sequence[Shown]) -> Table:
    """The table with its totals, those of the columns as they are told."""
    return hide_small(counts, rule=PEOPLE, told=told)


def hide_pair(rows: Sequence[str], by_door: Counts, by_flag: Counts, totals: Totals) -> list[Table]:
    """Two tables that have the same rows."""
    return hide_together([(rows, by_door), (rows, by_flag)], rule=PEOPLE, told=[totals.doors, totals.flagged])


def is_small(count: int) -> bool:
    return 0 < count < SMALL


def in_tens(count: int) -> Shown:
    return PEOPLE.few if is_small(count) else (count + TENS // 2) // TENS * TENS


def _hide_parts(parts: Sequence[int], whole: Shown | None = None) -> list[Shown]:
    """The parts, and all of them together: as that is told, where it is."""
    told = None if whole is None else [whole, whole]
    return [row[0] for row in hide_small([[part] for part in parts], rule=PEOPLE, told=told)]
