"""Webhooks out, signed as Standard Webhooks lays down (standardwebhooks.com), so that any language can check them.

A receiver answers 2xx once it has the message; sent again it carries the same webhook-id. What it answers beside
the status is not read.
"""

import asyncio
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx
from standardwebhooks import Webhook as Signer

from bot.channel import ContactStopped, Rejected, SendError, Throttled, Unreachable

CONNECT_SECONDS, ANSWER_SECONDS, WHOLE_SECONDS = 5.0, 15.0, 20.0
LATER_SECONDS, LONGEST_WAIT_SECONDS = 60.0, 3600.0
GONE = 410
AGAIN = frozenset({408, 425})  # the two of 4xx that ask for it


class WebhookOutlet:
    """`Outlet` for other case systems. `now` is aware UTC; the signature holds the time of each try."""

    rate_per_second = 20.0
    burst = 20

    def __init__(
        self,
        secret: str,
        now: Callable[[], datetime],
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        whole_seconds: float = WHOLE_SECONDS,
    ) -> None:
        self._signer = Signer(secret)
        self._now = now
        self._whole_seconds = whole_seconds
        self._client = httpx.AsyncClient(
            transport=transport,
            timeout=httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
            follow_redirects=False,  # whoever may redirect us could have us call anything
        )

    async def aclose(self) -> None:
        await self._client.aclose()

    async def send(self, address: str, body: dict[str, Any], *, key: str) -> str:
        """Returns the webhook-id. A timeout counts as not sent: told twice, the receiver knows it by its id."""
        content = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        now = self._now()
        headers = {
            "content-type": "application/json",
            "user-agent": "front-door-webhook",
            "webhook-id": key,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._signer.sign(key, now, content),
        }
        try:
            async with (
                asyncio.timeout(self._whole_seconds),
                self._client.stream("POST", address, content=content.encode(), headers=headers) as answer,
            ):
                fault = _fault_of(answer)
        except TimeoutError as error:
            raise Unreachable("webhook_timeout") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unreachable(f"webhook_{type(error).__name__}"[:60]) from error
        if fault is not None:
            raise fault
        return key

    async def find_sent(self, address: str, body: dict[str, Any], *, key: str, since: datetime) -> str | None:
        raise LookupError  # nobody to ask; it is sent again under its id


def _fault_of(answer: httpx.Response) -> SendError | None:
    status = answer.status_code
    if 200 <= status <= 299:
        return None
    code = f"webhook_{status}"
    if status == GONE:
        return ContactStopped(code)
    if status == 429:
        return Throttled(code, retry_after_seconds=_retry_after(answer), whole_door=False)
    if status >= 500 or status in AGAIN:
        return Unreachable(code)
    return Rejected(code)


def _retry_after(answer: httpx.Response) -> float:
    """Seconds to wait; a date, or nothing, is taken for a minute."""
    told = answer.headers.get("retry-after", "")
    return min(float(told), LONGEST_WAIT_SECONDS) if told.isdecimal() and len(told) < 9 else LATER_SECONDS
