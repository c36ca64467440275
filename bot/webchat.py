"""The web chat's door: our own JSON in, and replies that wait to be fetched (nothing is sent)."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from bot.channel import PhotoUnavailable, Received
from flows.messages import ChannelName, Incoming, Location, Photo, Reply


class BadMessage(ValueError):
    """A message that does not keep to the contract; the text says what is wrong."""


class WebChannel:
    """`Channel` for the web chat: replies are kept as messages and never leave through the outbox."""

    name = ChannelName.WEB
    rate_per_second = 1000.0
    burst = 1000
    retires_buttons = False

    def parse(self, payload: dict[str, Any]) -> Received | None:
        """Reads what `check_message` let in, e.g. {"address": ..., "text": "6 caravans"}."""
        location = payload.get("location")
        photo = payload.get("photo")
        text = payload.get("text", "")
        start = None
        if text.startswith("/start") and (text == "/start" or text[6] == " "):
            start, text = text[6:].strip()[:64], ""
        return Received(
            payload["address"],
            Incoming(
                ChannelName.WEB,
                text=text,
                button=payload.get("button"),
                location=Location(*location) if location else None,
                photos=(Photo(**photo),) if photo else (),
                start=start,
            ),
            network=payload.get("network", ""),
        )

    def render(self, reply: Reply) -> list[dict[str, Any]]:
        return []

    def render_file(self, name: str, make_page: Callable[[], str]) -> dict[str, Any] | None:
        return None

    def retire(self, provider_ref: str) -> dict[str, Any] | None:
        return None

    def erase(self, provider_refs: Sequence[str]) -> list[dict[str, Any]]:
        return []

    async def send(self, address: str, body: dict[str, Any], *, key: str) -> str:
        raise NotImplementedError("the web chat fetches its replies")

    async def find_sent(self, address: str, body: dict[str, Any], *, key: str, since: datetime) -> str | None:
        raise LookupError

    async def fetch_photo(self, ref: str) -> bytes:
        raise PhotoUnavailable("photo.unavailable")


def check_message(body: Any) -> tuple[str, dict[str, Any]]:
    """The id and payload of a `POST /chat/messages` body. Raises BadMessage.

    One of: {"id": UUID, "text": ...}, {"id": UUID, "button": ...},
    {"id": UUID, "location": {"latitude": 52.28, "longitude": -1.58}}.
    """
    if not isinstance(body, dict):
        raise BadMessage("The body must be a JSON object.")
    message_id = check_id(body.get("id"))
    given = [key for key in ("text", "button", "location") if body.get(key) is not None]
    if len(given) != 1:
        raise BadMessage("Send one of text, button or location.")
    if given == ["location"]:
        return message_id, {"location": _check_location(body["location"])}
    value = body[given[0]]
    if not isinstance(value, str):
        raise BadMessage(f"{given[0]} must be a string.")
    if given == ["button"] and len(value) > 200:
        raise BadMessage("button is too long.")
    return message_id, {given[0]: value}


def check_id(value: Any) -> str:
    """A UUID in its usual form. Raises BadMessage."""
    try:
        return str(UUID(value))
    except (ValueError, TypeError, AttributeError):
        raise BadMessage("id must be a UUID, new for each message.") from None


def _check_location(value: Any) -> list[float]:
    if not isinstance(value, dict):
        raise BadMessage("location must have latitude and longitude.")
    latitude, longitude = (_degrees(value.get(key)) for key in ("latitude", "longitude"))
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise BadMessage("latitude or longitude is out of range.")
    return [latitude, longitude]


def _degrees(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadMessage("latitude and longitude must be numbers in degrees.")
    try:
        return float(value)
    except OverflowError:
        raise BadMessage("latitude or longitude is out of range.") from None
