"""`frontdoor chat`: the contract, typed."""

import asyncio
import contextlib
import io
import json
from collections.abc import Iterator

import httpx
import pytest
from rich.console import Console

from bot.terminal import talk

REPLY = {
    "text": "Where is it? [not markup]",
    "buttons": [{"label": "Skip", "payload": "1:c:skip"}, {"label": "Back", "payload": "1:c:back"}],
}


class FakeDoor:
    """Answers as the web chat does; `answers` may hold statuses or errors to come first."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, str]] = []
        self.answers: list[int | Exception] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/chat/sessions":
            return httpx.Response(201, json={"session": "t" * 43, "replies": [REPLY]})
        assert request.headers["authorization"] == "Bearer " + "t" * 43
        self.bodies.append(json.loads(request.content))
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, Exception):
            raise answer
        if answer != 200:
            return httpx.Response(answer, json={"title": "No", "detail": f"problem {answer}"})
        return httpx.Response(200, json={"replies": [{"text": "Thank you.", "buttons": []}]})


@pytest.fixture
def door() -> FakeDoor:
    return FakeDoor()


def typed(door: FakeDoor, monkeypatch: pytest.MonkeyPatch, *lines: str) -> str:
    """What stands on the screen after these lines and the end of input."""
    coming: Iterator[str] = iter(lines)

    def read(prompt: str) -> str:
        try:
            return next(coming)
        except StopIteration:
            raise EOFError from None

    monkeypatch.setattr("builtins.input", read)
    monkeypatch.setattr("bot.terminal.RETRY_SECONDS", (0.0, 0.0))
    screen = io.StringIO()

    @contextlib.asynccontextmanager
    async def client():
        async with httpx.AsyncClient(transport=httpx.MockTransport(door), base_url="http://door") as opened:
            yield opened

    asyncio.run(talk(client, Console(file=screen, width=200)))
    return screen.getvalue()


def test_words_and_numbered_buttons_are_sent(door, monkeypatch):
    screen = typed(door, monkeypatch, "a lay-by", "#2", "#9", "/quit", "never sent")
    assert [body.get("text", body.get("button")) for body in door.bodies] == ["a lay-by", "1:c:back", "#9"]
    assert len({body["id"] for body in door.bodies}) == 3
    assert "Where is it? [not markup]" in screen
    assert "#1 Skip" in screen


@pytest.mark.parametrize("first", [503, httpx.ConnectError("gone"), httpx.ReadTimeout("slow")], ids=str)
def test_a_lost_answer_is_asked_for_again_with_the_same_id(door, monkeypatch, first):
    door.answers = [first]
    screen = typed(door, monkeypatch, "hello")
    assert "Thank you." in screen
    assert len({body["id"] for body in door.bodies}) == 1
    assert len(door.bodies) == 2


def test_a_service_that_stays_away_is_told_and_the_chat_goes_on(door, monkeypatch):
    door.answers = [httpx.ConnectError("gone")] * 3
    screen = typed(door, monkeypatch, "hello", "again")
    assert "cannot be reached" in screen
    assert "Thank you." in screen


def test_a_problem_is_shown_in_its_own_words(door, monkeypatch):
    door.answers = [400]
    assert "problem 400" in typed(door, monkeypatch, "hello")


def test_a_closed_chat_ends(door, monkeypatch):
    door.answers = [401]
    assert "problem 401" in typed(door, monkeypatch, "hello", "never sent")
    assert len(door.bodies) == 1
