"""`frontdoor consultation missing | results | ledger ID`: pages for staff and for the public, open data, the PDF."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import is_dataclass
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from bot.consultation_command import Id
from bot.desk_command import AsJson, Desk, Who, actor, fail, now, opened, say, show_json

if TYPE_CHECKING:
    from staff.consulting.findings import ConsultationFindings

PLACES = 2  # as on the pages: more would give hidden counts away
Census = Annotated[
    Path | None,
    typer.Option(
        "--census",
        exists=True,
        dir_okay=False,
        help="Your own file of the census (docs/who_is_missing.md).",
        show_default="county/census.yml",
    ),
]
Version = Annotated[
    int | None,
    typer.Option(
        "--version", min=1, help="Of this version of the questions.", show_default="the one opened last"
    ),
]
Output = Annotated[Path | None, typer.Option("-o", "--output", help="Write a page (.html).")]


class ShownUnlessNamed(TyperGroup):
    """`ledger ID` shows it; `ledger add`, `ledger list` and whatever else has a name is that."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["show", *args]
        return super().parse_args(ctx, args)


def add_findings(consultation: typer.Typer, ledger: typer.Typer) -> None:
    """Give both groups the commands of this file."""
    consultation.command()(missing)
    consultation.command()(results)
    ledger.command("show")(show_ledger)
    ledger.info.cls = ShownUnlessNamed


def missing(
    id: Id, output: Output = None, census: Census = None, who: Who = None, as_json: AsJson = False
) -> None:
    """Say who is missing from the answers, this week: expected and seen, and what to do next."""
    from bot.consultation_missing_page import left_out, render_missing
    from bot.pages import write_page

    with opened() as desk, _writing():
        at = now()
        findings = _findings(desk)
        found = findings.missing(id, census=census, now=at)
        if output is not None:
            write_page(output, render_missing(found, desk.content.gazetteer.district_names, at))
    if as_json:
        show_json({"id": id, **_plain(found)})
        return
    unlike = found.unlike.unlike
    far = f" {100 * unlike.value:.0f} in 100 would have to come from other groups." if unlike else ""
    say(f"{found.answers:,} answers, {found.this_week:,} of them in the last seven days.{far}")
    for line in left_out(found):
        say(line)
    for step in found.steps:
        say(f"- {step.who}. {step.step}")
    if output is not None:
        say(f"Written to {output}. It holds small numbers: for staff alone.")


def results(
    id: Id,
    output: Output = None,
    csv_folder: Annotated[
        Path | None,
        typer.Option(
            "--csv-folder", help="Write what is published as open data: CSV, a dictionary, metadata."
        ),
    ] = None,
    publish: Annotated[
        bool, typer.Option("--publish", help="Once it is closed: show it to everybody at /consultations/ID.")
    ] = False,
    tell: Annotated[
        bool, typer.Option("--tell", help="Send the link, once, to everybody who asked for it.")
    ] = False,
    version: Version = None,
    census: Census = None,
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """Show what people said: counted and weighted side by side, small numbers hidden."""
    from bot.consultation_results_page import render_results
    from bot.pages import write_page

    if tell and version is not None:
        fail("People are sent the results of the version opened last: leave --version out.")
    with opened() as desk, _writing():
        from flows.office import QuietHours
        from staff.consulting.other_versions import say_other_version

        at, name = now(), actor(who)
        findings = _findings(desk)
        told: dict[str, Any] = {"id": id}
        lines = []
        figures = findings.results(id, version=version, census=census)
        page = render_results(figures.results, at, public=publish)
        if output is not None:
            write_page(output, page)
            lines.append(f"Written to {output}.")
        if publish:
            told["published"] = findings.publish(id, figures, page, actor=name, now=at)
            lines.append(f"Published: everybody sees it at {told['published']}.")
        if csv_folder is not None:
            files = findings.write_open_data(figures, csv_folder)
            lines.append(f"{len(files)} files in {csv_folder}.")
        if tell:
            quiet = QuietHours(**desk.settings.config.quiet_hours.model_dump())
            url = desk.settings.environment.public_url or ""
            told["told"] = findings.tell(id, public_url=url, quiet=quiet, actor=name, now=at)
            lines.append(f"{told['told']} who asked for it will be sent the link.")
    if as_json:
        found = _plain(figures.results)
        by = figures.results.weighting
        told["version"] = figures.results.consultation.version
        show_json(
            {**told, "weighted_by": by.by, "design_effect": by.design_effect, "notes": by.notes, **found}
        )
        return
    for other in figures.results.others:
        if told_of := say_other_version(other):
            say(f"{told_of} `--version {other.version}` shows them.")
    for question in figures.results.questions:
        say(f"{question.title}: {' '.join(question.says)}")
    for line in lines:
        say(line)


def show_ledger(
    id: Id,
    output: Output = None,
    pdf: Annotated[Path | None, typer.Option("--pdf", help="Write it as a PDF.")] = None,
    version: Version = None,
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """Show how a consultation kept the four principles: what was asked, for how long, and what came of it."""
    from bot.consultation_ledger_page import render_ledger, write_ledger_pdf
    from bot.pages import write_page

    with opened() as desk, _writing():
        at = now()
        findings = _findings(desk)
        ledger = findings.ledger(id, version=version)
        if output is not None:
            write_page(output, render_ledger(ledger, at))
        if pdf is not None:
            write_ledger_pdf(ledger, pdf, at)
    if as_json:
        show_json(_plain(ledger))
        return
    for part in ledger.parts:
        say(part.title)
        for line in part.says:
            say(f"  {line}")
        for line in part.look:
            say(f"  To look at: {line}")
    written = [str(path) for path in (output, pdf) if path is not None]
    if written:
        say(f"Written to {' and '.join(written)}.")


def _findings(desk: Desk) -> "ConsultationFindings":
    from bot.settings import ROOT
    from staff.consulting.findings import ConsultationFindings

    names = desk.content.gazetteer.district_names
    return ConsultationFindings(desk.database, desk.content, ROOT / "county", names)


@contextmanager
def _writing() -> Iterator[None]:
    """A sentence, not a traceback, where a file cannot be written."""
    try:
        yield
    except OSError as error:
        fail(f"{error.filename or 'The file'} cannot be written: {error.strerror}.")


def _plain(value: Any) -> Any:
    """Figures as JSON has them, without the questionnaire they are of; an endless interval is null."""
    if is_dataclass(value) and not isinstance(value, type):
        return {
            name: _plain(getattr(value, name))
            for name in value.__dataclass_fields__
            if name not in ("consultation", "words", "weighting")
        }
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if isinstance(value, float):
        return round(value, PLACES) if isfinite(value) else None
    return value
