"""Commands of staff that leave a line in the audit before they begin: nothing is shown or written out without one.

The line says who, which command with which of its options, and which consultation; never what was typed into them.
What a command then does or finds has, where it changes something, a line of its own.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand

from bot.desk_command import actor, fail, now
from bot.settings import load_settings

ACTION = "consultation.command"
ALL = "consultations"
ID = re.compile(r"[a-z][a-z0-9_]{0,25}")


class NotedCommand(TyperCommand):
    """`id`, the consultation, and `who` (desk_command.Who) are found among its parameters by these names."""

    def invoke(self, ctx: Any) -> Any:
        _note(ctx)
        return super().invoke(ctx)


class NotedTyper(typer.Typer):
    """A group all of whose commands are noted."""

    def command(self, *args: Any, **options: Any) -> Callable[..., Any]:
        return super().command(*args, cls=NotedCommand, **options)


def _note(ctx: Any) -> None:
    from bot.deployment import open_database
    from staff.act import check_name
    from staff.errors import StaffError

    told = ctx.params
    try:
        who = check_name(actor(told.get("who")), "Who acts")
    except StaffError as error:
        fail(str(error))
    # `check` takes the path of a file as well. What is no id may be anybody's words.
    id = Path(told.get("id") or "").stem
    subject = f"consultation:{id}" if ID.fullmatch(id) else ALL
    given = [name for name in told if ctx.get_parameter_source(name).name == "COMMANDLINE"]
    detail = {"command": _name(ctx), "given": sorted(given)}
    database = open_database(load_settings(os.environ))
    try:
        database.run_blocking(lambda tx: tx.audit.append(who, ACTION, subject, detail, now()))
    finally:
        database.dispose()


def _name(ctx: Any) -> str:
    """ "ledger add": as it is typed after `frontdoor consultation`."""
    names = []
    while ctx.parent is not None:
        names.append(ctx.info_name or "")
        ctx = ctx.parent
    return " ".join(reversed(names[:-1]))
