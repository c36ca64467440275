"""`frontdoor chat`: a talk with the service in the terminal."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from typing import Annotated, Any

import typer
from rich.console import Console

from bot.desk_command import fail
from bot.settings import load_settings
from bot.understanding_command import say_where_model_is_old

DEFAULT_URL = "http://127.0.0.1:8080"
out = Console()


def chat(
    url: Annotated[str, typer.Option(help="A running front door to talk to.")] = DEFAULT_URL,
    alone: Annotated[
        bool, typer.Option("--alone", help="Open a front door in this process, model and all.")
    ] = False,
) -> None:
    """Talk with the service in the terminal; a report made here is a real one in the database."""
    import httpx

    from bot.logs import configure_logs
    from bot.terminal import talk

    configure_logs(quiet=True)
    try:
        asyncio.run(talk(lambda: _chat_client(url, alone=alone), out))
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError) as error:
        fail(f"What answers at {url} is no front door, or it went away ({type(error).__name__}).")
    except KeyboardInterrupt:
        out.print()


@contextlib.asynccontextmanager
async def _chat_client(url: str, *, alone: bool) -> AsyncIterator[Any]:
    """An HTTP client on the web chat of a running front door, or of one opened in this process."""
    import httpx

    if not alone:
        try:
            async with httpx.AsyncClient(base_url=url, timeout=45, trust_env=False) as client:
                (await client.get("/healthz")).raise_for_status()
                out.print(f"[dim]Talking to {url}.[/]")
                yield client
                return
        except httpx.ConnectError:
            if url != DEFAULT_URL:
                raise
            out.print(f"[dim]Nobody answers at {url}: opening a front door in this process.[/]")
    from bot.main import build
    from nlu.server import NluState

    def tell(state: NluState) -> None:
        out.print(f"[dim](understanding: {state.value})[/]")

    settings = load_settings(os.environ)
    say_where_model_is_old(settings)
    door = build(settings, on_nlu_change=tell)
    async with door.app.router.lifespan_context(door.app):
        transport = httpx.ASGITransport(app=door.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://frontdoor", timeout=45) as client:
            yield client
