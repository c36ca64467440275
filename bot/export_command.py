"""`frontdoor export`: submissions or responses in a file, with a line in the audit."""

import os
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bot.desk_command import actor, fail, opened
from bot.settings import load_settings

out = Console()


class Format(StrEnum):
    """What an export can be written as; storage has the same, but loads too much for --help."""

    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"
    GEOJSON = "geojson"


class Level(StrEnum):
    """How much of personal data an export shows."""

    OPEN = "open"
    STANDARD = "standard"
    FULL = "full"


def export(
    kind: Annotated[
        str,
        typer.Argument(help="Which form's submissions, like encampment; or responses, to a consultation."),
    ],
    format: Annotated[Format, typer.Option("--format")] = Format.CSV,
    consultation: Annotated[str, typer.Option(help="Responses to which (its id).")] = "",
    since: Annotated[datetime | None, typer.Option(help="From this day or time (London).")] = None,
    until: Annotated[datetime | None, typer.Option(help="Before this day or time (London).")] = None,
    district: Annotated[str | None, typer.Option(help="Only this district (its id).")] = None,
    redact: Annotated[
        Level, typer.Option(help="open: no words, rounded places. full: personal data too, needs --reason.")
    ] = Level.STANDARD,
    reason: Annotated[str, typer.Option(help="Why personal data is taken out; kept in the audit.")] = "",
    output: Annotated[Path | None, typer.Option("-o", "--output", help="File to write.")] = None,
) -> None:
    """Export submissions or responses, with their data dictionary; every export leaves a line in the audit."""
    if kind == "responses" or consultation:
        if kind != "responses" or not consultation or since or until or district:
            fail(
                "Say which: `export responses --consultation ID`; it takes no --since, --until or --district."
            )
        _export_responses(consultation, format, redact, reason, output or Path(f"{consultation}.{format}"))
        return
    from bot.deployment import load_deployment_content, open_database
    from bot.exporting import export_fields, london
    from storage.export import export_submissions

    settings = load_settings(os.environ)
    forms = load_deployment_content(settings).forms
    form = forms.get(kind)
    if form is None:
        known = ", ".join(sorted(forms))
        fail(f"There is no form called {kind}. There are: {known}.")
    path = output or Path(f"{kind}.{format}")
    database = open_database(settings)
    try:
        count = export_submissions(
            database,
            form.id,
            export_fields(form),
            format=format,
            out=path,
            who=actor(None),
            now=datetime.now(UTC),
            since=london(since),
            until=london(until),
            district=district,
            redact=redact,
            reason=reason,
        )
    except ValueError as error:
        fail(str(error))
    except OSError as error:
        fail(_not_written(path, error))
    finally:
        database.dispose()
    out.print(f"{count} submission(s) in {path}.", soft_wrap=True)


def _export_responses(id: str, format: Format, redact: Level, reason: str, path: Path) -> None:
    from staff.consulting.masking import Masking
    from staff.consulting.responses_export import export_responses

    with opened() as desk:
        masking = Masking.for_county(desk.content)
        try:
            count = export_responses(
                desk.database,
                id,
                format=format,
                out=path,
                who=actor(None),
                now=datetime.now(UTC),
                redact=redact,
                reason=reason,
                mask=lambda text: masking.mask(text).text,
            )
        except ValueError as error:
            fail(str(error))
        except OSError as error:
            fail(_not_written(path, error))
    out.print(f"{count} response(s) in {path}.", soft_wrap=True)


def _not_written(path: Path, error: OSError) -> str:
    return f"{path} cannot be written ({error.strerror}). Please give another file with -o."
