"""Figures as plain tables, for a terminal, a page, JSON or CSV."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from staff.small_numbers import SMALL, Hidden, add_totals, hide_together

Value = int | float | str | None
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Row:
    """`id` is what it is called in the record; `values` by the columns' ids, None where it is not known yet."""

    id: str
    name: str
    values: dict[str, Value]


@dataclass(frozen=True)
class Sheet:
    """One table. `head` says what its rows are, `columns` maps ids to titles, `says` is a sentence before it."""

    id: str
    title: str
    head: str
    columns: dict[str, str]
    rows: tuple[Row, ...]
    total: Row | None = None
    says: str = ""
    notes: tuple[str, ...] = ()

    @property
    def all_rows(self) -> tuple[Row, ...]:
        return (*self.rows, self.total) if self.total else self.rows

    def lines(self) -> Iterator[tuple[str, str, str, Value]]:
        """(sheet, row, column, value): one figure a line, to be read by a program."""
        for row in self.all_rows:
            for column in self.columns:
                yield self.id, row.id, column, row.values[column]


@dataclass(frozen=True)
class Report:
    """Several sheets with words before and after. `covers` says what was counted, `unrecorded` what never is."""

    title: str
    covers: str
    sheets: tuple[Sheet, ...]
    intro: tuple[str, ...] = ()
    unrecorded: tuple[str, ...] = ()
    is_public: bool = False
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Cross:
    """Counts that add up both ways: `counts` by row (id, name, by column).

    `measures` maps columns of figures to their titles, `measured` holds them by row ("total" for the last).
    """

    id: str
    title: str
    head: str
    columns: Mapping[str, str]
    counts: Sequence[tuple[str, str, Mapping[str, int]]]
    says: str = ""
    notes: tuple[str, ...] = ()
    measures: Mapping[str, str] = field(default_factory=dict)
    measured: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)

    @property
    def table(self) -> list[list[int]]:
        return [[by.get(column, 0) for column in self.columns] for _, _, by in self.counts]


def make_crosses(crosses: Sequence[Cross], *, public: bool) -> list[Sheet]:
    """With their totals. Rows of the same id have the same total in all of them.

    With `public` small counts are hidden, and figures that rest on fewer than five.
    """
    filled = [cross for cross in crosses if cross.counts]
    if public:
        hidden = hide_together([([id for id, _, _ in cross.counts], cross.table) for cross in filled])
        tables: list[Sequence[Sequence[Value]]] = [*hidden]
    else:
        tables = [add_totals(cross.table) for cross in filled]
    shown = {cross.id: table for cross, table in zip(filled, tables, strict=True)}
    return [_sheet_of(cross, shown.get(cross.id, ()), public) for cross in crosses]


def _sheet_of(cross: Cross, table: Sequence[Sequence[Value]], public: bool) -> Sheet:
    titles = {**cross.columns, "total": "All", **cross.measures}
    names = [*((id, name) for id, name, _ in cross.counts), ("total", "All")]
    rows = []
    for (id, name), values, counts in zip(names, table, add_totals(cross.table), strict=False):
        measured = cross.measured.get(id, {})
        if public and counts[-1] < SMALL:
            measured = dict.fromkeys(cross.measures, Hidden.OTHER)
        rows.append(Row(id, name, {**dict(zip((*cross.columns, "total"), values, strict=True)), **measured}))
    if not rows:
        return Sheet(cross.id, cross.title, cross.head, titles, (), None, cross.says, cross.notes)
    return Sheet(
        cross.id, cross.title, cross.head, titles, tuple(rows[:-1]), rows[-1], cross.says, cross.notes
    )


def turn(sheet: Sheet, head: str) -> Sheet:
    """The same counts with rows and columns changed over."""
    rows = [
        Row(id, title, {row.id: row.values[id] for row in sheet.all_rows})
        for id, title in sheet.columns.items()
    ]
    columns = {row.id: row.name for row in sheet.all_rows}
    return replace(
        sheet, head=head, columns=columns, rows=tuple(rows[:-1]), total=rows[-1] if sheet.rows else None
    )
