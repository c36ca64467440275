"""A door that needs no supplier: it keeps what it was told to send and fails as planned."""

import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.channel import PhotoUnavailable, Received
from flows.messages import ChannelName, Incoming, Reply


class Clock:
    """The time a test says it is; passes a microsecond at each look, as no two moments are the same."""

    def __init__(self, start: datetime = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)) -> None:
        self._now = start
        self._began: float | None = None

    def __call__(self) -> datetime:
        self._now += timedelta(microseconds=1)
        if self._began is None:
            return self._now
        return self._now + timedelta(seconds=time.monotonic() - self._began)

    def follow(self) -> None:
        """From now on time passes by itself as well."""
        self._began = time.monotonic()

    def pass_seconds(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


class FakeChannel:
    """`Channel`. Payloads: {"from", "text"?, "button"?, "photos"?, "blocked"?, "chores"?, "carrier"?, "edited"?}."""

    rate_per_second = 1000.0
    burst = 1000
    retires_buttons = True

    def __init__(self, name: ChannelName = ChannelName.TELEGRAM) -> None:
        self.name = name
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.keys: list[str] = []
        self.failures: list[Exception] = []  # raised by the next sends, one each
        self.photos: dict[str, bytes] = {}
        self.fetched: list[str] = []
        self.fetch_waits: Callable[[], Awaitable[None]] | None = None
        self.send_waits: Callable[[dict[str, Any]], Awaitable[None]] | None = None
        self.answers: dict[str, str | Exception | None] = {}  # what find_sent says, by key

    def parse(self, payload: dict[str, Any]) -> Received | None:
        if payload.get("unreadable"):
            return None
        incoming = None
        if "text" in payload or "button" in payload or "photos" in payload:
            incoming = Incoming(
                self.name,
                text=payload.get("text", ""),
                button=payload.get("button"),
                edited=payload.get("edited", False),
            )
        return Received(
            payload["from"],
            incoming,
            photo_refs=tuple(payload.get("photos", ())),
            chores=tuple(payload.get("chores", ())),
            blocked=payload.get("blocked"),
            answered_by_carrier=payload.get("carrier", False),
        )

    def render(self, reply: Reply) -> list[dict[str, Any]]:
        """One body a line of the reply."""
        return [{"text": line} for line in reply.text.split("\n")]

    def render_file(self, name: str, make_page: Callable[[], str]) -> dict[str, Any] | None:
        """Only Telegram takes files."""
        return {"file": name, "page": make_page()} if self.name is ChannelName.TELEGRAM else None

    def retire(self, provider_ref: str) -> dict[str, Any] | None:
        return {"retire": provider_ref}

    def erase(self, provider_refs: Sequence[str]) -> list[dict[str, Any]]:
        return [{"erase": list(provider_refs)}] if provider_refs else []

    async def send(self, address: str, body: dict[str, Any], *, key: str) -> str:
        if self.send_waits is not None:
            await self.send_waits(body)
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append((address, body))
        self.keys.append(key)
        return f"ref-{len(self.sent)}"

    async def find_sent(self, address: str, body: dict[str, Any], *, key: str, since: datetime) -> str | None:
        if key not in self.answers:
            raise LookupError(key)
        answer = self.answers[key]
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def fetch_photo(self, ref: str) -> bytes:
        self.fetched.append(ref)
        if self.fetch_waits is not None:
            await self.fetch_waits()
        if ref not in self.photos:
            raise PhotoUnavailable("photo.unavailable")
        return self.photos[ref]


def texts(channel: FakeChannel) -> list[str]:
    """The words that went out, in order; what was no message is left out."""
    return [body["text"] for _, body in channel.sent if "text" in body]
