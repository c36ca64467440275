"""`frontdoor audit`: who did what, and whether every line of it is still there as it was written."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from bot.desk_command import AsJson, Who, actor, fail, now, opened, show_json, show_table, when

COLUMNS = ("When", "Who", "What", "About", "Detail")


def audit(
    limit: Annotated[int, typer.Option(min=1, help="How many lines at most, the newest first.")] = 20,
    noted: Annotated[
        str | None, typer.Option("--noted", metavar="HEAD", help="A head noted earlier: is it still there?")
    ] = None,
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """Check that no line of the audit was changed or taken out, and list the latest; exit code 1 where one was."""
    with opened() as desk:
        from staff.audit import check_audit

        checked = check_audit(desk.database, limit=limit, noted=noted, actor=actor(who), now=now())
    if as_json:
        show_json(asdict(checked))
    else:
        cells = [
            (when(line.at), line.actor, line.action, line.subject, json.dumps(line.detail))
            for line in checked.latest
        ]
        show_table(COLUMNS, cells, f"Head: {checked.head}", unbroken=0)
    if checked.fault is not None:
        fail(f"The audit is not whole. Line {checked.fault.id}: {checked.fault.reason}.")
    if not checked.has_noted:
        fail("The audit is not whole. The head noted earlier is not in it: lines were cut off at its end.")
