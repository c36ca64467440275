"""`frontdoor groups`: the groups of each watch scheme, so that whoever joins is told what there is near them."""

from typing import TYPE_CHECKING, Annotated

import typer

from bot.desk_command import AsJson, Desk, Who, actor, find_beginning, now, opened, say, show_rows

if TYPE_CHECKING:
    from staff.groups import Groups

groups = typer.Typer(
    name="groups",
    help="The groups of each watch scheme, so that whoever joins is told what there is near them.",
    no_args_is_help=True,
)
SHORT_ID = 8
COLUMNS = ("Id", "Scheme", "Name", "District", "Postcode area", "Point", "Coordinator")


@groups.command("list")
def list_groups(
    scheme: Annotated[str | None, typer.Option(help="Only this scheme (its id).")] = None,
    as_json: AsJson = False,
) -> None:
    """List every group, or those of one scheme."""
    with opened() as desk:
        rows = _groups(desk).list(scheme)
    cells = [
        [
            row.id[:SHORT_ID],
            row.scheme,
            row.name,
            row.district or "",
            row.outward or "",
            f"{row.latitude:.4f}, {row.longitude:.4f}",
            "yes" if row.coordinator_id else "",
        ]
        for row in rows
    ]
    show_rows(rows, COLUMNS, cells, "group(s)", as_json=as_json)


@groups.command()
def add(
    scheme: Annotated[str, typer.Argument(help="The id of a scheme, such as neighbourhood.")],
    name: Annotated[str, typer.Argument(help="What the group is called.")],
    where: Annotated[str, typer.Argument(help="A postcode, or latitude,longitude (52.2819,-1.5849).")],
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """Add a group."""
    with opened() as desk:
        group = _groups(desk).add(scheme, name, where, actor=actor(who), now=now())
    place = f" in {group.district}" if group.district else ""
    say(f"Added as {group.id[:SHORT_ID]}{place}.", as_json=as_json, id=group.id, district=group.district)


@groups.command()
def remove(
    id: Annotated[str, typer.Argument(help="The id, or how it begins (four characters or more).")],
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """Remove a group; its members stay members of the scheme."""
    with opened() as desk:
        register = _groups(desk)
        whole = find_beginning((group.id for group in register.list()), id, "group")
        register.remove(whole, actor=actor(who), now=now())
    say("Removed. Its members stay members of the scheme.", as_json=as_json, removed=whole)


def _groups(desk: Desk) -> "Groups":
    from staff.groups import Groups

    return Groups(desk.database, desk.content)
