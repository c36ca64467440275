"""The SMS door, through Twilio: signed webhooks in, the REST API out.

Replies never go back as the webhook's own answer (TwiML): that cannot be repeated or told apart when it is
lost. Twilio has no idempotency key for messages, so each carries our key in its status callback's address,
and one of unknown outcome is looked up in the account's list. https://www.twilio.com/docs/messaging/api
"""

import asyncio
import functools
import logging
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import quote, urljoin, urlsplit

import httpx
from requests.exceptions import RequestException
from twilio.base.exceptions import TwilioException  # type: ignore[import-untyped]
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]

from bot.channel import PhotoUnavailable, Received, Rejected, SendError, Uncertain, Unreachable
from bot.downloads import PassingFault, fetch_patiently, read_bounded
from bot.segments import count_segments, fold, gsm_units, is_gsm7, split_text, utf16_units
from bot.sms_faults import TwilioTransport, translated
from flows.messages import ChannelName, Incoming, Reply

logger = logging.getLogger(__name__)

TWILIO_API = "https://api.twilio.com"
# Ten joined segments; Twilio itself takes 1,600 characters, of either alphabet.
MAX_GSM_UNITS = 1530
MAX_UCS2_UNITS = 670
MAX_MEDIA = 10
MAX_REDIRECTS = 5
LISTED_MESSAGES = 200
# Twilio's times are whole seconds of its own clock, and `since` is read on ours.
CLOCK_SLACK = timedelta(seconds=5)

_E164 = re.compile(r"\+[1-9]\d{6,14}")  # https://www.twilio.com/docs/glossary/what-e164
_SID = re.compile(r"(SM|MM)[0-9a-fA-F]{32}")
_STATUS = re.compile(r"[a-z_]{1,30}")
_HOST = re.compile(r"[a-z0-9.-]+")
_MEDIA_HOSTS = (".twilio.com", ".twiliocdn.com")

T = TypeVar("T")
Fields = list[list[str]]


@dataclass(frozen=True)
class Peek:
    """What the inbox needs before a message is read: its MessageSid, and its sender where one can be answered."""

    sid: str
    sender: str | None


class SmsChannel:
    """The door for one number of one Twilio account. URLs without a slash at their end.

    `public_url` is the address Twilio was given for us: signatures are made over it.
    """

    name = ChannelName.SMS
    # Calls, not segments: Twilio queues for its carriers, and refuses only too many calls at a time.
    rate_per_second = 10.0
    burst = 10
    retires_buttons = False

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        number: str,
        api_url: str,
        public_url: str,
        *,
        connect_timeout_seconds: float = 5.0,
        read_timeout_seconds: float = 10.0,
        photo_retry_seconds: Sequence[float] = (1.0, 3.0),
    ) -> None:
        if not (account_sid and auth_token and number):
            # With an empty token anybody could sign.
            raise ValueError("the SMS door needs an account SID, an auth token and a number")
        keep_secrets_out_of_logs()
        self._account_sid = account_sid
        self._number = number
        self._api_url = api_url.rstrip("/")
        self._public_url = public_url.rstrip("/")
        self._photo_retry_seconds = tuple(photo_retry_seconds)
        self._auth = b64encode(f"{account_sid}:{auth_token}".encode()).decode()
        self._validator = RequestValidator(auth_token)
        self._transport = TwilioTransport(
            None if self._api_url == TWILIO_API else self._api_url,
            connect_timeout_seconds=connect_timeout_seconds,
            read_timeout_seconds=read_timeout_seconds,
        )
        self._client = Client(account_sid, auth_token, http_client=self._transport)
        # Threads of its own: a supplier that hangs must not use up those others wait for.
        self._threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix="twilio")
        self._files = httpx.AsyncClient(
            timeout=httpx.Timeout(read_timeout_seconds, connect=connect_timeout_seconds),
            limits=httpx.Limits(max_connections=4),
        )

    async def aclose(self) -> None:
        await self._files.aclose()
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._transport.close()

    # In

    def verify(self, path_and_query: str, form: Any, signature: str | None) -> bool:
        """Whether Twilio signed this request, in constant time.

        `path_and_query` as received ("/sms/webhook?a=1"); `form` the request's multi-dict itself, since
        repeated and blank fields are signed too, or the raw body of a request that is no form.
        https://www.twilio.com/docs/usage/webhooks/webhooks-security
        """
        if not signature:
            return False
        try:
            return bool(self._validator.validate(self._public_url + path_and_query, form, signature))
        except (TypeError, ValueError, LookupError):
            # The library falls over a body where it expects fields, an uploaded file, or an odd port.
            return False

    def peek(self, form: Any) -> Peek | None:
        """The message's id and sender, for the inbox; None where it is no message of Twilio's."""
        fields = _by_name(form)
        sid = fields.get("MessageSid") or fields.get("SmsSid") or ""
        if not _SID.fullmatch(sid):
            return None
        sender = fields.get("From", "")
        return Peek(sid, sender if _E164.fullmatch(sender) else None)

    def parse(self, payload: dict[str, Any]) -> Received | None:
        """A message of ours; None where there is nobody to reply to (a short code, a name as sender).

        {"fields": [["MessageSid", "SM..."], ["From", "+447700900123"], ["Body", "hello"], ["NumMedia", "0"]]}
        gives Received("+447700900123", Incoming(SMS, text="hello")).
        """
        fields = _by_name(payload.get("fields"))
        sender = fields.get("From", "")
        if not _E164.fullmatch(sender):
            return None
        text = fields.get("Body", "")
        opt_out = fields.get("OptOutType", "").upper()
        if opt_out in ("STOP", "START", "HELP"):
            # Twilio took the word for one of its own and has answered it; the account may have further
            # words for it than we know, so ours stands in for what was typed.
            return Received(
                sender,
                Incoming(ChannelName.SMS, text=opt_out),
                blocked={"STOP": True, "START": False}.get(opt_out),
                answered_by_carrier=True,
            )
        photos, notice = self._media(fields)
        return Received(sender, Incoming(ChannelName.SMS, text=text, notice=notice), photo_refs=photos)

    def _media(self, fields: Mapping[str, str]) -> tuple[tuple[str, ...], str | None]:
        """The addresses of photos, and a text key where there was something else."""
        told = fields.get("NumMedia", "")
        count = min(int(told), MAX_MEDIA) if told.isascii() and told.isdigit() and len(told) < 6 else 0
        photos: list[str] = []
        notice = None
        for index in range(count):
            url = fields.get(f"MediaUrl{index}", "")
            kind = fields.get(f"MediaContentType{index}", "").lower()
            if kind.startswith("image/") and self._may_fetch(url):
                photos.append(url)
            elif kind.startswith(("audio/", "video/")):
                notice = notice or "notice.voice"
            else:
                notice = notice or "notice.other"
        return tuple(photos), notice

    async def list_inbound(self, since: datetime) -> list[dict[str, Any]]:
        """Messages sent to our number from `since` (aware) on, oldest first, as `parse` and `peek` take them.

        A webhook that found us away is lost: Twilio repeats it only where the connection itself failed. This
        is what the backfill reads. Raises SendError.
        """
        listed = await self._call(self._list_inbound, since)
        return [{"fields": fields} for fields in listed]

    def _list_inbound(self, since: datetime) -> list[Fields]:
        found = self._client.messages.list(
            to=self._number, date_sent_after=since - CLOCK_SLACK, page_size=100
        )
        return [self._as_webhook(message) for message in reversed(found) if message.direction == "inbound"]

    def _as_webhook(self, message: Any) -> Fields:
        fields = [
            ["MessageSid", message.sid or ""],
            ["From", message.from_ or ""],
            ["To", message.to or ""],
            ["Body", message.body or ""],
            ["NumMedia", message.num_media or "0"],
        ]
        if fields[-1][1] != "0":
            for index, media in enumerate(
                self._client.messages(message.sid or "").media.list(limit=MAX_MEDIA)
            ):
                url = f"{self._api_url}{(media.uri or '').removesuffix('.json')}"
                fields += [[f"MediaUrl{index}", url], [f"MediaContentType{index}", media.content_type or ""]]
        return fields

    # Out

    def render(self, reply: Reply) -> list[dict[str, Any]]:
        """[{"text", "segments"}, ...]: folded to the phone networks' alphabet, ten segments at most each."""
        text = fold(reply.to_sms())
        limit, units_of = (MAX_GSM_UNITS, gsm_units) if is_gsm7(text) else (MAX_UCS2_UNITS, utf16_units)
        parts = split_text(text, limit, units_of)
        return [{"text": part, "segments": count_segments(part).segments} for part in parts]

    def render_file(self, name: str, make_page: Callable[[], str]) -> dict[str, Any] | None:
        return None

    def retire(self, provider_ref: str) -> dict[str, Any] | None:
        return None

    def erase(self, provider_refs: Sequence[str]) -> list[dict[str, Any]]:
        return []

    async def send(self, address: str, body: dict[str, Any], *, key: str) -> str:
        """Sends one text; returns its SID. Raises SendError."""
        if not _E164.fullmatch(address):
            raise Rejected("twilio_bad_address")
        callback = f"{self._public_url}/sms/status?k={quote(key, safe='')}"
        message = await self._call(
            self._client.messages.create,
            to=address,
            from_=self._number,
            body=body["text"],
            status_callback=callback,
        )
        if not message.sid:
            raise Uncertain("twilio_odd_answer")
        return str(message.sid)

    async def find_sent(self, address: str, body: dict[str, Any], *, key: str, since: datetime) -> str | None:
        """The SID of the text with exactly these words that was made at or after `since` (aware), or None.

        One that the network could not deliver was sent all the same. Raises SendError.
        """
        try:
            return await self._call(self._find_sent, address, body["text"], since - CLOCK_SLACK)
        except Uncertain as error:
            raise Unreachable(error.code) from None  # a question that got no answer can be asked again

    def _find_sent(self, address: str, text: str, since: datetime) -> str | None:
        # Not by Twilio's own date filter: that goes by the date of sending, which a queued text has not got.
        found = self._client.messages.list(to=address, from_=self._number, limit=LISTED_MESSAGES)
        same = [
            message
            for message in found
            if (message.body or "").strip() == text.strip()
            and message.date_created is not None
            and message.date_created >= since
        ]
        oldest = min(same, key=lambda message: message.date_created or since, default=None)
        return str(oldest.sid) if oldest else None

    async def _call(self, call: Callable[..., T], *args: Any, **options: Any) -> T:
        """Runs a call of the client in a thread; its errors become ours.

        Raised `from None`: the library's texts hold phone numbers, in addresses and in Twilio's own words.
        """
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._threads, functools.partial(call, *args, **options))
        except SendError:
            raise
        except (TwilioException, RequestException) as error:
            failed = translated(error)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            # The answer came and the client could not read it.
            logger.error("twilio_answer_unreadable error=%s", type(error).__name__)
            failed = Uncertain("twilio_odd_answer")
        raise failed

    def parse_status(self, form: Any) -> tuple[str, str] | None:
        """The SID and status ("queued", "sent", "delivered", "undelivered", "failed") a callback tells."""
        fields = _by_name(form)
        sid = fields.get("MessageSid") or fields.get("SmsSid") or ""
        status = fields.get("MessageStatus") or fields.get("SmsStatus") or ""
        return (sid, status) if _SID.fullmatch(sid) and _STATUS.fullmatch(status) else None

    # Photos

    async def fetch_photo(self, ref: str) -> bytes:
        """The photo at the address a webhook gave. Raises PhotoUnavailable: photo.too_large or .unavailable."""
        return await fetch_patiently(lambda: self._download(ref), self._photo_retry_seconds)

    async def _download(self, url: str) -> bytes:
        for _ in range(MAX_REDIRECTS):
            if not self._may_fetch(url):
                break
            # The account's password goes to the API alone, not to the store it sends us on to.
            headers = {"Authorization": f"Basic {self._auth}"} if self._is_api(url) else {}
            try:
                async with self._files.stream("GET", url, headers=headers) as answer:
                    if answer.is_redirect:
                        url = urljoin(url, answer.headers["Location"])
                        continue
                    if answer.status_code == 200:
                        return await read_bounded(answer)
                    # Media may be a moment late: the webhook comes as soon as the message is known.
                    if answer.status_code >= 500 or answer.status_code in (404, 429):
                        raise PassingFault(f"twilio_media_{answer.status_code}")
                    break
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise PassingFault(f"twilio_media_{type(error).__name__}") from None
        raise PhotoUnavailable("photo.unavailable")

    def _is_api(self, url: str) -> bool:
        return _origin(url) in (_origin(self._api_url), TWILIO_API)

    def _may_fetch(self, url: str) -> bool:
        """Twilio's hosts over HTTPS, or the API we were given: no address in a message leads us elsewhere."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            return False
        if _origin(url) == _origin(self._api_url):
            return True
        host = parts.hostname or ""
        plain = parts.scheme == "https" and port in (None, 443) and "@" not in parts.netloc
        return plain and _HOST.fullmatch(host) is not None and host.endswith(_MEDIA_HOSTS)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _by_name(form: Any) -> dict[str, str]:
    """The first value of each text field, from pairs or from a form's multi-dict."""
    pairs: Iterable[Any] = form.multi_items() if hasattr(form, "multi_items") else form
    found: dict[str, str] = {}
    if not isinstance(pairs, (list, tuple)):
        return found
    for pair in pairs:
        if isinstance(pair, (list, tuple)) and len(pair) == 2 and all(isinstance(part, str) for part in pair):
            found.setdefault(pair[0], pair[1])
    return found


def keep_secrets_out_of_logs() -> None:
    """The client logs whole requests, and both HTTP libraries log addresses with numbers in them."""
    for name in ("twilio", "urllib3", "httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
