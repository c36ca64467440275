"""What a failed call of the Bot API means: did the message go out, may it go out later, or never?"""

import json
import logging
import re
from typing import Any

import httpx
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    TelegramError,
)
from telegram.request import HTTPXRequest, RequestData

from bot.channel import ContactStopped, Rejected, SendError, Uncertain, Unreachable

logger = logging.getLogger(__name__)


class _ServerFault(NetworkError):
    """An answer that is not the method's own: the Bot API's 5xx, or a page of something in between."""

    def __init__(self, status: int, *, by_telegram: bool, text: str = "") -> None:
        super().__init__("server fault")
        self.status = status
        self.by_telegram = by_telegram
        self.text = text.lower()

    def outcome(self) -> SendError:
        """Telegram's own "not ok" means that nothing was done. Only where it gave up waiting for its inner
        parts, was restarting, or something else answered in its name after a while, may it have been."""
        code = f"telegram_{self.status}"
        if not self.by_telegram:
            return Unreachable(code) if self.status < 500 else Uncertain(code)
        if self.status in (502, 504) or "restart" in self.text:
            return Uncertain(code)
        return Unreachable(code)


class Request(HTTPXRequest):
    """The library's transport, but a page of a proxy is never taken for Telegram's word.

    By status alone a proxy's 403 would read as "blocked by the citizen" and its 400 as "never send this".
    """

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *timeouts: Any, **more: Any
    ) -> tuple[int, bytes]:
        status, body = await super().do_request(url, method, request_data, *timeouts, **more)
        if 200 <= status <= 299:
            return status, body
        try:
            told = json.loads(body)
        except ValueError:
            told = None
        if not (isinstance(told, dict) and told.get("ok") is False):
            raise _ServerFault(status, by_telegram=False)
        if status >= 500:
            raise _ServerFault(status, by_telegram=True, text=str(told.get("description")))
        return status, body


_NOTHING_LEFT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    httpx.InvalidURL,
)


def _network_fault(error: NetworkError) -> SendError:
    cause = error.__cause__
    if isinstance(cause, _NOTHING_LEFT):
        return Unreachable("telegram_unreachable")
    if isinstance(cause, (httpx.HTTPError, OSError)):
        return Uncertain("telegram_no_answer")
    return Rejected(_code(error))  # a 4xx of a kind the library has no name for


_DONE_ANYWAY = (
    "message is not modified",
    "message to edit not found",
    "message can't be edited",
    "message_id_invalid",
    "query is too old",
    "query id is invalid",
    "query_id_invalid",
    "chat not found",
    "not a member",
)


def is_done_anyway(error: TelegramError) -> bool:
    """Whether a chore has nothing left to do: the press was answered, the buttons or the chat are gone."""
    if isinstance(error, Forbidden):
        return True
    text = error.message.lower()
    return isinstance(error, BadRequest) and any(known in text for known in _DONE_ANYWAY)


def _code(error: TelegramError) -> str:
    """Telegram's reason as a code for log and staff, letters only: an id or a number has no place in it."""
    words = re.sub(r"[^a-z]+", "_", error.message.lower()).strip("_")
    return f"telegram_{words[:60]}"


def translated(error: TelegramError) -> SendError:
    """Our error for the library's, but for a 429. To be raised `from None`: the library's text can hold the
    whole answer, and with it the citizen's words."""
    match error:
        case Forbidden():
            return ContactStopped(_code(error))
        case ChatMigrated():
            return Rejected("telegram_chat_migrated")
        case BadRequest():
            return Rejected(_code(error))
        case InvalidToken():
            logger.error("telegram_token_refused")
            return Unreachable("telegram_token_refused")
        case Conflict():
            logger.error("telegram_conflict")  # a webhook is set, or another process polls
            return Unreachable("telegram_conflict")
        case _ServerFault():
            return error.outcome()
        case NetworkError():
            return _network_fault(error)
        case _:
            return Uncertain("telegram_odd_answer")
