"""`frontdoor serve`, and `send-due` and `purge` for a machine without it."""

import asyncio
import os
import time
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bot.desk_command import fail
from bot.settings import load_settings
from bot.understanding_command import say_where_model_is_old

out = Console()
err = Console(stderr=True)


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8080,
    telegram_polling: Annotated[
        bool, typer.Option("--telegram-polling", help="Ask Telegram for updates: no public address needed.")
    ] = False,
    no_understanding: Annotated[
        bool, typer.Option("--no-understanding", help="Without the language model: menu and short answers.")
    ] = False,
) -> None:
    """Open the front door: web chat, Telegram and SMS, with the language model beside it."""
    import uvicorn

    from bot.logs import configure_logs
    from bot.main import build
    from nlu.server import NluState

    configure_logs()
    settings = load_settings(os.environ)
    if telegram_polling and not settings.has_telegram:
        fail("Polling needs TELEGRAM_TOKEN (README, 'Connect a Telegram bot').")
    begun = time.monotonic()
    said = {
        NluState.STARTING: "Understanding: starting; menu, buttons and short answers work meanwhile",
        NluState.READY: "Understanding: ready",
        NluState.RESTARTING: "Understanding: restarting; menu, buttons and short answers work meanwhile",
        NluState.NO_MODEL: "Understanding: there is no model; run `frontdoor train`",
    }

    def tell(state: NluState) -> None:
        if state in said:
            err.print(f"{said[state]} ({time.monotonic() - begun:.0f} s)")

    door = build(settings, polling=telegram_polling, with_model=not no_understanding, on_nlu_change=tell)
    doors = ["web chat", *(["Telegram"] if door.telegram else []), *(["SMS"] if door.sms else [])]
    if not no_understanding:
        say_where_model_is_old(settings)
    err.print(f"Front Door on http://{host}:{port} ({', '.join(doors)}). Stop it with Ctrl+C.")
    if door.telegram and not telegram_polling and not settings.environment.public_url:
        err.print("Telegram cannot reach this machine: set PUBLIC_URL, or start with --telegram-polling.")
    uvicorn.run(
        door.app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        # With the worker's 2 seconds and the model's 5 it ends within 10, whatever hangs.
        timeout_graceful_shutdown=3,
    )


def send_due() -> None:
    """Send what is promised and due, and settle what is uncertain, once; for a machine without `serve`."""
    from bot.logs import configure_logs
    from bot.main import build

    configure_logs()
    door = build(load_settings(os.environ), with_model=False)

    async def run() -> int:
        try:
            await door.sender.reconcile()
            return await door.sender.send_all_due()
        finally:
            await door.aclose()

    out.print(f"{asyncio.run(run())} message(s) taken up.")


def purge() -> None:
    """Delete what has been kept long enough (config.yml, retention), and say how much."""
    from bot.chores import purge_now
    from bot.deployment import open_database
    from bot.photos import PhotoStore

    settings = load_settings(os.environ)
    database = open_database(settings)
    try:
        photos = PhotoStore(settings.data / "photos", database.vault)
        counts = purge_now(settings, database, photos, datetime.now(UTC))
    finally:
        database.dispose()
    table = Table("Kind", "Deleted")
    for kind, count in counts.items():
        table.add_row(kind.replace("_", " "), str(count))
    out.print(table)
