"""`frontdoor webhooks`: which other case systems are told of cases, and whether they still take it."""

import secrets
from base64 import b64encode
from dataclasses import dataclass
from typing import Annotated

import typer

from bot.desk_command import AsJson, Desk, Who, actor, fail, now, opened, say, show_rows

webhooks = typer.Typer(
    name="webhooks",
    help="Other case systems that are told of cases (config.yml, webhooks).",
    no_args_is_help=True,
)
SECRET_BYTES = 32
COLUMNS = ("Name", "Takes messages", "Waiting", "Events", "Address")


@dataclass(frozen=True)
class HookRow:
    """A receiver. `stopped`: it said that it is gone (410), and is told nothing more."""

    name: str
    stopped: bool
    waiting: int
    events: tuple[str, ...]
    url: str


@webhooks.command("list")
def list_hooks(as_json: AsJson = False) -> None:
    """List who is told, and how many messages wait for each."""
    with opened() as desk:
        rows = _rows(desk)
    cells = [
        [
            row.name,
            "no, it said it is gone" if row.stopped else "yes",
            str(row.waiting),
            ", ".join(row.events),
            row.url,
        ]
        for row in rows
    ]
    show_rows(rows, COLUMNS, cells, "webhook(s)", as_json=as_json)


@webhooks.command()
def resume(
    name: Annotated[str, typer.Argument(help="Its name in config.yml.")],
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """Tell a receiver again that had said it is gone. What happened meanwhile it is not told."""
    with opened() as desk:
        from flows.webhooks import CHANNEL
        from staff.act import check_name
        from storage.database import Transaction

        hook = next((hook for hook in desk.content.webhooks if hook.name == name), None)
        if hook is None:
            fail(f"config.yml names no webhook {name}. `frontdoor webhooks list` shows them all.")
        by, at = check_name(actor(who), "Who acts"), now()

        def take_up(tx: Transaction) -> bool:
            was_stopped = tx.suppressions.remove(CHANNEL, hook.url)
            if was_stopped:
                tx.audit.append(by, "webhook.resumed", name, {}, at)
            return was_stopped

        if not desk.database.run_blocking(take_up):
            fail(f"{name} takes messages; nothing was changed.")
    say(f"{name} is told again from now on.", as_json=as_json, name=name)


@webhooks.command()
def secret() -> None:
    """Print a new secret for WEBHOOK_SECRET; the receivers need the same to check what they get."""
    typer.echo(f"whsec_{b64encode(secrets.token_bytes(SECRET_BYTES)).decode()}")


def _rows(desk: Desk) -> tuple[HookRow, ...]:
    from flows.webhooks import CHANNEL
    from storage.webhooks import conversation_key

    with desk.database.reading() as tx:
        return tuple(
            HookRow(
                hook.name,
                tx.suppressions.is_suppressed(CHANNEL, hook.url),
                tx.outbox.count_line(conversation_key(hook)),
                tuple(sorted(hook.events)),
                hook.url,
            )
            for hook in desk.content.webhooks
        )
