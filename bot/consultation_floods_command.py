"""`frontdoor consultation floods`: answers that may be one hand's, shown with why; counted apart by people alone."""

from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console

from bot.consultation_command import Id
from bot.desk_command import AsJson, Who, actor, fail, now, opened, say, show_json, show_rows, when

COLUMNS = ("Group", "Sign", "How sure", "Answers", "From", "Apart", "Why")
MOST_SHIFTS = 8


def floods(
    id: Id,
    apart: Annotated[str | None, typer.Option(help="Count this group apart from now on; with --why.")] = None,
    together: Annotated[str | None, typer.Option(help="Count it with the others again; with --why.")] = None,
    why: Annotated[str | None, typer.Option(help="The reason, for the ledger.")] = None,
    words: Annotated[
        bool, typer.Option(help="Also look for nearly the same words, in masked answers.")
    ] = True,
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """Show bursts, copies and crowds among the answers, and the figures with and without; nothing is deleted."""
    from staff.consulting.asked import read_opened
    from staff.consulting.flood_marks import FloodDesk, count_by_sure
    from staff.consulting.masking import Masking
    from staff.consulting.operations import ConsultationDesk

    if (apart or together) and not why:
        fail("Say why, with --why: it goes into the ledger.")
    with opened() as desk:
        masking = Masking.for_county(desk.content)
        consulting = ConsultationDesk(desk.database, desk.content)
        with desk.database.reading() as tx:
            questionnaire = read_opened(consulting.get_opened(tx, id))
        work = FloodDesk(desk.database, (lambda text: masking.mask(text).text) if words else None)
        if apart:
            flood = work.count_apart(id, apart, why or "", actor=actor(who), now=now())
            told = f"{flood.id}: {len(flood.responses)} answers are counted apart. Results show both figures."
            say(told, as_json=as_json, group=flood.id, responses=len(flood.responses))
            return
        if together:
            work.count_together(id, together, why or "", actor=actor(who), now=now())
            say("It is counted with the others again.", as_json=as_json, group=together)
            return
        report = work.look(questionnaire, actor=actor(who), now=now())
    if as_json:
        show_json(asdict(report))
        return
    groups = report.looked.floods
    cells = [
        [
            each.id,
            each.sign.replace("_", " "),
            each.sure.value,
            str(len(each.responses)),
            when(each.since),
            "yes" if each.id in report.apart else "",
            each.why,
        ]
        for each in groups
    ]
    show_rows(groups, COLUMNS, cells, "group(s)", as_json=False)
    out = Console()
    sure = ", ".join(f"{count} {name}" for name, count in count_by_sure(groups).items())
    out.print(
        f"{report.looked.looked_at} answers looked at ({sure}); {report.looked.typed} typed by staff left out."
    )
    for note in report.looked.notes:
        out.print(note)
    shifts = [shift for shift in report.shifts if abs(shift.change) >= 0.0005][:MOST_SHIFTS]
    if shifts:
        what = "all strong groups, were they counted apart" if report.is_trial else "what is counted apart"
        out.print(f"Shares with and without {what} ({report.left_out} answers):")
        rows = [
            [each.question, each.option, f"{each.with_all or 0:.1%}", f"{each.without or 0:.1%}"]
            for each in shifts
        ]
        show_rows(shifts, ("Question", "Option", "With", "Without"), rows, "greatest changes", as_json=False)
