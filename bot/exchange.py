"""What the routes share: the Door they work on, bounded reading of requests, answers as problem JSON."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message

from bot.metrics import Metrics
from bot.settings import LimitsConfig
from bot.sms import SmsChannel
from bot.telegram import TelegramChannel
from bot.turns import Source, Turns
from flows.content import Content
from storage.database import Database

JSON_BYTES = 512 * 1024
NO_STORE = {"Cache-Control": "no-store"}


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
    """What the routes need. `telegram` and `sms` are None where a deployment has no such door.

    A wrong code waits `wrong_code_seconds` for its answer, and `wrong_codes` lets one wait at a time: guessing is
    hopeless at that pace.
    """

    database: Database
    turns: Turns
    source: Source
    metrics: Metrics
    photo_bytes: int
    idle: timedelta
    limits: LimitsConfig | None = None
    telegram: TelegramChannel | None = None
    sms: SmsChannel | None = None
    readiness: Callable[[], Awaitable[dict[str, Any]]] | None = None
    wake: Callable[[], None] = field(default=lambda: None)
    content: Callable[[], Content] | None = None
    open311_forms: tuple[str, ...] = ()
    open311_contact: str = ""
    wrong_codes: asyncio.Lock = field(default_factory=asyncio.Lock)
    wrong_code_seconds: float = 1.0


def get_door(request: Request) -> Door:
    door: Door = request.app.state.door
    return door


def get_content(request: Request) -> Content:
    """The texts, forms and answers in use just now."""
    door = get_door(request)
    if door.content is None:
        raise Problem(404, "Not Found")
    return door.content()


def microseconds(now: datetime) -> int:
    return int(now.timestamp() * 1_000_000)


async def read_body(request: Request, limit: int) -> bytes:
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


async def read_json(request: Request, *, empty: Any = None) -> Any:
    body = await read_body(request, JSON_BYTES)
    if not body and empty is not None:
        return empty
    return parse_json(body)


def parse_json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Problem(400, "Not JSON", "The body must be JSON in UTF-8.") from error


async def parse_multipart(request: Request, body: bytes) -> FormData:
    """The form of a body that was already read within its bound."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise Problem(415, "Not multipart", "Send the photo as multipart/form-data.")

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return await Request(request.scope, receive).form(max_files=1, max_fields=5, max_part_size=len(body) + 1)


def problem_json(
    status: int, title: str, detail: str = "", *, headers: dict[str, str] | None = None
) -> Response:
    body = {"type": "about:blank", "title": title, "status": status, **({"detail": detail} if detail else {})}
    return Response(
        json.dumps(body), status, {**NO_STORE, **(headers or {})}, media_type="application/problem+json"
    )
