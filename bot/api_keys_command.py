"""`frontdoor api-keys`: who else's systems may read and file reports (Open311)."""

from typing import Annotated

import typer

from bot.desk_command import AsJson, Who, actor, now, opened, say, show_rows, when

api_keys = typer.Typer(
    name="api-keys",
    help="Keys by which a council's own system may read and file reports (Open311).",
    no_args_is_help=True,
)
COLUMNS = ("Name", "Made", "By", "Works")
Name = Annotated[str, typer.Argument(help="Whose key it is, such as 'Rugby Borough Council'.")]


@api_keys.command("add")
def add_key(name: Name, who: Who = None, as_json: AsJson = False) -> None:
    """Make a key for one body's system; it is shown this once."""
    with opened() as desk:
        from staff.api_keys import ApiKeyDesk

        key = ApiKeyDesk(desk.database).add(name, actor=actor(who), now=now())
    say(
        f"{key}\nGive it to {name} by a way you trust. It reads where every site is, and is shown only now; "
        f"`frontdoor api-keys revoke` takes it back.",
        as_json=as_json,
        name=name,
        key=key,
    )


@api_keys.command("list")
def list_keys(as_json: AsJson = False) -> None:
    """List the keys that were made, by name; never the keys themselves."""
    with opened() as desk:
        from staff.api_keys import ApiKeyDesk

        rows = ApiKeyDesk(desk.database).list()
    cells = [
        [
            row.name,
            when(row.created_at),
            row.created_by,
            "yes" if row.revoked_at is None else f"until {when(row.revoked_at)}",
        ]
        for row in rows
    ]
    show_rows(rows, COLUMNS, cells, "key(s)", as_json=as_json)


@api_keys.command("revoke")
def revoke_key(name: Name, who: Who = None, as_json: AsJson = False) -> None:
    """Take a key back: from now on it opens nothing."""
    with opened() as desk:
        from staff.api_keys import ApiKeyDesk

        ApiKeyDesk(desk.database).revoke(name, actor=actor(who), now=now())
    say(f"The key of {name} was taken back.", as_json=as_json, name=name)
