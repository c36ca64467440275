"""`frontdoor unanswered`: the board of messages nobody could answer, for the people who teach the service."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.desk_command import actor, now, show_table, when
from bot.settings import load_settings

if TYPE_CHECKING:
    from storage.database import Database, Transaction
    from storage.unanswered import UnansweredMessage

unanswered = typer.Typer(
    name="unanswered",
    help="What the service was unsure of or misread: read it, export it, make training examples of it.",
    no_args_is_help=True,
)
SHORT_ID = 8
COLUMNS = ("Id", "When", "Reason", "Words", "Likeliest", "Chosen", "Status")


class Format(StrEnum):
    """What the board can be exported as; storage has the same, but loads too much for --help."""

    YAML = "yaml"
    JSONL = "jsonl"


@unanswered.command("list")
def list_messages(
    limit: Annotated[int, typer.Option(min=1, help="How many, the newest first.")] = 50,
    everything: Annotated[bool, typer.Option("--all", help="Also those used or dismissed.")] = False,
) -> None:
    """List what waits for a person: when, why, the words without personal data, the likeliest labels."""
    from storage.states import UnansweredStatus

    def read(tx: "Transaction") -> list["UnansweredMessage"]:
        found = tx.unanswered.latest(limit, None if everything else UnansweredStatus.NEW)
        tx.audit.append(actor(None), "unanswered.list", "unanswered", {"count": len(found)}, now())
        return found

    with _database() as database:
        messages = database.run_blocking(read)
    # In a narrow window all of it is shown, on more lines; ids are there to be copied.
    show_table(COLUMNS, map(_row, messages), f"{len(messages)} message(s).", unbroken=1)


@unanswered.command()
def export(
    reason: Annotated[str, typer.Option(help="Why citizens' words are taken out; kept in the audit.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="File to write; it must not be there yet.")],
    format: Annotated[
        Format, typer.Option("--format", help="yaml: as training files, every line a comment.")
    ] = Format.YAML,
    since: Annotated[datetime | None, typer.Option(help="From this day or time (London).")] = None,
    until: Annotated[datetime | None, typer.Option(help="Before this day or time (London).")] = None,
) -> None:
    """Write what waits to a file, grouped by label, from which a person makes training examples."""
    from bot.exporting import london
    from storage.unanswered_export import export_unanswered

    with _database() as database:
        try:
            count = export_unanswered(
                database,
                format=format,
                out=output,
                who=actor(None),
                reason=reason,
                now=now(),
                since=london(since),
                until=london(until),
            )
        except (ValueError, OSError) as error:
            raise typer.BadParameter(str(error)) from error
    typer.echo(f"{count} message(s) in {output}. Nothing of it is trained on before a person has read it.")


@unanswered.command()
def done(
    ids: Annotated[list[str], typer.Argument(help="Ids, or how they begin (four characters or more).")],
    used: Annotated[bool, typer.Option("--used/--dismissed", help="Learned from, or not worth it.")] = True,
) -> None:
    """Settle messages: they leave the list, and their words are deleted."""
    from storage.states import UnansweredStatus

    status = UnansweredStatus.USED if used else UnansweredStatus.DISMISSED
    with _database() as database, database.transaction() as tx:
        for beginning in ids:
            found = (
                tx.unanswered.ids_beginning(beginning) if re.fullmatch(r"[0-9a-f-]{4,36}", beginning) else []
            )
            if len(found) != 1:
                many = "More than one message begins" if found else "No message begins"
                raise typer.BadParameter(f"{many} with {beginning}; nothing was changed.")
            tx.unanswered.settle(found[0], status)
            tx.audit.append(actor(None), f"unanswered.{status}", found[0], {}, now())
        tx.commit()
    typer.echo(f"{len(ids)} message(s) {status}; their words are gone.")


def _row(message: "UnansweredMessage") -> list[str]:
    return [
        message.id[:SHORT_ID],
        when(message.at),
        message.reason,
        message.text or "(not kept)",
        "\n".join(f"{label} {confidence:.0%}" for label, confidence in message.ranking),
        message.chosen or "",
        message.status,
    ]


@contextmanager
def _database() -> Iterator["Database"]:
    """The database, with a sentence instead of a traceback where its key is not ours."""
    from bot.deployment import open_database
    from storage.errors import SealBroken

    database = open_database(load_settings(os.environ))
    try:
        yield database
    except SealBroken as error:
        raise typer.BadParameter(f"The board does not open with this SECRET_KEY ({error}).") from error
    finally:
        database.dispose()
