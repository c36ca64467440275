"""How soon an answer leaves once a message is understood: every topic through real turns on a real database file."""

import asyncio
import itertools
import json
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from bench.load import find_percentile
from bench.machine import describe_machine
from bot.photo_keeper import PhotoKeeper
from bot.photos import PhotoStore
from bot.turns import Source, Turns
from bot.webchat import WebChannel
from flows.content import load_content
from flows.engine import Engine
from flows.messages import ChannelName
from flows.understanding import Ranked, Understanding
from storage.database import Database, Transaction
from storage.migrate import migrate
from storage.vault import Vault

ROOT = Path(__file__).resolve().parent.parent
RESULT = ROOT / "bench" / "results" / "answers.json"
ROUNDS = 10
MARK_MS = 30.0


@dataclass(frozen=True)
class AnswerTimes:
    """Milliseconds from the moment the words are understood to the answer kept and ready to be read."""

    answers: int
    p50_ms: float
    p95_ms: float
    longest_ms: float


class Understands:
    """Knows what is asked (the message is the topic), and when it said so."""

    def __init__(self) -> None:
        self.at = 0.0

    async def understand(self, text: str) -> Understanding:
        label = f"ask/{text.partition(' ')[0]}"
        self.at = time.perf_counter()
        return Understanding(label, 0.9, (Ranked(label, 0.9), Ranked("help", 0.05)))


def run(rounds: int = ROUNDS) -> None:
    """Measures, prints one line, writes bench/results/answers.json."""
    with tempfile.TemporaryDirectory(prefix="frontdoor-bench-") as scratch:
        machine = describe_machine(Path(scratch))
        found = asyncio.run(measure(Path(scratch), rounds))
    told = {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": asdict(machine),
        **asdict(found),
        "mark_ms": MARK_MS,
    }
    RESULT.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    Console().print(
        f"{found.answers} answers on {machine.cpu}, {machine.cores} cores, load {machine.load_at_start}: "
        f"p50 {found.p50_ms} ms, p95 {found.p95_ms} ms, longest {found.longest_ms} ms (wanted: {MARK_MS:g} ms). "
        f"Written: {RESULT.relative_to(ROOT)}",
        highlight=False,
        soft_wrap=True,
    )


async def measure(scratch: Path, rounds: int) -> AnswerTimes:
    """Every topic `rounds` times, one after the other, each from a citizen of its own."""
    database = Database(f"sqlite:///{scratch}/answers.db", Vault("a secret of this measurement alone"))
    migrate(database)
    engine, numbers, heard = (
        Engine(load_content(ROOT / "flows", ROOT / "county")),
        itertools.count(),
        Understands(),
    )
    source = Source(lambda: datetime.now(UTC), lambda: next(numbers), "bench")
    turns = Turns(
        database=database,
        engine=engine,
        interpreter=heard,
        channels={ChannelName.WEB: WebChannel()},
        photos=PhotoKeeper(database, PhotoStore(scratch / "photos", database.vault), source.now),
        source=source,
        lease_seconds=30,
        tries=3,
    )
    times = []
    try:
        for number in range(rounds):
            for topic in engine.content.knowledge:
                address = f"{topic}-{number}"
                key = database.conversation_key("web", address)
                payload = {"address": address, "text": f"{topic} please", "id": address}
                now = source.now()
                await database.run(_accept, address, key, payload, now)
                (item,) = await turns.claim_waiting(1)
                replies = await turns.take(item)
                times.append((time.perf_counter() - heard.at) * 1000)
                if not replies:
                    raise RuntimeError(f"no answer on {topic}")
    finally:
        database.dispose()
    p50, p95 = (round(find_percentile(times, percent), 1) for percent in (50, 95))
    return AnswerTimes(len(times), p50, p95, round(max(times), 1))


def _accept(tx: Transaction, address: str, key: str, payload: dict[str, str], now: datetime) -> None:
    tx.inbox.accept("web", address, key, payload, 1, now)
