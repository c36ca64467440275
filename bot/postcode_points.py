"""Where a full postcode is, asked of a public web service (postcodes.io/docs, GET /postcodes/:postcode).

Off unless config.yml names it (`lookups.postcodes_url`): the postcode of whoever tells a place then leaves the house.
"""

import time
from collections.abc import Callable
from typing import Any, Protocol
from urllib.parse import quote

import httpx
import structlog

from flows.content import Content
from flows.conversation import Conversation
from flows.forms import Kind
from flows.geodata import PostcodePoint

log = structlog.get_logger()
TIMEOUT_SECONDS = 2.0
# After so many failures in a row nobody waits for the service, for so long.
FAILURES, SILENT_SECONDS = 3, 60.0
NOT_FOUND = 404


class PostcodeLookup(Protocol):
    """The point of a full postcode; without one where there is no such postcode, None where nobody could tell."""

    async def find(self, postcode: str) -> PostcodePoint | None: ...


class WebPostcodePoints:
    """Asks the service; where it fails, the citizen is helped with what the first half of the postcode tells."""

    def __init__(
        self,
        url: str,
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url.rstrip("/")
        self._client = httpx.AsyncClient(timeout=timeout_seconds)
        self._clock = clock
        self._failures = 0
        self._silent_until = 0.0

    async def aclose(self) -> None:
        await self._client.aclose()

    async def find(self, postcode: str) -> PostcodePoint | None:
        if self._clock() < self._silent_until:
            return None
        try:
            answer = await self._client.get(f"{self._url}/postcodes/{quote(postcode)}")
            if answer.status_code == NOT_FOUND and answer.json()["status"] == NOT_FOUND:
                found: PostcodePoint | None = PostcodePoint(postcode)
            else:
                answer.raise_for_status()
                found = _point(postcode, answer.json()["result"])
        except (httpx.HTTPError, KeyError, TypeError, ValueError) as error:
            self._failures += 1
            if self._failures >= FAILURES:
                self._silent_until = self._clock() + SILENT_SECONDS
            log.warning("postcode.not_looked_up", error=type(error).__name__, failures=self._failures)
            return None
        self._failures = 0
        return found


def _point(postcode: str, result: Any) -> PostcodePoint | None:
    """The service's answer as a point; it knows some postcodes (of the islands) without one."""
    if result["latitude"] is None or result["longitude"] is None:
        return None
    council = result.get("admin_district")
    district = (result.get("codes") or {}).get("admin_district")
    return PostcodePoint(
        postcode, float(result["latitude"]), float(result["longitude"]), district or None, council or None
    )


def is_about_place(content: Content, conversation: Conversation, label: str) -> bool:
    """Whether a message tells a place: the question in hand asks for one, or its label begins a form that does."""
    held = conversation.in_hand
    form = content.forms.get(held.form) if held is not None else None
    field = form.find_field(held.asked) if form is not None and held is not None and held.asked else None
    if field is not None and field.kind is Kind.PLACE:
        return True
    begun = content.find_form_by_label(label) if label else None
    return begun is not None and any(each.kind is Kind.PLACE for each in begun.fields)
