"""A small server that speaks the web chat contract with scripted replies, for the tests of the page.

The last word of a message names what the server does with it (see `SCRIPT` and `_misbehave`). It keeps
what it was asked in `Stub.asked`, so that a test can tell how often a message had an effect.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

STATIC = Path(__file__).parents[2] / "bot" / "static"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
Reply = dict[str, Any]

MENU = [
    {"label": "Report an encampment", "payload": "form:encampment"},
    {"label": "Ask a question", "payload": "menu:ask"},
    {"label": "Talk to a person", "payload": "menu:person"},
]
GREETING = (
    "Hello. This is Front Door, the county's message service.\n\n"
    "You can tell us about an encampment or ask a question. What would you like to do?"
)
LAND = [
    {"label": label, "payload": f"land:{number}"}
    for number, label in enumerate(
        ["Park or green space", "Road verge or lay-by", "Car park", "Private land", "I am not sure"]
    )
]
SCRIPT: dict[str, list[Reply]] = {
    "form:encampment": [
        {"text": "Thank you. Let's make a report.", "buttons": []},
        {"text": "What kind of land is it?", "buttons": LAND},
    ],
    "link": [
        {
            "text": (
                "You can read more at https://www.warwickshire.gov.uk/travellers (reviewed 3 March 2026).\n"
                "Or ring 01926 410410, or call 101. In danger, call 999.\n"
                "Not links: javascript:alert(1) data:text/html,x £999 01/02/2026 52.28190 EN-7K3F-2QX"
            ),
            "buttons": [],
        }
    ],
    "long": [{"text": "Camping on land you do not own. " * 90, "buttons": []}],
    "rtl": [{"text": "مرحبا، اتصل على 999\nSecond line in English.", "buttons": []}],
    "unbroken": [{"text": "W" * 300, "buttons": []}],
    "xss": [
        {
            "text": '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>"\'&amp;',
            "buttons": [{"label": "<b onmouseover=window.pwned=1>bold</b>", "payload": "<i>"}],
        }
    ],
}


@dataclass
class Stub:
    """What the server remembers. `asked` holds ("/path", id, content) of every call that reached it."""

    url: str
    asked: list[tuple[str, str | None, Any]] = field(default_factory=list)
    effects: dict[str, list[Reply]] = field(default_factory=dict)
    sessions: set[str] = field(default_factory=set)
    sent: list[Reply] = field(default_factory=list)
    pushed: list[int] = field(default_factory=list)
    polls: list[int] = field(default_factory=list)
    photo_bytes: list[int] = field(default_factory=list)
    down: bool = False

    def number(self, replies: list[Reply]) -> list[Reply]:
        numbered = [
            {**reply, "number": number} for number, reply in enumerate(replies, start=len(self.sent) + 1)
        ]
        self.sent.extend(numbered)
        return numbered

    def push(self, text: str) -> None:
        """Say something as staff would: it is fetched by the next poll."""
        self.pushed.extend(reply["number"] for reply in self.number([{"text": text, "buttons": []}]))

    def times_asked(self, content: Any) -> list[str | None]:
        """Ids under which this content arrived, one for each time."""
        return [identity for _, identity, asked in self.asked if asked == content]


def _problem(status: int, detail: str, headers: dict[str, str] | None = None) -> Response:
    body = {"type": "about:blank", "title": "Not accepted", "status": status, "detail": detail}
    return JSONResponse(body, status, headers, media_type="application/problem+json")


class _Dropped(Response):
    """No answer: the connection is cut, as when a phone loses its signal."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["cut"]()
        await asyncio.sleep(0.05)  # uvicorn must see the cut before it misses the answer


class _Edge:
    """The outermost part: adds the security policy, and hands down a way to cut the connection."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"content-security-policy", POLICY.encode())]
            await send(message)

        scope["cut"] = lambda: send.__self__.transport.abort()  # type: ignore[attr-defined]
        await self.app(scope, receive, with_policy)


def create_app(stub: Stub) -> Starlette:
    """The contract's four routes over one `Stub`, with the page and its files as the real server has them."""

    def session_of(request: Request) -> str | None:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return token if token in stub.sessions else None

    async def misbehave(word: str, times: int) -> Response | None:
        """What this word asks for, or None for a proper answer. `times`: how often it arrived, with this one."""
        if word == "slow":
            await asyncio.sleep(1.5)
        # Twice, because a browser asks once more by itself where a kept connection breaks.
        if word == "drop-before" and times < 3:
            return _Dropped()
        if word == "error" and times < 3:
            return _problem(503, "Busy")
        if word == "wait" and times == 1:
            return _problem(429, "Too many messages", {"Retry-After": "1"})
        if word == "portal" and times == 1:
            return Response("<html>Sign in to the wifi</html>", media_type="text/html")
        if word == "refuse":
            return _problem(422, "We could not read that. Please say it in other words.")
        return None

    def scripted(word: str, said: str) -> list[Reply]:
        return SCRIPT.get(word) or [{"text": f"You wrote: {said}", "buttons": []}]

    async def sessions(request: Request) -> Response:
        stub.asked.append(("/chat/sessions", None, await request.json()))
        if stub.down:
            return _problem(503, "Closed for a moment")
        token = f"token-{len(stub.sessions) + 1}-{len(stub.asked)}"
        stub.sessions.add(token)
        replies = stub.number([{"text": GREETING, "buttons": MENU}])
        return JSONResponse({"session": token, "replies": replies}, 201)

    async def messages(request: Request) -> Response:
        if request.method == "GET":
            after = int(request.query_params["after"])
            stub.polls.append(after)
            if not session_of(request):
                return _problem(401, "Unknown session")
            fresh = [reply for reply in stub.sent if reply["number"] > after]
            return JSONResponse({"replies": fresh, "next": len(stub.sent)})
        body = await request.json()
        content = body.get("text") or body.get("button") or body.get("location")
        stub.asked.append(("/chat/messages", body["id"], content))
        if not session_of(request):
            return _problem(401, "Unknown session")
        if stub.down:
            return _problem(503, "Closed for a moment")
        said = str(content)
        word = said.split()[-1]
        if wrong := await misbehave(word, len(stub.times_asked(content))):
            return wrong
        if body["id"] not in stub.effects:
            stub.effects[body["id"]] = stub.number(scripted(word, said))
        if word == "drop-after" and len(stub.times_asked(content)) < 3:
            return _Dropped()
        return JSONResponse({"replies": stub.effects[body["id"]]})

    async def photos(request: Request) -> Response:
        async with request.form(max_part_size=12 * 1024 * 1024) as form:
            photo, identity = form["photo"], str(form["id"])
            assert not isinstance(photo, str)
            content = await photo.read()
        stub.asked.append(("/chat/photos", identity, photo.filename))
        if not session_of(request):
            return _problem(401, "Unknown session")
        if photo.filename == "drop.png" and len(stub.times_asked("drop.png")) < 3:
            return _Dropped()
        if not content.startswith(b"\x89PNG"):
            return _problem(415, "That is not a photo we can read.")
        if identity not in stub.effects:
            stub.photo_bytes.append(len(content))
            stub.effects[identity] = stub.number([{"text": "Thank you for the photo.", "buttons": []}])
        return JSONResponse({"replies": stub.effects[identity]})

    async def page(request: Request) -> Response:
        return FileResponse(STATIC / "chat.html")

    return Starlette(
        routes=[
            Route("/", page),
            Route("/chat/sessions", sessions, methods=["POST"]),
            Route("/chat/messages", messages, methods=["GET", "POST"]),
            Route("/chat/photos", photos, methods=["POST"]),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
    )


@contextmanager
def serve(*, host: str = "127.0.0.1") -> Iterator[Stub]:
    """Run the stub on a free port in a thread of its own until the block ends."""
    listener = socket.create_server((host, 0))
    stub = Stub(url=f"http://{host}:{listener.getsockname()[1]}")
    config = uvicorn.Config(_Edge(create_app(stub)), log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()
