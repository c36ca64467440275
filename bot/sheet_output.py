"""Sheets of figures printed: as tables, as JSON, as CSV with one figure a line."""

import csv
import io
from collections.abc import Iterable
from dataclasses import asdict

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.desk_command import show_json
from staff.sheets import Report, Sheet, Value
from staff.small_numbers import Hidden

CSV_COLUMNS = ("table", "row", "column", "value")


def show_sheet(sheet: Sheet) -> None:
    console = Console()
    table = Table(title=Text(sheet.title), title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column(sheet.head, no_wrap=True)
    for id, title in sheet.columns.items():
        is_words = any(
            isinstance(row.values[id], str) and not isinstance(row.values[id], Hidden) for row in sheet.rows
        )
        table.add_column(title, justify="left" if is_words else "right", min_width=24 if is_words else None)
    for row in sheet.all_rows:
        is_total = row is sheet.total
        cells = [Text(row.name), *(Text(show_value(row.values[id])) for id in sheet.columns)]
        table.add_row(*cells, style="bold" if is_total else "")
    console.print(table)
    for line in (sheet.says, *sheet.notes):
        if line:
            console.print(Text(line, style="dim"), soft_wrap=True)


def show_report(report: Report) -> None:
    console = Console()
    console.print(Text(report.title, style="bold"), Text(f"{report.covers}."), sep="\n")
    for sheet in report.sheets:
        show_sheet(sheet)
    console.print(Text("What is not recorded", style="bold"))
    for line in report.unrecorded:
        console.print(Text(f"- {line}"), soft_wrap=True)


def show_value(value: Value) -> str:
    """Nothing for what is not known yet."""
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)


def print_json(what: Sheet | Report) -> None:
    show_json(asdict(what))


def print_csv(sheets: Iterable[Sheet]) -> None:
    typer.echo(make_csv(sheets), nl=False)


def make_csv(sheets: Iterable[Sheet]) -> str:
    """One figure a line, so that sheets of any shape go into one file."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for sheet in sheets:
        writer.writerows([*line[:3], show_value(line[3])] for line in sheet.lines())
    return out.getvalue()
