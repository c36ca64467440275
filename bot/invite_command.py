"""`frontdoor invite`: give somebody a role by a code they type in their own chat, and take it back."""

from typing import TYPE_CHECKING, Annotated

import typer

from bot.desk_command import AsJson, Who, actor, fail, find_beginning, now, opened, say, show_rows, when

if TYPE_CHECKING:
    from staff.invitations import Granted

invite = typer.Typer(
    name="invite",
    help="Invite custody visitors by a one-time code, see who took it up, take a role back.",
    no_args_is_help=True,
)
SHORT_ID = 8
COLUMNS = ("Person", "Role", "Since", "Given by", "Doors")


@invite.command("custody-visitor")
def custody_visitor(who: Who = None, as_json: AsJson = False) -> None:
    """Make a code for one custody visitor: good once, for 14 days."""
    with opened() as desk:
        from staff.invitations import GOOD_FOR, Invitations

        made = now()
        code = Invitations(desk.database).invite("custody_visitor", actor=actor(who), now=made)
    ends = made + GOOD_FOR
    say(
        f"{code}\nGive it to the visitor by a way you trust: they send it to the service in their own chat. "
        f"It works once, until {when(ends)}, and is shown only now.",
        as_json=as_json,
        code=code,
        good_until=ends,
    )


@invite.command("list")
def list_granted(as_json: AsJson = False) -> None:
    """List who has a role, by the number the record gives a person."""
    with opened() as desk:
        from staff.invitations import Invitations

        rows = Invitations(desk.database).list_granted()
    cells = [
        [row.person_id[:SHORT_ID], row.role, when(row.given_at), row.given_by, ", ".join(row.doors)]
        for row in rows
    ]
    show_rows(rows, COLUMNS, cells, "person(s) with a role", as_json=as_json)


@invite.command()
def revoke(
    person: Annotated[
        str, typer.Argument(help="The person, or how the id begins (four characters or more).")
    ],
    role: Annotated[str, typer.Option(help="Which role, where they have more than one.")] = "",
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """Take a role back: from now on the form it opens is closed to that person."""
    with opened() as desk:
        from staff.invitations import Invitations

        invitations = Invitations(desk.database)
        granted = invitations.list_granted()
        whole = find_beginning((row.person_id for row in granted), person, "person")
        which = role or _only_role(granted, whole)
        invitations.revoke(whole, which, actor=actor(who), now=now())
    say(f"{which} was taken back.", as_json=as_json, person_id=whole, role=which)


def _only_role(granted: "tuple[Granted, ...]", person_id: str) -> str:
    roles = [row.role for row in granted if row.person_id == person_id]
    if len(roles) > 1:
        fail(f"They have more than one role: say which with --role ({', '.join(roles)}).")
    return roles[0]
