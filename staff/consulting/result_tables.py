"""The counts of a table made fit to publish."""

from collections.abc import Sequence

from staff.small_numbers import PEOPLE, Shown, Table, hide_together

SMALL = PEOPLE.small
TENS = 10
Counts = Sequence[Sequence[int]]


def hide(rows: Sequence[str], counts: Counts, beside: Counts | None = None) -> list[Table]:
    """The table with its totals, and one beside it that has the same rows and totals, if there is one."""
    return hide_together([(rows, each) for each in (counts, beside) if each is not None], rule=PEOPLE)


def is_small(count: int) -> bool:
    return 0 < count < SMALL


def in_tens(count: int) -> Shown:
    return PEOPLE.few if is_small(count) else (count + TENS // 2) // TENS * TENS
