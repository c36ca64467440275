"""What the commands for staff share: who acts, the record opened, and an answer as a table or as JSON."""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.settings import Settings, load_settings

if TYPE_CHECKING:
    from flows.content import Content
    from storage.database import Database

Who = Annotated[
    str | None,
    typer.Option("--as", metavar="NAME", help="Who acts, for the audit.", show_default="$USER (command)"),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else.")]
Reference = Annotated[str, typer.Argument(help="Such as EN-7K3F-2QX.")]


@dataclass(frozen=True)
class Desk:
    """The record and the words of the deployment, opened for one command."""

    settings: Settings
    database: "Database"
    content: "Content"


@contextmanager
def opened() -> Iterator[Desk]:
    """The desk; a sentence and exit code 1, not a traceback, where something is refused or does not open."""
    console = Console(stderr=True)
    # Loading all that is needed takes a second or two: whoever waits is told at once.
    with console.status("Opening the record ..."):
        from bot.deployment import load_deployment_content, open_database
        from staff.errors import StaffError
        from storage.errors import SealBroken

        settings = load_settings(os.environ)
        content = load_deployment_content(settings)
        database = open_database(settings)
    try:
        yield Desk(settings, database, content)
    except StaffError as error:
        fail(str(error))
    except SealBroken as error:
        fail(f"The record does not open with this SECRET_KEY ({error}). Set the one it was written with.")
    finally:
        database.dispose()


def actor(name: str | None) -> str:
    return name if name is not None else f"{os.environ.get('USER') or os.getuid()} (command)"


def now() -> datetime:
    return datetime.now(UTC)


def say(message: str, *, as_json: bool = False, **values: Any) -> None:
    """One sentence; as JSON the values it is about."""
    if as_json:
        show_json(values)
    else:
        Console().print(Text(message), soft_wrap=True)


UNBROKEN = 3  # columns that are names to type again


def show_json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def show_rows(
    rows: Sequence[Any], columns: Iterable[str], cells: Iterable[Sequence[str]], what: str, *, as_json: bool
) -> None:
    """Rows (dataclasses) as a table with how many there are; as JSON all there is of them."""
    if as_json:
        show_json([asdict(row) for row in rows])
        return
    show_table(columns, cells, f"{len(rows)} {what}.")


def show_table(
    columns: Iterable[str], cells: Iterable[Sequence[str]], told: str = "", *, unbroken: int = UNBROKEN
) -> None:
    """In a window a table of which the first columns are never broken, and `told` below it.

    In a file or to another program a line for each row, its cells parted by tabs, and the titles above: what is
    `told` is no row, and goes to standard error.
    """
    window = Console()
    if not window.is_terminal:
        for line in (columns, *cells):
            typer.echo("\t".join(" ".join(cell.split()) for cell in line))
        if told:
            Console(stderr=True).print(told)
        return
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for number, title in enumerate(columns):
        table.add_column(title, overflow="fold", no_wrap=number < unbroken)
    for row in cells:
        table.add_row(*map(Text, row))
    window.print(table, *([told] if told else []))


def when(moment: datetime) -> str:
    """ "03 Nov 2026 09:00", in London."""
    from flows.county import LONDON

    return f"{moment.astimezone(LONDON):%d %b %Y %H:%M}"


def find_beginning(ids: Iterable[str], beginning: str, what: str) -> str:
    """The one id that begins so (four characters or more); fails where there is none or more than one."""
    found = sorted({id for id in ids if id.startswith(beginning)}) if len(beginning) >= 4 else []
    if len(found) != 1:
        many = f"More than one {what} begins" if found else f"No {what} begins"
        fail(
            f"{many} with {beginning}; nothing was changed. The list shows the ids: give four characters or more."
        )
    return found[0]


def fail(message: str) -> NoReturn:
    Console(stderr=True).print(Text(message, style="red"), soft_wrap=True)
    raise typer.Exit(1)


def _plain(value: Any) -> str:
    if isinstance(value, date):  # a datetime is one, too
        return value.isoformat()
    raise TypeError(type(value).__name__)
