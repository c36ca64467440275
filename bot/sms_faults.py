"""What a failed call of Twilio's API means: did the text go out, may it go out later, or never?

Error codes: https://www.twilio.com/docs/api/errors
"""

import logging
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.exceptions import RequestException
from twilio.base.exceptions import (  # type: ignore[import-untyped]
    TwilioException,
    TwilioRestException,
    TwilioServiceException,
)
from twilio.http.response import Response  # type: ignore[import-untyped]
from urllib3.exceptions import MaxRetryError

from bot.channel import ContactStopped, Rejected, SendError, Throttled, Uncertain, Unreachable

logger = logging.getLogger(__name__)

STOPPED = 21610  # the citizen texted STOP to the number
SERVICE_UNAVAILABLE = 20503
DEFAULT_RETRY_SECONDS = 2.0
# Seconds to wait, and whether the whole door waits.
_WAITS = {
    14107: (60.0, False),  # too many to this one number
    20429: (DEFAULT_RETRY_SECONDS, True),  # too many calls at a time
    21611: (60.0, True),  # the number's queue is full
    63038: (3600.0, True),  # the account's daily limit
}
# Wrong in our settings, and so for every message: the number, the callback's address, a trial account.
_SETTINGS = frozenset({21212, 21603, 21606, 21608, 21609, 21659, 21660, 21661})
# Smaller ones are an HTTP status, put there by the client for lack of Twilio's own word: a proxy answered, or
# the API's address is wrong.
_FIRST_CODE = 10_000


class TwilioTransport:
    """What the client sends its requests through: an address of our choice, two timeouts, no log.

    In place of the client's own, which logs whole requests and has one timeout for all.
    """

    def __init__(
        self, api_url: str | None, *, connect_timeout_seconds: float, read_timeout_seconds: float
    ) -> None:
        """`api_url` None leaves addresses as the client makes them, with the account's region and edge."""
        self._api = urlsplit(api_url) if api_url else None
        self._timeouts = (connect_timeout_seconds, read_timeout_seconds)
        self._session = requests.Session()

    def request(
        self,
        method: str,
        url: str,
        params: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Any:
        """One call, never repeated and never led elsewhere. Raises RequestException, and Throttled for a 429."""
        if self._api:
            asked = urlsplit(url)
            url = urlunsplit((self._api.scheme, self._api.netloc, asked.path, asked.query, ""))
        answer = self._session.request(
            method.upper(),
            url,
            params=params,
            data=data,
            headers=headers,
            auth=auth,
            timeout=self._timeouts,
            allow_redirects=False,
        )
        if answer.status_code == 429:
            raise _throttled(answer)
        return Response(answer.status_code, answer.text, answer.headers)

    def close(self) -> None:
        self._session.close()


def _throttled(answer: requests.Response) -> Throttled:
    told = answer.headers.get("Retry-After", "")
    seconds = float(told) if told.isascii() and told.isdigit() else DEFAULT_RETRY_SECONDS
    return Throttled("twilio_429", retry_after_seconds=seconds, whole_door=True)


def translated(error: TwilioException | RequestException) -> SendError:
    """Our error for the client's."""
    if isinstance(error, (TwilioRestException, TwilioServiceException)):
        return _refused(int(error.status or 0), int(error.code or 0))
    if isinstance(error, RequestException):
        return Unreachable("twilio_unreachable") if _never_left(error) else Uncertain("twilio_no_answer")
    return Uncertain("twilio_odd_answer")


def _refused(status: int, twilio_code: int) -> SendError:
    code = f"twilio_{twilio_code or status}"
    if twilio_code == STOPPED:
        return ContactStopped(code)
    if twilio_code in _WAITS:
        seconds, whole_door = _WAITS[twilio_code]
        return Throttled(code, retry_after_seconds=seconds, whole_door=whole_door)
    if status < 400 or status >= 500:
        # Twilio says of no 5xx that nothing happened, but of this one.
        return Unreachable(code) if twilio_code == SERVICE_UNAVAILABLE else Uncertain(code)
    refused_us = twilio_code < _FIRST_CODE or 20_000 <= twilio_code < 21_000  # account, password, address
    if refused_us or twilio_code in _SETTINGS:
        logger.error("twilio_settings_refused code=%s", code)
        return Unreachable(code)
    return Rejected(code)


def _never_left(error: RequestException) -> bool:
    """Whether the request failed before a byte of it was sent. With no retries, urllib3 raises MaxRetryError
    only for the connection itself; a connection that broke later comes as it is."""
    before_sending = (
        requests.exceptions.ConnectTimeout,
        requests.exceptions.InvalidURL,
        requests.exceptions.ProxyError,
        requests.exceptions.SSLError,
    )
    if isinstance(error, before_sending):
        return True
    return isinstance(error, requests.exceptions.ConnectionError) and isinstance(
        error.args[0] if error.args else None, MaxRetryError
    )
