"""`frontdoor notices`: what the service has told staff."""

from typing import Annotated

import typer

from bot.desk_command import AsJson, Who, actor, now, opened, show_rows, when

COLUMNS = ("When", "What", "About")


def notices(
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 50,
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """List what staff must see, the newest first: danger, urgent reports, senders of too much, messages set aside."""
    with opened() as desk:
        from staff.notices import list_notices

        found = list_notices(desk.database, desk.content, limit=limit, actor=actor(who), now=now())
    cells = [
        [
            when(each.at),
            each.kind.replace("_", " "),
            ", ".join(f"{name} {value}" for name, value in each.detail.items() if value is not None),
        ]
        for each in found
    ]
    show_rows(found, COLUMNS, cells, "notice(s)", as_json=as_json)
