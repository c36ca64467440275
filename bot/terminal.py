"""`frontdoor chat`: the web chat's contract, typed. Buttons are numbered."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any
from uuid import uuid4

import httpx
from rich.console import Console
from rich.markup import escape

RETRY_SECONDS = (0.5, 2.0)
LEAVE = frozenset({"/quit", "/exit"})


async def talk(
    open_client: Callable[[], AbstractAsyncContextManager[httpx.AsyncClient]], out: Console
) -> None:
    """One session until the citizen leaves (end of input, or /quit)."""
    async with open_client() as client:
        begun = await client.post("/chat/sessions", json={"language": "en"})
        begun.raise_for_status()
        headers = {"Authorization": f"Bearer {begun.json()['session']}"}
        out.print("[dim]Type a message, or a button's number with #, like #1. /quit leaves.[/]")
        buttons = _show(begun.json()["replies"], out)
        while True:
            try:
                line = (await asyncio.to_thread(input, "you > ")).strip()
            except (EOFError, KeyboardInterrupt):
                return
            if line in LEAVE:
                return
            message: dict[str, Any] = {"id": str(uuid4())}
            if line.startswith("#") and line[1:].isdecimal() and 0 < int(line[1:]) <= len(buttons):
                message["button"] = buttons[int(line[1:]) - 1]["payload"]
            else:
                message["text"] = line
            answer = await _post(client, message, headers)
            if answer is None:
                out.print("[red]The service cannot be reached just now. Please send it again in a moment.[/]")
            elif answer.is_error:
                problem = answer.json()
                out.print(f"[red]{escape(problem.get('detail') or problem['title'])}[/]")
                if answer.status_code == 401:
                    return
            else:
                buttons = _show(answer.json()["replies"], out) or buttons


async def _post(
    client: httpx.AsyncClient, message: dict[str, Any], headers: dict[str, str]
) -> httpx.Response | None:
    """The answer, asked for again with the same id where it was lost or is not ready; None where none came."""
    for pause in (*RETRY_SECONDS, None):
        try:
            answer = await client.post("/chat/messages", json=message, headers=headers)
        except httpx.TransportError:
            answer = None
        if pause is None or (answer is not None and answer.status_code != 503):
            return answer
        await asyncio.sleep(pause)
    return None


def _show(replies: list[dict[str, Any]], out: Console) -> list[dict[str, str]]:
    buttons: list[dict[str, str]] = []
    for reply in replies:
        out.print(f"\n{escape(reply['text'])}", highlight=False)
        buttons = reply["buttons"] or buttons
    for number, button in enumerate(buttons, 1):
        out.print(f"  [bold]#{number}[/] {escape(button['label'])}", highlight=False)
    return buttons
