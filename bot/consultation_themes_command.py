"""`frontdoor consultation themes`, `code`, `codebook` and `agreement`: what people said in their own words."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress
from rich.text import Text

from bot.consultation_command import Id
from bot.desk_command import AsJson, Who, actor, fail, now, opened, say, show_json, show_rows
from bot.noted_command import NotedTyper

if TYPE_CHECKING:
    from staff.consulting.agreement import Agreement
    from staff.consulting.codebook_operations import CodebookDesk
    from staff.consulting.coding_operations import CodingDesk
    from staff.consulting.themes import Say

Question = Annotated[str, typer.Argument(help="Id of a question answered in own words.")]
CodeId = Annotated[str, typer.Argument(help="Id of the code, such as street_lights.")]


class Which(StrEnum):
    """Answers a file is made of; staff.consulting has the same, but loads too much for --help."""

    ALL = "all"
    UNCODED = "uncoded"
    CODED = "coded"
    DISPUTED = "disputed"
    AGAIN = "again"


codebook = NotedTyper(
    name="codebook",
    help="What each code means: add, rename, merge and split; every change is kept as a version.",
    no_args_is_help=True,
)
PART = "ID=NAME: MEANING"


def add_to(consultation: typer.Typer) -> None:
    """Put these commands beside the others on consultations."""
    consultation.command()(themes)
    consultation.command()(code)
    consultation.command()(agreement)
    consultation.add_typer(codebook)


def themes(id: Id, question: Question, who: Who = None, as_json: AsJson = False) -> None:
    """Find themes in the answers to a question, on this machine; themes of the run before keep their ids."""
    with opened() as desk, _progress() as tell:
        from bot.settings import ROOT
        from staff.consulting.theme_operations import find_and_keep_themes

        found = find_and_keep_themes(
            desk.database, desk.content, ROOT, id, question, actor=actor(who), now=now(), say=tell
        )
    if as_json:
        show_json(asdict(found))
        return
    out = Console()
    for theme in found.themes:
        out.print(Text(f"{theme.id}  {', '.join(theme.words)}  ({theme.size} answers)", style="bold"))
        for example in theme.examples:
            out.print(Text(f"    {example}"), soft_wrap=True)
    say(
        f"{len(found.themes)} theme(s) in {found.answers} answers, {found.known} of them known from the run before; "
        f"{found.rest} answers are of no theme. Personal data is masked as far as rules find it."
    )


def code(
    id: Id,
    question: Question,
    export: Annotated[Path | None, typer.Option(help="CSV file to write: answers to code.")] = None,
    only: Annotated[
        Which, typer.Option(help="With --export, answers so far so; again: their code was split since.")
    ] = Which.ALL,
    read: Annotated[
        Path | None,
        typer.Option("--import", exists=True, dir_okay=False, help="The same file, with codes in it."),
    ] = None,
    coder: Annotated[str | None, typer.Option(help="Who coded the file that is imported.")] = None,
    settle: Annotated[
        bool, typer.Option("--settle", help="Coders differed, and what is imported was agreed.")
    ] = False,
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """Give answers to a coder, take them back coded; without either, how far coding is."""
    if export and read:
        fail("Give --export or --import, one at a time.")
    if read and not coder:
        fail("Say who coded the file, with --coder.")
    with _coding(id, question) as desk:
        if export:
            from staff.consulting import coding_operations

            count = desk.export(export, coding_operations.Which(only.value), actor=actor(who), now=now())
            told = f"{export} has {count} answer(s) to code. Write ids of codes into the last column, parted by ;"
            say(f"{told} or none.", as_json=as_json, file=str(export), answers=count)
            return
        if read:
            count = desk.take(read, coder=coder or "", settles=settle, actor=actor(who), now=now())
            say(f"{count} answer(s) coded by {coder}.", as_json=as_json, answers=count, coder=coder)
            return
        state = desk.look()
    if as_json:
        show_json(asdict(state))
        return
    cells = [
        [each.code, each.name, ", ".join(each.themes), str(each.coded), str(each.proposed), each.meaning]
        for each in state.codes
    ]
    columns = ("Code", "Name", "Themes", "By people", "Proposed", "What belongs to it")
    show_rows(state.codes, columns, cells, f"code(s), version {state.version}", as_json=False)
    say("Answers: " + ", ".join(f"{count} {standing}" for standing, count in state.standings.items()) + ".")
    if state.coders:
        say("Coders: " + ", ".join(f"{name} {count}" for name, count in state.coders.items()) + ".")
    if state.again:
        say(f"{len(state.again)} to be coded again, because a code was split: --export FILE --only again.")


def agreement(
    id: Id,
    question: Question,
    coders: Annotated[
        list[str] | None, typer.Option("--coder", help="Give it twice where more than two coded.")
    ] = None,
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """Show how far two coders agree beyond chance, code by code, and what is to be settled."""
    names = coders or []
    if len(names) not in (0, 2):
        fail("Name two coders, with --coder twice, or none.")
    with _coding(id, question) as desk:
        report = desk.compare(*names, actor=actor(who), now=now())
    if as_json:
        disputes = [
            {"id": d.answer, "answer": report.answers[d.answer], "codes": _said(d.codes)}
            for d in report.disputes
        ]
        codes = {name: asdict(found) for name, found in report.codes.items()}
        told = {"coders": [report.one, report.other], "both": report.both}
        show_json({**told, "codes": codes, "disputes": disputes})
        return
    cells = [[name, f"{a.agreed} of {a.answers}", *_kappa(a)] for name, a in report.codes.items()]
    columns = ("Code", "Alike", "Kappa", "95 in 100")
    show_rows(cells, columns, cells, f"code(s); {report.both} answer(s) coded by both", as_json=False)
    out = Console()
    for dispute in report.disputes:
        said = "; ".join(f"{who}: {', '.join(of) or 'none'}" for who, of in _said(dispute.codes).items())
        out.print(Text(f"{dispute.answer}  {said}", style="bold"), soft_wrap=True)
        out.print(Text(f"    {report.answers[dispute.answer]}"), soft_wrap=True)
    say(
        f"{len(report.disputes)} answer(s) to settle."
        + (" Agree on them, and --import them with --settle." if report.disputes else "")
    )


@codebook.command("add")
def add_code(
    id: Id,
    question: Question,
    code: CodeId,
    name: Annotated[str, typer.Option(help="A few words, for readers.")],
    meaning: Annotated[str, typer.Option(help="One sentence: what belongs to it.")],
    theme: Annotated[
        list[str] | None, typer.Option(help="Theme of the machine it is made of; repeat for more.")
    ] = None,
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """Add a code; with themes, it is proposed for their answers until a person codes them."""
    with _book(id, question) as desk:
        version = desk.add(code, name, meaning, themes=theme or (), actor=actor(who), now=now())
    _say_version(version, as_json)


@codebook.command("rename")
def rename_code(
    id: Id,
    question: Question,
    code: CodeId,
    name: Annotated[str, typer.Option(help="Its new name.")],
    meaning: Annotated[str, typer.Option(help="What belongs to it, where that is put otherwise too.")] = "",
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """Name a code otherwise; what was coded by it stays."""
    with _book(id, question) as desk:
        version = desk.rename(code, name, meaning, actor=actor(who), now=now())
    _say_version(version, as_json)


@codebook.command("merge")
def merge_codes(
    id: Id,
    question: Question,
    code: CodeId,
    into: Annotated[str, typer.Option(help="Code that its answers count as from now on.")],
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """Merge a code into another."""
    with _book(id, question) as desk:
        version = desk.merge(code, into, actor=actor(who), now=now())
    _say_version(version, as_json)


@codebook.command("split")
def split_code(
    id: Id,
    question: Question,
    code: CodeId,
    into: Annotated[
        list[str], typer.Option(metavar=PART, help="A code that stands for part of it; give two or more.")
    ],
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """Split a code; its answers are then to be coded again."""
    parts = [_parse_part(part) for part in into]
    with _book(id, question) as desk:
        version = desk.split(code, parts, actor=actor(who), now=now())
    _say_version(version, as_json)


@contextmanager
def _coding(id: str, question: str) -> Iterator["CodingDesk"]:
    with opened() as desk:
        from staff.consulting.coding_operations import CodingDesk

        yield CodingDesk(desk.database, desk.content, id, question)


@contextmanager
def _book(id: str, question: str) -> Iterator["CodebookDesk"]:
    with opened() as desk:
        from staff.consulting.codebook_operations import CodebookDesk

        yield CodebookDesk(desk.database, id, question)


@contextmanager
def _progress() -> Iterator["Say"]:
    """A line that says what is done at the moment; on standard error, so that JSON stays JSON."""
    with Progress(console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("Opening answers", total=None)

        def tell(step: str, done: int, of: int) -> None:
            # Grouping is one step that tells nothing while it lasts.
            total = None if step == "grouping" else of
            shown.update(task, description=step.capitalize(), completed=done, total=total)

        yield tell


def _parse_part(text: str) -> tuple[str, str, str]:
    id, equals, rest = text.partition("=")
    name, colon, meaning = rest.partition(":")
    if not equals or not colon:
        fail(f"Give each part as {PART}, such as 'paths=Paths: paths and pavements that are dark'.")
    return id.strip(), name.strip(), meaning.strip()


def _kappa(found: "Agreement") -> tuple[str, str]:
    if found.kappa is None or found.low is None or found.high is None:
        return "-", "chance alone would agree"
    return f"{found.kappa:.2f}", f"{found.low:.2f} to {found.high:.2f}"


def _said(codes: Any) -> dict[str, list[str]]:
    return {name: sorted(of) for name, of in codes.items()}


def _say_version(version: int, as_json: bool) -> None:
    say(f"It is in the codebook, version {version}.", as_json=as_json, version=version)
