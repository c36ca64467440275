"""`frontdoor cases`: what people sent, for the staff who see to it."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.desk_command import (
    AsJson,
    Desk,
    Reference,
    Who,
    actor,
    now,
    opened,
    say,
    show_json,
    show_rows,
    show_table,
    when,
)

if TYPE_CHECKING:
    from flows.case_states import Clock, StateMachine
    from staff.cases import Cases
    from staff.rows import CaseDetail, CaseRow

cases = typer.Typer(
    name="cases",
    help="What people sent: see it, take it in hand, say where it stands, write to whoever sent it.",
    no_args_is_help=True,
)
COLUMNS = ("Reference", "Form", "State", "District", "For", "In hand", "Days", "Due", "Marks")


@cases.command("list")
def list_cases(
    form: Annotated[list[str] | None, typer.Option(help="Only this form; repeat for more.")] = None,
    state: Annotated[list[str] | None, typer.Option(help="Only this state; repeat for more.")] = None,
    district: Annotated[str | None, typer.Option(help="Only this district (its id).")] = None,
    assigned: Annotated[str | None, typer.Option(help="Only what this name has in hand.")] = None,
    unassigned: Annotated[bool, typer.Option("--unassigned", help="Only what nobody has in hand.")] = False,
    closed: Annotated[bool, typer.Option("--closed", help="Also closed ones.")] = False,
    merged: Annotated[bool, typer.Option("--merged", help="Also those merged into another.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 100,
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """List what there is to do: urgent ones first, then the oldest."""
    with opened() as desk:
        from staff.rows import CaseFilters

        filters = CaseFilters(
            forms=tuple(form) if form else None,
            states=tuple(state) if state else None,
            district=district,
            assigned_to="" if unassigned else assigned,
            include_closed=closed,
            include_merged=merged,
            limit=limit,
        )
        rows = _cases(desk).list(filters, actor=actor(who), now=now())
    _show_rows(rows, "case(s)", as_json=as_json)


@cases.command()
def overdue(who: Who = None, as_json: AsJson = False) -> None:
    """List cases whose time is over: that of their state, or three working days for custody visits and urgent ones."""
    with opened() as desk:
        rows = _cases(desk).find_overdue(actor=actor(who), now=now())
    _show_rows(rows, "case(s) overdue", as_json=as_json)


@cases.command()
def show(
    reference: Reference,
    reason: Annotated[
        str, typer.Option(help="Why personal data and the chat are read; kept in the audit.")
    ] = "",
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """Show one case; who sent it and what they wrote only with a reason."""
    with opened() as desk:
        detail = _cases(desk).show(reference, reason, actor=actor(who), now=now())
    if as_json:
        from dataclasses import asdict

        show_json(asdict(detail))
        return
    _show(detail)


@cases.command()
def assign(
    reference: Reference,
    to: Annotated[str, typer.Argument(help="Who has it in hand; '' takes it out of everybody's hands.")],
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """Say who has a case in hand."""
    with opened() as desk:
        _cases(desk).assign(reference, to, actor=actor(who), now=now())
    told = f"{to} has it in hand." if to.strip() else "Nobody has it in hand now."
    say(told, as_json=as_json, assigned_to=to.strip() or None)


@cases.command("state")
def set_state(
    reference: Reference,
    state: Annotated[str, typer.Argument(help="Such as in_progress or visited; `cases states` lists them.")],
    note: Annotated[str, typer.Option(help="Why, for staff alone. Some states need one.")] = "",
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="The last day it may stay so."),
    ] = None,
    of: Annotated[str, typer.Option(metavar="REF", help="The case that a duplicate_of repeats.")] = "",
    welfare_done: Annotated[
        bool, typer.Option("--welfare-done", help="The people living there were asked after their welfare.")
    ] = False,
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """Say where a case stands; whoever asked for news is told of a new stage, but not at night."""
    with opened() as desk:
        from staff.case_state import Given

        given = Given(until.date() if until is not None else None, of, welfare_done)
        done = _cases(desk).set_state(reference, state, note, actor=actor(who), now=now(), given=given)
    told = f"They are told {when(done.told_at)}." if done.told_at else "Nobody is told."
    say(f"It is {done.state} now. {told}", as_json=as_json, state=done.state, told_at=done.told_at)


@cases.command("states")
def list_states(
    form: Annotated[str, typer.Option(help="Of the cases of this form.")] = "encampment",
    as_json: AsJson = False,
) -> None:
    """List where a case may stand, what may follow, and what of it reporters are told."""
    with opened() as desk:
        machine = _cases(desk).states(form)
        told = {name: _told(desk, machine, name) for name in machine.states}
    if as_json:
        show_json({name: state.model_dump() for name, state in machine.states.items()})
        return
    cells = []
    for name, state in machine.states.items():
        ended = "" if state.open else " (ends)"
        follows = ", ".join(state.next)
        within = _time(state.clock) if state.clock is not None else ""
        cells.append((name + ended, follows, ", ".join(state.needs), within, told[name]))
    show_table(("State", "May go to", "Needs", "Within", "Reporters are told"), cells, unbroken=0)


@cases.command(context_settings={"ignore_unknown_options": True})
def move(
    reference: Reference,
    latitude: Annotated[float, typer.Argument(help="Such as 52.2812.")],
    longitude: Annotated[float, typer.Argument(help="Such as -1.5840.")],
    why: Annotated[str, typer.Option(help="How you know; for staff alone.")],
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """Correct where a report is; who leads there follows from it."""
    with opened() as desk:
        moved = _cases(desk).move(reference, latitude, longitude, why, actor=actor(who), now=now())
    told = f"It is in {moved.district or 'no district of ours'} now; the desk that leads: {moved.desk or 'none'}."
    say(told, as_json=as_json, district=moved.district, desk=moved.desk)


@cases.command("desk")
def set_desk(
    reference: Reference,
    desk: Annotated[str, typer.Argument(help="Its id in county/desks.yml, such as national_highways.")],
    why: Annotated[str, typer.Option(help="How you know; for staff alone.")],
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """Say who leads on a report, where the kind of land does not tell."""
    with opened() as open_desk:
        name = _cases(open_desk).set_desk(reference, desk, why, actor=actor(who), now=now())
    say(f"{name} leads now.", as_json=as_json, desk=desk)


@cases.command()
def note(
    reference: Reference,
    text: Annotated[str, typer.Argument(help="For staff alone; kept sealed.")],
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """Write down something of a case."""
    with opened() as desk:
        _cases(desk).note(reference, text, actor=actor(who), now=now())
    say("Noted.", as_json=as_json, noted=True)


@cases.command()
def reply(
    reference: Reference,
    text: Annotated[str, typer.Argument(help="What the citizen reads; 1 to 900 characters.")],
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """Write to the citizen where they wrote to us. It goes out at once."""
    with opened() as desk:
        _cases(desk).reply(reference, text, actor=actor(who), now=now())
    say("It is on its way.", as_json=as_json, replied=True)


@cases.command()
def takeover(reference: Reference, who: Who = None, as_json: AsJson = False) -> None:
    """Take a chat over: for two hours after the last reply the automated service leaves it to you."""
    with opened() as desk:
        until = _cases(desk).takeover(reference, actor=actor(who), now=now())
    say(
        f"You have the chat until {when(until)}. Hand it back when you are done.",
        as_json=as_json,
        until=until,
    )


@cases.command()
def handback(reference: Reference, who: Who = None, as_json: AsJson = False) -> None:
    """Hand a chat back to the automated service."""
    with opened() as desk:
        _cases(desk).handback(reference, actor=actor(who), now=now())
    say("The automated service answers again.", as_json=as_json, handed_back=True)


@cases.command()
def merge(
    reference: Reference,
    into: Annotated[str, typer.Argument(help="The case that stays.")],
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """Make a case a repeat of another of the same form."""
    with opened() as desk:
        root = _cases(desk).merge(reference, into, actor=actor(who), now=now())
    say(f"It is part of {root} now.", as_json=as_json, merged_into=root)


@cases.command()
def split(reference: Reference, who: Who = None, as_json: AsJson = False) -> None:
    """Make a repeat a case of its own again."""
    with opened() as desk:
        root = _cases(desk).split(reference, actor=actor(who), now=now())
    say(f"It is a case of its own again; it was part of {root}.", as_json=as_json, split_from=root)


def _cases(desk: Desk) -> "Cases":
    from flows.office import QuietHours
    from staff.cases import Cases

    quiet = QuietHours(**desk.settings.config.quiet_hours.model_dump())
    return Cases(desk.database, desk.content, quiet)


def _show_rows(rows: "tuple[CaseRow, ...]", what: str, *, as_json: bool) -> None:
    cells = [
        [
            row.reference,
            row.form,
            row.state,
            row.district or "",
            row.routed_to or "",
            row.assigned_to or "",
            str(row.age_days),
            _last_day(row.due) if row.due else "",
            _marks(row),
        ]
        for row in rows
    ]
    show_rows(rows, COLUMNS, cells, what, as_json=as_json)


def _told(desk: Desk, machine: "StateMachine", state: str) -> str:
    stage = machine.published(state)
    return desk.content.texts.say(stage, "en").text if stage is not None else "(nothing)"


def _time(clock: "Clock") -> str:
    days = clock.working_days
    time = {0: "the same working day", 1: "1 working day"}.get(days, f"{days} working days")
    since = f" of {clock.since}" if clock.since else ""
    desks = f" ({', '.join(clock.desks)} only)" if clock.desks else ""
    return f"{clock.title}: {time}{since}{desks}"


def _last_day(due: datetime) -> str:
    """The day at the end of which it is due, in London: "27 Nov"."""
    from flows.county import LONDON

    return f"{(due - timedelta(minutes=1)).astimezone(LONDON):%d %b}"


def _marks(row: "CaseRow") -> str:
    marks = [
        "urgent" if row.urgent else "",
        "overdue" if row.overdue else "",
        "news" if row.has_news else "",
        "not solved" if row.unsolved else "",
        f"taken by {row.taken}" if row.taken else "",
        f"merged into {row.merged_into}" if row.merged_into else "",
    ]
    return ", ".join(mark for mark in marks if mark)


def _show(detail: "CaseDetail") -> None:
    out = Console()
    row = detail.row
    facts: dict[str, Any] = {
        "Reference": row.reference,
        "Form": row.form,
        "State": f"{row.state} until {detail.state_until}" if detail.state_until else row.state,
        "Solved": None if detail.solved is None else _words(detail.solved),
        "Due": _last_day(row.due) if row.due else None,
        "Marks": _marks(row),
        "Sent": f"{when(detail.submitted_at)}, {detail.channel}, {detail.language}",
        "District": row.district,
        "Point": f"{detail.latitude}, {detail.longitude}" if detail.latitude is not None else None,
        "For": row.routed_to,
        "Desk": row.desk,
        "In hand": row.assigned_to,
        "Wants news": "yes" if detail.wants_news else "no",
        "Photos": detail.photos or None,
        "Repeats": ", ".join(detail.repeats),
    }
    facts |= {name: _words(value) for name, value in (detail.answers | detail.personal).items()}
    facts |= dict.fromkeys(detail.withheld, "(personal: give a --reason to read it)")
    table = Table("What", "", show_header=False)
    for name, value in facts.items():
        if value:
            table.add_row(Text(name), Text(str(value)))
    out.print(table)
    events = Table("When", "What", "Who", "Note")
    for event in detail.events:
        data = ", ".join(f"{name} {_words(value)}" for name, value in event.data.items())
        what = f"{event.kind} ({data})" if data else event.kind
        events.add_row(*map(Text, (when(event.at), what, event.actor, event.note or "")))
    out.print(events)
    if not detail.messages:
        return
    chat = Table("When", "Who", "Said")
    for line in detail.messages:
        chat.add_row(*map(Text, (when(line.at), line.by, line.text)))
    out.print(chat)


def _words(value: Any) -> str:
    """An answer on one line: a place by its words, several values with commas between."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(_words, value))
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_words(each)}" for name, each in value.items())
    return str(value)
