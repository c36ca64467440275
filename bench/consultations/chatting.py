"""A whole survey answered by script over the routes of the web chat."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from bench.systems import BenchFailed

BUTTON = "> "  # begins a line that presses the button named by the rest of it


@dataclass(frozen=True)
class Chatted:
    """One chat: the seconds of each request, and what a person read and answered.

    `words` are those shown from the link to the read-back, labels of buttons too; `lines` the answers after the link.
    """

    requests: tuple[float, ...]
    words: int
    lines: tuple[str, ...]

    @property
    def seconds(self) -> float:
        return sum(self.requests)


async def play_chat(client: httpx.AsyncClient, lines: Sequence[str]) -> Chatted:
    """A new chat from the link to the receipt. Raises BenchFailed where a button is not there."""
    times: list[float] = []
    headers: dict[str, str] = {}

    async def post(path: str, body: dict[str, Any]) -> dict[str, Any]:
        start = time.perf_counter()
        answer = (await client.post(path, json=body, headers=headers)).raise_for_status()
        times.append(time.perf_counter() - start)
        found: dict[str, Any] = answer.json()
        return found

    headers["authorization"] = f"Bearer {(await post('/chat/sessions', {}))['session']}"
    buttons: dict[str, str] = {}
    words = shown = 0
    for line in lines:
        words += shown
        replies = (await post("/chat/messages", _said(line, buttons)))["replies"]
        buttons = {button["label"]: button["payload"] for reply in replies for button in reply["buttons"]}
        shown = sum(len(text.split()) for text in (*(reply["text"] for reply in replies), *buttons))
    return Chatted(tuple(times), words, tuple(lines[1:]))


def _said(line: str, buttons: dict[str, str]) -> dict[str, str]:
    """A line of a script as a message."""
    if not line.startswith(BUTTON):
        return {"id": str(uuid4()), "text": line}
    label = line.removeprefix(BUTTON)
    if label not in buttons:
        raise BenchFailed(f"no button {label!r} where the script presses it, but {', '.join(buttons)}")
    return {"id": str(uuid4()), "button": buttons[label]}
