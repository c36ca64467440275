"""The Telegram door: updates in, messages out, through our own inbox and outbox.

python-telegram-bot is the typed client only. Its queue is memory, and would lose an update that Telegram was
already told is safe; its rate limiter knows one process. Bot API: https://core.telegram.org/bots/api
"""

import hmac
import json
import logging
import os
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import httpx
import telegram
from telegram.error import BadRequest, RetryAfter, TelegramError

from bot.channel import (
    PhotoUnavailable,
    Received,
    Rejected,
    SendError,
    Throttled,
    Uncertain,
    Unreachable,
)
from bot.downloads import MAX_FILE_BYTES, PassingFault, fetch_patiently, read_bounded
from bot.segments import split_text, utf16_units
from bot.telegram_faults import Request, is_done_anyway, translated
from bot.telegram_updates import ALLOWED_UPDATES, Peek, peek, read_update, without_buttons
from flows.messages import Button, ChannelName, Reply

logger = logging.getLogger(__name__)

MAX_TEXT_UNITS = 4096  # UTF-16 code units, sendMessage
MAX_PAYLOAD_BYTES = 64  # InlineKeyboardButton.callback_data
MOST_DELETED = 100  # deleteMessages, message_ids
SHORT_LABEL_UNITS = 14  # two such buttons fit beside each other on a narrow phone
DOOR_WIDE_RETRY_SECONDS = 5.0
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")  # setWebhook, secret_token


class TelegramChannel:
    """The door for one bot. `api_url` without a slash at its end; `secret_token` None where it only polls."""

    name = ChannelName.TELEGRAM
    # Telegram takes about 30 messages a second from a bot; rate and burst together stay below in any second.
    rate_per_second = 24.0
    burst = 5
    retires_buttons = True

    def __init__(
        self,
        token: str,
        api_url: str,
        secret_token: str | None,
        *,
        share_location_label: str = "Share my location",
        connect_timeout_seconds: float = 5.0,
        read_timeout_seconds: float = 10.0,
        photo_retry_seconds: Sequence[float] = (0.5, 2.0),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if secret_token is not None and not _SECRET.fullmatch(secret_token):
            raise ValueError("a Telegram secret token is 1 to 256 of A-Z a-z 0-9 _ -")
        keep_secrets_out_of_logs()
        # The library's coming meaning of retry_after; with the old one it warns on every 429.
        os.environ.setdefault("PTB_TIMEDELTA", "true")
        self._secret = secret_token
        self._share_location_label = share_location_label
        self._photo_retry_seconds = tuple(photo_retry_seconds)
        self._clock = clock
        self._throttled_at: dict[str, float] = {}
        certificates = httpx.create_ssl_context()  # read once: it costs more than all the rest of this door
        self._request = Request(
            connection_pool_size=32,
            connect_timeout=connect_timeout_seconds,
            read_timeout=read_timeout_seconds,
            write_timeout=read_timeout_seconds,
            pool_timeout=5.0,
            httpx_kwargs={"verify": certificates},
        )
        self._polling = Request(
            connection_pool_size=1,
            connect_timeout=connect_timeout_seconds,
            read_timeout=read_timeout_seconds,
            httpx_kwargs={"verify": certificates},
        )
        self._files = httpx.AsyncClient(
            verify=certificates,
            timeout=httpx.Timeout(read_timeout_seconds, connect=connect_timeout_seconds),
            limits=httpx.Limits(max_connections=4),
        )
        self._bot = telegram.Bot(
            token,
            base_url=f"{api_url}/bot",
            base_file_url=f"{api_url}/file/bot",
            request=self._request,
            get_updates_request=self._polling,
        )
        self._calls: dict[str, Callable[..., Awaitable[Any]]] = {
            "sendMessage": self._bot.send_message,
            "answerCallbackQuery": self._bot.answer_callback_query,
            "editMessageReplyMarkup": self._bot.edit_message_reply_markup,
            "leaveChat": self._bot.leave_chat,
            "deleteMessages": self._bot.delete_messages,
            "sendDocument": self._send_document,
        }

    async def aclose(self) -> None:
        await self._request.shutdown()
        await self._polling.shutdown()
        await self._files.aclose()

    # In

    def verify(self, header: str | None) -> bool:
        """Whether X-Telegram-Bot-Api-Secret-Token is ours, in constant time."""
        if self._secret is None or header is None:
            return False
        return hmac.compare_digest(header.encode("utf-8", "replace"), self._secret.encode())

    def peek(self, update: object) -> Peek | None:
        """Id and chat of an update, cheaply, for the inbox; None where it is no update."""
        return peek(update)

    def parse(self, payload: dict[str, Any]) -> Received | None:
        """An update as a message of ours; never raises.

        {"update_id": 10, "message": {"message_id": 1, "date": 1, "chat": {"id": 7, "type": "private"},
        "from": {"id": 7, "is_bot": false, "first_name": "Ada"}, "text": "hello"}} gives
        Received("7", Incoming(TELEGRAM, text="hello")).
        """
        try:
            return read_update(payload)
        except Exception as error:
            # The library raises nearly anything on a shape it does not expect. The update is in the inbox
            # and was acknowledged: one that cannot be read must not stop those after it.
            known = peek(payload)
            logger.warning(
                "telegram_update_unreadable update_id=%s error=%s",
                known.update_id if known else None,
                type(error).__name__,
            )
            return None

    async def poll(self, offset: int | None, *, timeout_seconds: int = 30) -> list[dict[str, Any]]:
        """Waits for updates from `offset` on, for where there is no public address; raw, in order of id.

        `offset` confirms all before it, so it is moved on only after they are committed. Raises SendError.
        """
        query: dict[str, str | int] = {
            "timeout": timeout_seconds,
            "allowed_updates": json.dumps(list(ALLOWED_UPDATES)),
        }
        if offset is not None:
            query["offset"] = offset
        # Past Bot.get_updates, which reads all updates of a batch or none: one of a new kind would hold up
        # every other, for ever.
        wait = timeout_seconds + (self._polling.read_timeout or 0.0)
        try:
            updates = await self._polling.post(
                f"{self._bot.base_url}/getUpdates?{urlencode(query)}", read_timeout=wait
            )
        except TelegramError as error:
            raise self._translated(error, "poll") from None
        if not isinstance(updates, list):
            raise Unreachable("telegram_odd_answer")
        return [update for update in updates if isinstance(update, dict)]

    async def set_webhook(self, public_url: str) -> None:
        """Has Telegram send updates to `public_url`/telegram/webhook with our secret. Raises SendError."""
        if self._secret is None:
            raise ValueError("a webhook needs a secret token")
        url = f"{public_url.rstrip('/')}/telegram/webhook"
        await self._administer(
            self._bot.set_webhook(url, allowed_updates=list(ALLOWED_UPDATES), secret_token=self._secret)
        )

    async def delete_webhook(self) -> None:
        """Stops webhooks, as polling needs; updates that wait are kept. Raises SendError."""
        await self._administer(self._bot.delete_webhook(drop_pending_updates=False))

    async def _administer(self, call: Awaitable[bool]) -> None:
        try:
            await call
        except TelegramError as error:
            raise self._translated(error, "administer") from None

    # Out

    def render(self, reply: Reply) -> list[dict[str, Any]]:
        """[{"method": "sendMessage", "params": {...}}, ...], without chat_id; buttons under the last part."""
        parts = split_text(reply.text, MAX_TEXT_UNITS, utf16_units)
        bodies = [_message(part) for part in parts]
        if bodies:
            bodies[-1]["params"]["reply_markup"] = self._keyboard(reply)
        return bodies

    def _keyboard(self, reply: Reply) -> dict[str, Any]:
        if reply.wants_location:
            # Only a keyboard in place of the phone's own can ask for a position, and a message has one kind
            # of keyboard: the choices go onto it as words, which the engine reads as it reads typed ones.
            share = {"text": self._share_location_label, "request_location": True}
            choices = [[{"text": button.label} for button in row] for row in _rows(reply.buttons)]
            return {"keyboard": [[share], *choices], "resize_keyboard": True, "one_time_keyboard": True}
        if reply.buttons:
            return {
                "inline_keyboard": [
                    [{"text": button.label, "callback_data": _payload(button)} for button in row]
                    for row in _rows(reply.buttons)
                ]
            }
        # The position keyboard of an earlier question goes with the first message that can take it away.
        return {"remove_keyboard": True}

    def render_file(self, name: str, make_page: Callable[[], str]) -> dict[str, Any] | None:
        """{"method": "sendDocument", "params": {"file": {"name", "page"}}}, without chat_id."""
        return {"method": "sendDocument", "params": {"file": {"name": name, "page": make_page()}}}

    def retire(self, provider_ref: str) -> dict[str, Any] | None:
        """The body that takes the buttons off the message `provider_ref`."""
        return (
            without_buttons(int(provider_ref)) if provider_ref.isascii() and provider_ref.isdigit() else None
        )

    def erase(self, provider_refs: Sequence[str]) -> list[dict[str, Any]]:
        """deleteMessages takes 1 to 100 ids at a time, and a bot's own messages for 48 hours (Bot API)."""
        ids = [int(ref) for ref in provider_refs if ref.isascii() and ref.isdigit()]
        return [
            {"method": "deleteMessages", "params": {"message_ids": ids[at : at + MOST_DELETED]}}
            for at in range(0, len(ids), MOST_DELETED)
        ]

    async def send(self, address: str, body: dict[str, Any], *, key: str) -> str:
        """Makes one call for the chat `address`; returns the message's id, "" where the call makes none.

        `key` is not used: Telegram takes no id of ours. Raises SendError.
        """
        method, params = body["method"], dict(body["params"])
        call = self._calls[method]
        is_chore = method not in ("sendMessage", "sendDocument")
        if method != "answerCallbackQuery":
            try:
                params["chat_id"] = int(address)
            except ValueError:
                raise Rejected("telegram_bad_address") from None
        try:
            answer = await call(**params)
        except TelegramError as error:
            if is_chore and is_done_anyway(error):
                return ""
            failed = self._translated(error, address)
        except Exception as error:
            # The answer came and the library could not read it, as when a field it counts on is gone.
            logger.error("telegram_answer_unreadable method=%s error=%s", method, type(error).__name__)
            failed = Uncertain("telegram_odd_answer")
        else:
            return str(answer.message_id) if isinstance(answer, telegram.Message) else ""
        if is_chore and isinstance(failed, Uncertain):
            raise Unreachable(failed.code)  # done twice it is done once, so it may simply be tried again
        raise failed

    async def _send_document(self, chat_id: int, file: dict[str, str]) -> telegram.Message:
        data = telegram.InputFile(file["page"].encode(), filename=file["name"])
        return await self._bot.send_document(chat_id, data, disable_content_type_detection=True)

    async def find_sent(self, address: str, body: dict[str, Any], *, key: str, since: datetime) -> str | None:
        raise LookupError("Telegram keeps no list of what a bot sent")

    def _translated(self, error: TelegramError, address: str) -> SendError:
        return self._throttled(error, address) if isinstance(error, RetryAfter) else translated(error)

    def _throttled(self, error: RetryAfter, address: str) -> Throttled:
        """Telegram does not say whether one chat got too much or the bot sends too much.

        One chat may get about one message a second, and its 429 asks for a second or three. The bot's own
        limit asks for longer, and meets whichever chat comes next. So it is the whole door's where it is
        longer than 5 s, or the second chat within 5 s: going on then would lengthen the block.
        """
        waited = error.retry_after
        seconds = float(waited) if isinstance(waited, int) else waited.total_seconds()
        now = self._clock()
        recent = {chat: at for chat, at in self._throttled_at.items() if now - at <= DOOR_WIDE_RETRY_SECONDS}
        whole_door = seconds > DOOR_WIDE_RETRY_SECONDS or bool(recent.keys() - {address})
        self._throttled_at = recent | {address: now}
        return Throttled("telegram_429", retry_after_seconds=seconds, whole_door=whole_door)

    # Photos

    async def fetch_photo(self, ref: str) -> bytes:
        """The file behind a file id. Raises PhotoUnavailable: photo.too_large or photo.unavailable."""
        return await fetch_patiently(lambda: self._download(ref), self._photo_retry_seconds)

    async def _download(self, ref: str) -> bytes:
        try:
            file = await self._bot.get_file(ref)
            if (file.file_size or 0) > MAX_FILE_BYTES:
                raise PhotoUnavailable("photo.too_large")
            url = file.file_path or ""
            # Streamed by us and not by the library, which has no bound, and which reads a path on this
            # machine where the answer names one. The address holds the token: never logged, never raised.
            if not url.startswith(f"{self._bot.base_file_url}/"):
                raise PhotoUnavailable("photo.unavailable")
            async with self._files.stream("GET", url) as answer:
                if answer.status_code >= 500:
                    raise PassingFault(f"telegram_file_{answer.status_code}")
                if answer.status_code != 200:
                    raise PhotoUnavailable("photo.unavailable")
                return await read_bounded(answer)
        except BadRequest as error:
            too_large = "too big" in error.message.lower()
            raise PhotoUnavailable("photo.too_large" if too_large else "photo.unavailable") from None
        except (TelegramError, httpx.HTTPError, httpx.InvalidURL, KeyError, TypeError) as error:
            raise PassingFault(f"telegram_{type(error).__name__}") from None


def _message(text: str) -> dict[str, Any]:
    return {"method": "sendMessage", "params": {"text": text, "link_preview_options": {"is_disabled": True}}}


def _rows(buttons: Sequence[Button]) -> list[Sequence[Button]]:
    """Two beside each other where every label is short, else one below the other."""
    width = 2 if all(sum(map(utf16_units, b.label)) <= SHORT_LABEL_UNITS for b in buttons) else 1
    return [buttons[at : at + width] for at in range(0, len(buttons), width)]


def _payload(button: Button) -> str:
    if not 1 <= len(button.payload.encode()) <= MAX_PAYLOAD_BYTES:
        raise ValueError(f"a button's payload is 1 to {MAX_PAYLOAD_BYTES} bytes")
    return button.payload


def keep_secrets_out_of_logs() -> None:
    """The token is in every address, and httpx logs addresses; the library logs whole messages."""
    for name in ("httpx", "httpcore", "telegram"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # Its one error message is the whole of an answer it could not read.
    logging.getLogger("telegram.request").setLevel(logging.CRITICAL)
