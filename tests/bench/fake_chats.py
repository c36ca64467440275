"""Small servers that speak each dialect as the real ones do, with faults on order."""

from dataclasses import dataclass, field
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

QUESTIONS = {"Where is it?": "place", "How many caravans?": "caravans", "What land is it?": "land"}
REFERENCE = "Thank you. Your reference is EN-7K3F-2QX."


@dataclass
class FakeService:
    """Asks QUESTIONS in turn and ends with a reference.

    heard: conversation -> its messages. fails_at: conversation number -> (message number, HTTP status).
    mumbles: numbers of conversations that are asked what no citizen of ours can answer.
    endless: these never get a reference.
    """

    heard: dict[str, list[str]] = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)
    fails_at: dict[int, tuple[int, int]] = field(default_factory=dict)
    mumbles: frozenset[int] = frozenset()
    endless: frozenset[int] = frozenset()
    most_open: int = 0
    finished: int = 0

    def begin(self, conversation: str) -> None:
        self.heard[conversation] = []
        self.most_open = max(self.most_open, len(self.heard) - self.finished)

    def answer(self, conversation: str, text: str) -> tuple[int, str]:
        """HTTP status and words."""
        said = self.heard[conversation]
        said.append(text)
        number = list(self.heard).index(conversation)
        at, status = self.fails_at.get(number, (0, 0))
        if len(said) == at:
            self.finished += 1
            return status, ""
        if number in self.mumbles:
            self.finished += 1
            return 200, "What is the airspeed of a swallow?"
        questions = list(QUESTIONS)
        if number in self.endless:
            return 200, questions[len(said) % 3]
        if len(said) <= len(questions):
            return 200, questions[len(said) - 1]
        self.finished += 1
        return 200, REFERENCE


def front_door_transport(service: FakeService) -> httpx.AsyncBaseTransport:
    """The web chat contract."""

    async def sessions(request: Request) -> Response:
        token = f"token-{len(service.heard)}"
        service.begin(token)
        return JSONResponse({"session": token, "replies": [{"text": "Hello.", "buttons": []}]}, 201)

    async def messages(request: Request) -> Response:
        token = request.headers["authorization"].removeprefix("Bearer ")
        body: dict[str, Any] = await request.json()
        if token not in service.heard:
            return JSONResponse({"title": "No such session"}, 401)
        if body["id"] in service.ids:
            return JSONResponse({"title": "an id used twice"}, 409)
        service.ids.add(body["id"])
        status, words = service.answer(token, body["text"])
        return JSONResponse({"replies": [{"text": words, "buttons": []}]}, status)

    return httpx.ASGITransport(
        Starlette(
            routes=[
                Route("/chat/sessions", sessions, methods=["POST"]),
                Route("/chat/messages", messages, methods=["POST"]),
            ]
        )
    )


def rasa_transport(service: FakeService) -> httpx.AsyncBaseTransport:
    """Rasa's REST channel, which answers 200 and an empty list where its own action failed."""

    async def webhook(request: Request) -> Response:
        body: dict[str, Any] = await request.json()
        if body["sender"] not in service.heard:
            service.begin(body["sender"])
        status, words = service.answer(body["sender"], body["message"])
        if status == 500:
            return JSONResponse([])
        return JSONResponse([{"recipient_id": body["sender"], "text": words}], status)

    return httpx.ASGITransport(Starlette(routes=[Route("/webhooks/rest/webhook", webhook, methods=["POST"])]))
