"""Asks Rasa what a message means. The only file that knows its HTTP API; what comes out are our own values.

Rasa may be starting, slow, dead or talking nonsense at any time: then the answer is None, and the
conversation goes on with buttons, numbers and keywords.
"""

import asyncio
import contextlib
import logging
import re
import time
import unicodedata
from collections.abc import AsyncIterator, Callable
from typing import Any, Protocol

import httpx

from flows.understanding import Entity, Ranked, Understanding
from nlu.noise import is_noise

logger = logging.getLogger(__name__)

MAX_CHARACTERS = 1_000
TIMEOUT_SECONDS = 1.5
SLOT_WAIT_SECONDS = 3.0
CALLS_IN_FLIGHT = 4
FAILURES_ALLOWED = 5
OPEN_SECONDS = 5.0
UNKNOWN = "out_of_scope"
SURE_OF_LANGUAGE = 0.9
# What Rasa would strip or read as a ready-made intent ("/restart") before it looks at the words.
_LEADING = re.compile(r"[\s/\u200b-\u200f\u2060\ufeff]+")


class NotUnderstood(Exception):
    """The answer had not the shape Rasa promises; the text names the part, never its content."""


class Server(Protocol):
    """Where Rasa is to be found just now; read at each call, because a restart changes both."""

    @property
    def base_url(self) -> str:
        """Such as http://127.0.0.1:5005; empty while there is no server."""

    @property
    def token(self) -> str:
        """What the server asks for."""


class Breaker:
    """Opens after `allowed` failures in a row; every `open_seconds` lets one call try again."""

    def __init__(
        self,
        *,
        allowed: int = FAILURES_ALLOWED,
        open_seconds: float = OPEN_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._allowed = allowed
        self._open_seconds = open_seconds
        self._clock = clock
        self._failures = 0
        self._try_again_at = 0.0

    @property
    def is_open(self) -> bool:
        """Whether calls are held back."""
        return self._failures >= self._allowed

    def try_pass(self) -> bool:
        """Whether a call may go out now. While open, one in each period: the trial."""
        if not self.is_open:
            return True
        now = self._clock()
        if now < self._try_again_at:
            return False
        self._try_again_at = now + self._open_seconds
        return True

    def note_success(self) -> None:
        """A call was answered well."""
        self._failures = 0

    def note_failure(self) -> None:
        """A call failed."""
        self._failures += 1
        if self.is_open:
            self._try_again_at = self._clock() + self._open_seconds


class RasaInterpreter:
    """Turns the words of one message into an Understanding, over Rasa's /model/parse.

    transport: stands in for the network in tests. timeout_seconds: for one call; slot_wait_seconds: for one of
    the `at_once` places in flight, so that a burst waits its turn where a dead server would not be waited for.
    """

    def __init__(
        self,
        server: Server,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        breaker: Breaker | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
        slot_wait_seconds: float = SLOT_WAIT_SECONDS,
        at_once: int = CALLS_IN_FLIGHT,
    ) -> None:
        self._server = server
        self._breaker = breaker or Breaker()
        self._timeout_seconds = timeout_seconds
        self._slot_wait_seconds = slot_wait_seconds
        self._slots = asyncio.Semaphore(at_once)
        # No proxy and no credentials of the machine's: the call stays on this machine.
        self._client = httpx.AsyncClient(transport=transport, timeout=timeout_seconds, trust_env=False)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def understand(self, text: str) -> Understanding | None:
        """What the message means, or None where nobody can say just now.

        Only the text is sent: no name, number or id. Offsets of the entities fit `text` as given. What nobody
        wrote to be read is out of scope without asking.
        """
        skipped, sent = _make_harmless(text)
        if is_noise(text[skipped : skipped + MAX_CHARACTERS]):
            return Understanding(UNKNOWN, 0.0)
        async with self._slot() as has_slot:
            # Waiting for a slot says nothing about Rasa's health, so it is no failure.
            if not has_slot or not self._server.base_url or not self._breaker.try_pass():
                return None
            try:
                # The client's own timeout is per read; a trickle of bytes must not hold the slot for ever.
                async with asyncio.timeout(self._timeout_seconds):
                    answer = await self._client.post(
                        f"{self._server.base_url}/model/parse",
                        params={"token": self._server.token},
                        json={"text": sent},
                    )
                understanding = _read(answer, text, skipped)
            except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, NotUnderstood) as error:
                self._breaker.note_failure()
                logger.warning(
                    "nlu call failed", extra={"error": type(error).__name__, "characters": len(sent)}
                )
                return None
        self._breaker.note_success()
        return understanding

    @contextlib.asynccontextmanager
    async def _slot(self) -> AsyncIterator[bool]:
        try:
            async with asyncio.timeout(self._slot_wait_seconds):
                await self._slots.acquire()
        except TimeoutError:
            yield False
            return
        try:
            yield True
        finally:
            self._slots.release()


def _make_harmless(text: str) -> tuple[int, str]:
    """How many characters were left out in front, and what is sent in place of the text."""
    leading = _LEADING.match(text)
    skipped = leading.end() if leading else 0
    sent = _cut(text[skipped:].rstrip())
    # One character for one, so that offsets hold: halves of surrogate pairs and control characters.
    return skipped, "".join(" " if unicodedata.category(c) in {"Cs", "Cc"} else c for c in sent)


def _cut(text: str) -> str:
    """At most MAX_CHARACTERS: between words where one is near, and never inside a composed character."""
    if len(text) <= MAX_CHARACTERS:
        return text
    end = MAX_CHARACTERS
    space = max(text.rfind(" ", end - 60, end), text.rfind("\n", end - 60, end))
    if space > 0:
        return text[:space].rstrip()
    while end > MAX_CHARACTERS - 60 and _continues(text[end], text[end - 1]):
        end -= 1
    return text[:end]


def _continues(character: str, before: str) -> bool:
    joiner = "\u200d"
    return (
        bool(unicodedata.combining(character)) or joiner in (character, before) or character in "\ufe0e\ufe0f"
    )


def _read(answer: httpx.Response, text: str, skipped: int) -> Understanding:
    """Rasa's answer as our own value.

        {"text": "...", "intent": {"name": "ask.bike_locks", "confidence": 0.9},
         "entities": [{"entity": "caravans", "start": 0, "end": 1, "value": 6}],
         "intent_ranking": [{"name": "ask.bike_locks", "confidence": 0.9}],
         "language": {"name": "pl", "confidence": 0.97}}

    `language` is there only where it is sure. Raises NotUnderstood.
    """
    if answer.status_code != 200:
        raise NotUnderstood(f"status {answer.status_code}")
    try:
        body = answer.json()
        intent = body["intent"]
        best = _read_ranked(intent) if intent.get("name") else Ranked(UNKNOWN, 0.0)
        ranking = tuple(_read_ranked(r) for r in body.get("intent_ranking", []) if r.get("name"))
        entities = tuple(_read_entity(e, text, skipped) for e in body["entities"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotUnderstood(type(error).__name__) from error
    return Understanding(best.label, best.confidence, ranking, entities, _read_language(body.get("language")))


def _read_ranked(raw: dict[str, Any]) -> Ranked:
    name, confidence = raw["name"], float(raw["confidence"])
    if not isinstance(name, str) or not 0.0 <= confidence <= 1.0001:
        raise ValueError("neither a label nor a probability")
    # In the data a dot stands for the slash, which Rasa would read as a response selector's.
    label = "ask/" + name.removeprefix("ask.") if name.startswith("ask.") else name
    return Ranked(label, min(confidence, 1.0))


def _read_language(raw: Any) -> str | None:
    """The code of a language that is sure; None for all else, since what a message means is known without it."""
    if not isinstance(raw, dict):
        return None
    name, confidence = raw.get("name"), raw.get("confidence")
    is_sure = isinstance(confidence, int | float) and confidence >= SURE_OF_LANGUAGE
    return name if is_sure and isinstance(name, str) and re.fullmatch("[a-z]{2,3}", name) else None


def _read_entity(raw: dict[str, Any], text: str, skipped: int) -> Entity:
    name, start, end = raw["entity"], int(raw["start"]) + skipped, int(raw["end"]) + skipped
    value = raw.get("value")
    if not isinstance(name, str) or not 0 <= start < end <= len(text):
        raise ValueError("an entity outside the text")
    return Entity(name, text[start:end], value if isinstance(value, str | int) else None, start, end)
