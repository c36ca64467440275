"""`frontdoor consultation`: open and close consultations, type in paper answers, write down how the office listened."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from bot.desk_command import AsJson, Desk, Who, actor, fail, now, opened, say, show_json, show_rows, when
from bot.noted_command import NotedTyper

if TYPE_CHECKING:
    from staff.consulting.operations import ConsultationDesk

consultation = NotedTyper(
    name="consultation",
    help="Consultations: check, open and close them, see who answered, write down how the office listened.",
    no_args_is_help=True,
)
ledger = NotedTyper(
    name="ledger",
    help="How the office listened: who was reached how, what was decided, what was made of each theme.",
    no_args_is_help=True,
)
consultation.add_typer(ledger)
Id = Annotated[str, typer.Argument(help="Id of the consultation, such as precept.")]
COLUMNS = ("Id", "Version", "State", "Title", "Days", "Answers", "File")


@consultation.command()
def check(
    id: Annotated[str, typer.Argument(help="Its id, or its file in county/consultations/.")],
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """Check one consultation before it opens: faults and warnings, each with its line."""
    from bot.settings import ROOT
    from flows.county import LONDON
    from staff.consulting.checking import check_file, find_file
    from staff.errors import StaffError

    try:
        path = find_file(ROOT, id)
    except StaffError as error:
        fail(str(error))
    faults = check_file(ROOT, path, now().astimezone(LONDON).date())
    errors = sum(not fault.is_warning for fault in faults)
    if as_json:
        show_json([vars(fault) for fault in faults])
    else:
        for fault in faults:
            kind = "warning" if fault.is_warning else "fault"
            Console().print(Text(f"{fault.file}:{fault.line}: {kind}: {fault.message}"), soft_wrap=True)
    if errors:
        fail(f"{errors} fault(s): it cannot be opened so.")
    if not as_json:
        say(f"It may be opened; {len(faults)} warning(s).")


@consultation.command("list")
def list_all(who: Who = None, as_json: AsJson = False) -> None:
    """List all of them: where each stands, how many answered, and whether its file was changed since it opened."""
    with opened() as desk:
        rows = _desk(desk).list(now=now())
    cells = [
        [
            row.id,
            str(row.version),
            row.state.replace("_", " "),
            row.title,
            f"{row.opens:%d/%m/%y}-{row.closes:%d/%m/%y}",
            str(row.responses),
            "changed since opened" if row.changed else "",
        ]
        for row in rows
    ]
    show_rows(rows, COLUMNS, cells, "consultation(s)", as_json=as_json)


@consultation.command("open")
def open_one(
    id: Id,
    new_version: Annotated[
        bool,
        typer.Option("--new-version", help="Ask the changed file from now on; earlier answers are kept."),
    ] = False,
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """Open one as its file says it now: this is what people are asked, from its opening day on."""
    from bot.settings import ROOT
    from flows.county import LONDON

    with opened() as desk:
        from staff.consulting.checking import check_file, find_file

        faults = check_file(ROOT, find_file(ROOT, id), now().astimezone(LONDON).date())
        wrong = [f"{fault.file}:{fault.line}: {fault.message}" for fault in faults if not fault.is_warning]
        if wrong:
            fail("It was not opened:\n" + "\n".join(wrong))
        done = _desk(desk).open(id, new_version=new_version, actor=actor(who), now=now())
    warned = f" `frontdoor consultation check {id}` has {len(faults)} warning(s)." if faults else ""
    say(
        f"Version {done.version} of {id} is open: it is asked from {done.opens:%d %b %Y} to the end of "
        f"{done.closes:%d %b %Y}, and a running front door asks it within a minute.{warned}",
        as_json=as_json,
        id=id,
        version=done.version,
    )


@consultation.command("close")
def close_one(id: Id, who: Who = None, as_json: AsJson = False) -> None:
    """Close one: nothing is taken or changed any more, and late answers are told so."""
    with opened() as desk:
        count = _desk(desk).close(id, actor=actor(who), now=now())
    say(f"{id} is closed with {count} answer(s).", as_json=as_json, id=id, responses=count)


@consultation.command()
def enter(
    id: Id,
    source: Annotated[str, typer.Option(help="How they came: paper or phone.")],
    answers: Annotated[
        Path,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="CSV with number, and a column for each question (docs/consultation_record.md).",
        ),
    ],
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """Type in answers from paper or the phone; they are read as all others are, and marked."""
    with opened() as desk:
        from staff.consulting.entering import enter as keep
        from staff.consulting.entering import read_rows

        rows = read_rows(answers)
        done = keep(desk.database, desk.content, id, source, rows, actor=actor(who), now=now())
    say(
        f"{done.new} answer(s) entered, {done.changed} put right; {done.equality} row(s) about themselves kept apart.",
        as_json=as_json,
        new=done.new,
        changed=done.changed,
        equality=done.equality,
    )


@consultation.command()
def qr(
    id: Id,
    output: Annotated[Path, typer.Option("-o", "--output", help="SVG file to write.")],
    door: Annotated[str, typer.Option(help="Where it leads: web, telegram or sms.")] = "web",
    url: Annotated[str, typer.Option(help="Address of the web chat.", show_default="PUBLIC_URL")] = "",
    bot: Annotated[str, typer.Option(help="Name of the Telegram bot.")] = "",
    number: Annotated[str, typer.Option(help="Number to text.", show_default="TWILIO_NUMBER")] = "",
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """Draw the QR code for a poster: it leads straight into the consultation."""
    with opened() as desk:
        from staff.consulting.links import deep_link, write_qr

        environment = desk.settings.environment
        link = deep_link(
            _desk(desk).get_file(id),
            door,
            public_url=url or environment.public_url or "",
            telegram_bot=bot,
            number=number or environment.twilio_number or "",
        )
        write_qr(link, output)
    say(f"{output} leads to {link}", as_json=as_json, file=str(output), link=link)


@ledger.command("add")
def add_entry(
    id: Id,
    kind: Annotated[str, typer.Option(help="reach, decision or considered.")],
    text: Annotated[str, typer.Option(help="In plain words: it is published.")],
    theme: Annotated[
        list[str] | None, typer.Option(help="Id of a code (or theme) it answers; repeat for more.")
    ] = None,
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """Write down how people were reached, what was decided, or how a theme was considered."""
    with opened() as desk:
        entry = _desk(desk).add_entry(id, kind, text, themes=theme or (), actor=actor(who), now=now())
    say("It is in the ledger.", as_json=as_json, id=entry)


@ledger.command("list")
def list_entries(id: Id, who: Who = None, as_json: AsJson = False) -> None:
    """List what was written down, oldest first."""
    with opened() as desk:
        rows = _desk(desk).entries(id)
    cells = [
        [
            when(row.at),
            row.kind,
            row.actor,
            ", ".join(row.data.get("themes", [])),
            str(row.data.get("text", "")),
        ]
        for row in rows
    ]
    show_rows(rows, ("When", "Kind", "By", "Themes", "What"), cells, "line(s)", as_json=as_json)


def _desk(desk: Desk) -> "ConsultationDesk":
    from staff.consulting.operations import ConsultationDesk

    return ConsultationDesk(desk.database, desk.content)
