"""The routes: each verifies its caller, keeps what came, and answers. The work is done elsewhere."""

import json
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.datastructures import FormData, Headers
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Lifespan, Message, Receive, Scope, Send

from bot.logs import place_of
from bot.metrics import Metrics
from bot.settings import ROOT
from bot.sms import SmsChannel
from bot.telegram import TelegramChannel
from bot.turns import Claimed, MessageSetAside, NumberedReply, Source, TurnFailed, Turns, photo_id_of
from bot.webchat import BadMessage, check_id, check_message
from flows.messages import ChannelName, Photo
from storage.database import Database, Transaction
from storage.errors import StorageBusy, StorageFull
from storage.states import InboxState, OutboxState
from storage.web_sessions import WebSession

log = structlog.get_logger()

STATIC = ROOT / "bot" / "static"
JSON_BYTES = 512 * 1024
TELEGRAM_BYTES = 1024 * 1024
SMS_BYTES = 64 * 1024
# The worker leaves a web message to the request that brought it for this long, then takes it over.
WEB_HOLD_SECONDS = 15.0
REPLIES_AT_ONCE = 200
# How fresh the last use of a session is kept; finer would cost every message a write.
TOUCH_EVERY = timedelta(minutes=30)
# Twilio's word -> ours; "queued" and the like say nothing we do not know
# (twilio.com/docs/messaging/api/message-resource#message-status-values).
_STATUSES = {
    "sent": OutboxState.SENT,
    "delivered": OutboxState.DELIVERED,
    "undelivered": OutboxState.FAILED,
    "failed": OutboxState.FAILED,
}
EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response/>'

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Problem(Exception):
    """An answer in RFC 9457 problem JSON."""

    def __init__(
        self, status: int, title: str, detail: str = "", *, retry_after_seconds: int | None = None
    ) -> None:
        super().__init__(title)
        self.status, self.title, self.detail = status, title, detail
        self.headers = {} if retry_after_seconds is None else {"Retry-After": str(retry_after_seconds)}


@dataclass(frozen=True)
class Door:
    """What the routes need. `telegram` and `sms` are None where a deployment has no such door."""

    database: Database
    turns: Turns
    source: Source
    metrics: Metrics
    photo_bytes: int
    idle: timedelta
    telegram: TelegramChannel | None = None
    sms: SmsChannel | None = None
    readiness: Callable[[], Awaitable[dict[str, Any]]] | None = None
    wake: Callable[[], None] = field(default=lambda: None)


def make_app(door: Door, lifespan: Lifespan[Starlette] | None = None) -> Starlette:
    """The application over one Door. Every route names who may call it in `VERIFIED_BY`."""
    routes = [
        Route("/", _page, name="page"),
        Route("/chat/sessions", _open_session, methods=["POST"], name="chat_sessions"),
        Route("/chat/messages", _post_message, methods=["POST"], name="chat_post"),
        Route("/chat/messages", _get_messages, methods=["GET"], name="chat_get"),
        Route("/chat/photos", _post_photo, methods=["POST"], name="chat_photos"),
        Route("/telegram/webhook", _telegram, methods=["POST"], name="telegram"),
        Route("/sms/webhook", _sms, methods=["POST"], name="sms"),
        Route("/sms/status", _sms_status, methods=["POST"], name="sms_status"),
        Route("/healthz", _healthy, name="healthz"),
        Route("/readyz", _ready, name="readyz"),
        Route("/metrics", _metrics, name="metrics"),
        Mount("/static", StaticFiles(directory=STATIC), name="static"),
    ]
    app = Starlette(
        routes=routes,
        middleware=[
            Middleware(_SecurityHeaders),
            Middleware(_OurFaults),
            Middleware(GZipMiddleware, minimum_size=1000),
        ],
        exception_handlers={
            Problem: _problem,
            HTTPException: _http_problem,
            StorageBusy: _busy,
            ClientDisconnect: _gone,
        },
        lifespan=lifespan,
    )
    app.state.door = door
    return app


# How each route knows its caller; a test holds every route to this list.
VERIFIED_BY = {
    "page": "open",
    "static": "open",
    "chat_sessions": "open",
    "chat_post": "session token",
    "chat_get": "session token",
    "chat_photos": "session token",
    "telegram": "secret header",
    "sms": "signature",
    "sms_status": "signature",
    "healthz": "open",
    "readyz": "open",
    "metrics": "loopback",
}


async def _page(request: Request) -> Response:
    return FileResponse(STATIC / "chat.html", headers={"Cache-Control": "no-cache"})


# Web chat


async def _open_session(request: Request) -> Response:
    """201 {"session": TOKEN, "replies": [REPLY]}."""
    body = await _read_json(request, empty={})
    language = body.get("language", "en") if isinstance(body, dict) else None
    if not isinstance(language, str):
        raise Problem(400, "Bad request", 'The body may be {"language": "en"}.')
    door = _door(request)
    token = secrets.token_urlsafe(32)
    address = str(uuid4())
    key = door.database.conversation_key(ChannelName.WEB, address)

    def begin(tx: Transaction) -> list[NumberedReply]:
        tx.web_sessions.open(token, key, door.source.now())
        return door.turns.open_conversation(tx, ChannelName.WEB, address, key, language)

    replies = await door.database.run(begin)
    return JSONResponse({"session": token, "replies": _shown(replies)}, 201, _NO_STORE)


async def _post_message(request: Request) -> Response:
    """200 {"replies": [REPLY]}; the same id again gives the same replies and has no second effect."""
    session_id, key, address = await _session(request, is_use=True)
    try:
        message_id, payload = check_message(await _read_json(request))
    except BadMessage as error:
        raise Problem(400, "Bad message", str(error)) from error
    return await _accept_and_answer(
        request, f"{session_id}:{message_id}", key, {**payload, "address": address}
    )


async def _post_photo(request: Request) -> Response:
    """Multipart `photo`, and `id` (a UUID) for a safe repeat; answers as a message does."""
    session_id, key, address = await _session(request, is_use=True)
    door = _door(request)
    body = await _read_body(request, door.photo_bytes + 64 * 1024)
    form = await _parse_multipart(request, body)
    try:
        photo, given = form.get("photo"), form.get("id")
        if photo is None or isinstance(photo, str):
            raise Problem(400, "No photo", "Send the photo as a multipart part called photo.")
        message_id = check_id(given) if given is not None else str(uuid4())
        data = await photo.read()
    except BadMessage as error:
        raise Problem(400, "Bad message", str(error)) from error
    finally:
        await form.close()

    async def fetch() -> bytes:
        return data

    kept = await door.database.run(
        lambda tx: tx.conversations.open(ChannelName.WEB, address, key, door.source.now())
    )
    if len(data) > door.photo_bytes:
        cleaned = Photo(problem="photo.too_large")
    else:
        # Under an id of the session's own: nobody can name another's photo as theirs.
        cleaned = await door.turns.keep_photo(photo_id_of(f"{session_id}:{message_id}", 0), kept.id, fetch)
    payload = {"address": address, "photo": {"id": cleaned.id, "problem": cleaned.problem}}
    return await _accept_and_answer(request, f"{session_id}:{message_id}", key, payload)


async def _get_messages(request: Request) -> Response:
    """200 {"replies": [REPLY], "next": N}: what was said after message number `after`."""
    # Looking for news is no use of a session: a page left open must still go idle.
    _, key, _ = await _session(request, is_use=False)
    after = request.query_params.get("after", "0")
    if not after.isdecimal() or len(after) > 18:
        raise Problem(400, "Bad request", "after must be a number from an earlier answer's next.")
    door = _door(request)

    def read(tx: Transaction) -> list[NumberedReply]:
        kept = tx.conversations.find(key)
        said = tx.messages.replies_after(kept.id, int(after), REPLIES_AT_ONCE) if kept else []
        return [NumberedReply(number, body) for number, body in said]

    replies = await door.database.read(read)
    reached = max([int(after), *(r.number for r in replies)])
    return JSONResponse({"replies": _shown(replies), "next": reached}, headers=_NO_STORE)


async def _accept_and_answer(
    request: Request, provider_id: str, key: str, payload: dict[str, Any]
) -> Response:
    """Keeps the message, takes its turn here and now, and answers with what was said to it."""
    door = _door(request)
    now = door.source.now()

    def accept(tx: Transaction) -> tuple[int, Claimed | None]:
        kept = tx.inbox.accept(
            ChannelName.WEB, provider_id, key, payload, _microseconds(now), now, WEB_HOLD_SECONDS
        )
        return kept.id, door.turns.claim_one(tx, key)

    inbox_id, claimed = await door.database.run(accept)
    door.metrics.accepted(ChannelName.WEB)
    try:
        replies = await door.turns.finish_conversation(key, inbox_id, claimed)
    except TurnFailed as error:
        raise Problem(
            503,
            "Not answered yet",
            "Your message is kept. Send it again with the same id in a moment.",
            retry_after_seconds=2,
        ) from error
    except MessageSetAside as error:
        raise Problem(
            422,
            "Not answered",
            "We could not read that message. Our staff will look at it. Please try other words.",
        ) from error
    return JSONResponse({"replies": _shown(replies)}, headers=_NO_STORE)


async def _session(request: Request, *, is_use: bool) -> tuple[str, str, str]:
    """(session id, conversation key, address) of the bearer. Raises Problem 401."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    door = _door(request)
    if scheme.casefold() == "bearer" and 20 <= len(token) <= 200:
        now = door.source.now()

        def find(tx: Transaction) -> tuple[WebSession, str] | None:
            session = tx.web_sessions.find(token, now, door.idle.total_seconds())
            kept = tx.conversations.find(session.conversation_key) if session else None
            return (session, kept.address) if session and kept else None

        found = await door.database.read(find)
        if found is not None:
            session, address = found
            if is_use and now - session.last_seen_at > min(TOUCH_EVERY, door.idle / 4):
                await door.database.run(lambda tx: tx.web_sessions.touch(session.id, now))
            return session.id, session.conversation_key, address
    raise Problem(401, "No such session", "This chat is closed. Please start a new one.")


def _shown(replies: list[NumberedReply]) -> list[dict[str, Any]]:
    return [{**reply.body, "number": reply.number} for reply in replies]


# Telegram and SMS


async def _telegram(request: Request) -> Response:
    """Keeps an update and answers 200; Telegram sends again whatever got no 2xx."""
    door = _door(request)
    if door.telegram is None:
        raise Problem(404, "No such door")
    if not door.telegram.verify(request.headers.get("x-telegram-bot-api-secret-token")):
        log.warning("telegram.refused")
        raise Problem(403, "Forbidden")
    update = _parse_json(await _read_body(request, TELEGRAM_BYTES))
    peek = door.telegram.peek(update)
    if peek is None:
        raise Problem(400, "Not an update")
    key = door.database.conversation_key(ChannelName.TELEGRAM, peek.chat_id or f"update {peek.update_id}")
    now = door.source.now()
    kept = await door.database.run(
        lambda tx: tx.inbox.accept(
            ChannelName.TELEGRAM, str(peek.update_id), key, update, peek.update_id, now
        )
    )
    _count(door, ChannelName.TELEGRAM, fresh=kept.fresh)
    return Response(status_code=200)


async def _sms(request: Request) -> Response:
    """Keeps a text and answers with empty TwiML; replies go out by the REST API, where they can be retried."""
    door, sms, fields = await _verified_sms(request)
    peek = sms.peek(fields)
    if peek is None:
        raise Problem(400, "Not a message", "MessageSid and From are needed.")
    now = door.source.now()
    # A sender nobody can reply to (a short code, a name) still has its message kept, in a line of its own.
    key = door.database.conversation_key(ChannelName.SMS, peek.sender or peek.sid)
    kept = await door.database.run(
        lambda tx: tx.inbox.accept(
            ChannelName.SMS, peek.sid, key, {"fields": fields}, _microseconds(now), now
        )
    )
    _count(door, ChannelName.SMS, fresh=kept.fresh)
    return Response(EMPTY_TWIML, media_type="text/xml")


async def _sms_status(request: Request) -> Response:
    """Keeps what became of a text; unknown ones are fine."""
    door, sms, fields = await _verified_sms(request)
    reported = sms.parse_status(fields)
    status = _STATUSES.get(reported[1]) if reported else None
    if reported is not None and status is not None:
        key = request.query_params.get("k")
        await door.database.run(
            lambda tx: tx.outbox.record_status(
                ChannelName.SMS,
                door.source.now(),
                provider_ref=reported[0],
                key=key,
                status=status,
                error=dict(fields).get("ErrorCode"),
            )
        )
    return Response(status_code=204)


async def _verified_sms(request: Request) -> tuple[Door, SmsChannel, list[tuple[str, str]]]:
    door = _door(request)
    if door.sms is None:
        raise Problem(404, "No such door")
    body = await _read_body(request, SMS_BYTES)
    try:
        fields = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=200)
    except ValueError as error:
        raise Problem(400, "Not a form") from error
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if not door.sms.verify(path, FormData([*fields]), request.headers.get("x-twilio-signature")):
        log.warning("sms.refused")
        raise Problem(403, "Forbidden")
    return door, door.sms, fields


def _count(door: Door, channel: ChannelName, *, fresh: bool) -> None:
    if fresh:
        door.metrics.accepted(channel)
        door.wake()
    else:
        door.metrics.repeated(channel)


# Operations


async def _healthy(request: Request) -> Response:
    return JSONResponse({"status": "ok"}, headers=_NO_STORE)


async def _ready(request: Request) -> Response:
    """200 while messages can be kept, with the state of the language model; 503 while they cannot."""
    door = _door(request)
    state = await door.readiness() if door.readiness else {"ready": True}
    return JSONResponse(state, 200 if state["ready"] else 503, _NO_STORE)


async def _metrics(request: Request) -> Response:
    """For the machine itself (Prometheus scrapes on loopback); a proxy in front must not pass it on."""
    host = request.client.host if request.client else ""
    if host not in ("127.0.0.1", "::1") or "x-forwarded-for" in request.headers:
        raise Problem(403, "Forbidden")
    door = _door(request)
    inbox, outbox = await door.database.read(lambda tx: (tx.inbox.counts(), tx.outbox.counts()))
    set_aside = inbox.pop(InboxState.SET_ASIDE)
    door.metrics.set_queues(waiting=sum(inbox.values()), set_aside=set_aside, to_send=sum(outbox.values()))
    return Response(generate_latest(door.metrics.registry), media_type=CONTENT_TYPE_LATEST)


# Reading and answering

_NO_STORE = {"Cache-Control": "no-store"}


def _door(request: Request) -> Door:
    door: Door = request.app.state.door
    return door


def _microseconds(now: datetime) -> int:
    return int(now.timestamp() * 1_000_000)


async def _read_body(request: Request, limit: int) -> bytes:
    too_large = Problem(
        413, "Too large", f"That is too large. At most {limit // 1000} kB can be sent at once."
    )
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise too_large
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise too_large
        parts.append(part)
    return b"".join(parts)


async def _read_json(request: Request, *, empty: Any = None) -> Any:
    body = await _read_body(request, JSON_BYTES)
    if not body and empty is not None:
        return empty
    return _parse_json(body)


def _parse_json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Problem(400, "Not JSON", "The body must be JSON in UTF-8.") from error


async def _parse_multipart(request: Request, body: bytes) -> FormData:
    """The form of a body that was already read within its bound."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise Problem(415, "Not multipart", "Send the photo as multipart/form-data.")

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return await Request(request.scope, receive).form(max_files=1, max_fields=5, max_part_size=len(body) + 1)


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return _problem_json(error.status, error.title, error.detail, headers=error.headers)


async def _http_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _problem_json(error.status_code, error.detail, headers=dict(error.headers or {}))


async def _busy(request: Request, error: Exception) -> Response:
    log.warning("storage.busy", full=isinstance(error, StorageFull))
    return _problem_json(503, "Busy", "Please send it again in a moment.", headers={"Retry-After": "2"})


async def _gone(request: Request, error: Exception) -> Response:
    return Response(status_code=400)


def _problem_json(
    status: int, title: str, detail: str = "", *, headers: dict[str, str] | None = None
) -> Response:
    body = {"type": "about:blank", "title": title, "status": status, **({"detail": detail} if detail else {})}
    return Response(
        json.dumps(body), status, {**_NO_STORE, **(headers or {})}, media_type="application/problem+json"
    )


class _SecurityHeaders:
    """Adds HEADERS to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = Headers(raw=message["headers"])
                message["headers"] = [
                    *message["headers"],
                    *((k.lower().encode(), v.encode()) for k, v in HEADERS.items() if k not in present),
                ]
            await send(message)

        await self._app(scope, receive, send_with_headers)


class _OurFaults:
    """Answers 500 where our own code failed, and notes the place.

    The server would log the error with its words, and those may be a citizen's.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def send_and_note(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, send_and_note)
        except Exception as error:
            if scope["type"] != "http":
                raise
            log.error("web.fault", error=type(error).__name__, place=place_of(error))
            if not begun:
                answer = _problem_json(500, "Something went wrong on our side", "Please send it again.")
                await answer(scope, receive, send)
