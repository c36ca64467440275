"""Makes whole encampment reports over an HTTP chat, several at a time, and times every message."""

import asyncio
import math
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import httpx

from bench.dialects import Chat, ChatFailed
from bench.script import ANSWERS, NoAnswer, Script, find_reference

# A report takes at most 17 messages even where nothing is understood at once; more is going round in circles.
MOST_MESSAGES = 25
# As many rows as the peer needs messages for a report.
FLOOR_MESSAGES = 9
TIMEOUT_SECONDS = 60.0

OpenChat = Callable[[httpx.AsyncClient], Chat]


class ReportFailed(Exception):
    """A report did not end in a reference; the text says why."""


@dataclass
class Tally:
    """What has been counted so far. A message that was not answered has its time here too: it was waited for."""

    latencies_ms: list[float] = field(default_factory=list)
    answered: int = 0
    failures: Counter[str] = field(default_factory=Counter)

    async def say(self, chat: Chat, text: str) -> str:
        """Says one message, timed from sending to the whole answer. Raises ChatFailed."""
        started = time.perf_counter()
        try:
            heard = await chat.say(text)
        finally:
            self.latencies_ms.append((time.perf_counter() - started) * 1000)
        self.answered += 1
        return heard


@dataclass(frozen=True)
class LoadResult:
    """One load on one system. `failures` is reason -> reports; p50 and p95 are over all messages sent."""

    at_a_time: int
    reports: int
    messages: int
    seconds: float
    messages_per_second: float
    p50_ms: float
    p95_ms: float
    failures: dict[str, int]

    @property
    def failed(self) -> int:
        """Reports that did not end in a reference."""
        return sum(self.failures.values())


Report = Callable[[httpx.AsyncClient, int, Tally], Awaitable[None]]


def reporting(open_chat: OpenChat, questions: dict[str, str]) -> Report:
    """A report made in conversation: the opening, an answer to whatever is asked, until a reference is heard."""

    async def report(client: httpx.AsyncClient, number: int, tally: Tally) -> None:
        script = Script(number, questions)
        chat = open_chat(client)
        await chat.begin()
        text = script.opening
        for _ in range(MOST_MESSAGES):
            heard = await tally.say(chat, text)
            if find_reference(heard) is not None:
                return
            text = script.answer(heard)
        raise ReportFailed(f"no reference after {MOST_MESSAGES} messages")

    return report


def pouring(open_chat: OpenChat) -> Report:
    """For the floor, which asks nothing: as many messages as a report has, one after the other."""

    async def report(client: httpx.AsyncClient, number: int, tally: Tally) -> None:
        script = Script(number, {})
        chat = open_chat(client)
        await chat.begin()
        words = [script.opening, *(choices[number % len(choices)] for choices in ANSWERS.values())]
        for text in words[:FLOOR_MESSAGES]:
            await tally.say(chat, text)

    return report


async def drive(
    base_url: str,
    report: Report,
    *,
    reports: int,
    at_a_time: int,
    on_report: Callable[[], None] = lambda: None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> LoadResult:
    """Makes `reports` reports, `at_a_time` of them in parallel; each citizen waits for the answer to go on."""
    tally = Tally()
    numbers = iter(range(reports))

    async def citizen(client: httpx.AsyncClient) -> None:
        for number in numbers:
            try:
                await report(client, number, tally)
            except (ChatFailed, ReportFailed) as error:
                tally.failures[str(error)] += 1
            except NoAnswer as error:
                tally.failures[f"no answer written for: {error}"] += 1
            on_report()

    limits = httpx.Limits(max_connections=at_a_time, max_keepalive_connections=at_a_time)
    async with httpx.AsyncClient(
        base_url=base_url, limits=limits, timeout=TIMEOUT_SECONDS, trust_env=False, transport=transport
    ) as client:
        started = time.perf_counter()
        await asyncio.gather(*(citizen(client) for _ in range(at_a_time)))
        seconds = time.perf_counter() - started
    return LoadResult(
        at_a_time=at_a_time,
        reports=reports,
        messages=len(tally.latencies_ms),
        seconds=round(seconds, 3),
        messages_per_second=round(tally.answered / seconds, 1) if seconds else 0.0,
        p50_ms=round(find_percentile(tally.latencies_ms, 50), 1),
        p95_ms=round(find_percentile(tally.latencies_ms, 95), 1),
        failures=dict(tally.failures),
    )


def find_percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least `percent` of all are not above (nearest rank); 0 where there are none."""
    if not values:
        return 0.0
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]
