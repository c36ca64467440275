"""What every door can do, and how a send can go wrong.

SendError
├── Throttled        the supplier says wait (HTTP 429); nothing went out
├── Unreachable      nothing went out (no connection, 5xx that promises so); try again later
├── Uncertain        the request left and no answer came: it may or may not have gone out
├── Rejected         this message will never be taken (no such chat, not a mobile number)
└── ContactStopped   the citizen blocked us or texted STOP to the supplier; a webhook is gone for good
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from flows.messages import ChannelName, Incoming, Reply


class SendError(Exception):
    """A message could not be handed over. `code` is the supplier's, for the log and staff."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Throttled(SendError):
    """Wait `retry_after_seconds` before the next call: of this chat, or of the whole door."""

    def __init__(self, code: str, *, retry_after_seconds: float, whole_door: bool) -> None:
        super().__init__(code)
        self.retry_after_seconds = retry_after_seconds
        self.whole_door = whole_door


class Unreachable(SendError):
    """Nothing went out; try again later."""


class Uncertain(SendError):
    """It may have gone out."""


class Rejected(SendError):
    """It will never be taken."""


class ContactStopped(SendError):
    """The citizen no longer wants messages here."""


class PhotoUnavailable(Exception):
    """A photo the supplier announced could not be fetched. `code` is a text key such as photo.too_large."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Received:
    """A supplier's message in our shape.

    `address` is where replies go (Telegram chat id, E.164 number). `incoming` is None where there is
    nothing to answer. `photo_refs` are fetched later with `fetch_photo`. `chores` are send bodies that
    go out before any reply (answering a button press, retiring its buttons). `blocked` tells that the
    citizen shut the door on us (True), opened it again (False), or neither (None).
    `answered_by_carrier` marks a keyword (STOP, HELP) the phone network answers itself, so that we must
    not answer twice. `network` is a keyed hash (bot/networks.py), "" at doors that know none.
    """

    address: str
    incoming: Incoming | None
    photo_refs: tuple[str, ...] = ()
    chores: tuple[dict[str, Any], ...] = ()
    blocked: bool | None = None
    answered_by_carrier: bool = False
    network: str = ""


class Outlet(Protocol):
    """Where what was promised can be handed over: a door, or another case system."""

    @property
    def rate_per_second(self) -> float: ...

    @property
    def burst(self) -> int: ...

    async def send(self, address: str, body: dict[str, Any], *, key: str) -> str: ...

    async def find_sent(
        self, address: str, body: dict[str, Any], *, key: str, since: datetime
    ) -> str | None: ...


class Channel(Protocol):
    """A door that sends. Verifying the caller happens in its route, on the raw request."""

    name: ChannelName
    rate_per_second: float  # what the supplier lets the whole door send
    burst: int
    retires_buttons: bool  # whether buttons of earlier messages can be taken off

    def parse(self, payload: dict[str, Any]) -> Received | None:
        """The supplier's message as kept in the inbox; None where it is of no kind we answer."""
        ...

    def render(self, reply: Reply) -> list[dict[str, Any]]:
        """The send bodies (JSON) one reply becomes, in order."""
        ...

    def render_file(self, name: str, make_page: Callable[[], str]) -> dict[str, Any] | None:
        """The send body of a file that holds a page of text; None where the door takes no files (none is made then)."""
        ...

    def retire(self, provider_ref: str) -> dict[str, Any] | None:
        """The body that takes the buttons off a message sent earlier; None where the door has none."""
        ...

    def erase(self, provider_refs: Sequence[str]) -> list[dict[str, Any]]:
        """The bodies that take messages sent earlier away again; none where the door cannot."""
        ...

    async def send(self, address: str, body: dict[str, Any], *, key: str) -> str:
        """Hand one body over; returns the supplier's id of it. Raises SendError."""
        ...

    async def find_sent(self, address: str, body: dict[str, Any], *, key: str, since: datetime) -> str | None:
        """The supplier's id where a send of unknown outcome did go out; None where it did not.

        Raises Unreachable while the supplier cannot be asked and LookupError where it never can be
        (Telegram keeps no list of what a bot sent).
        """
        ...

    async def fetch_photo(self, ref: str) -> bytes:
        """The photo's bytes, at most 20 MB. Raises PhotoUnavailable."""
        ...
