"""The three example consultations answered by script through the real engine, doors and record.

By text: what a whole answer costs in segments and messages. By web chat: how long the service takes, without network
and model; beside a running service it is measured in served.py.
"""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from statistics import median

import httpx
from sqlalchemy import select

from bench.consultations.chatting import Chatted, play_chat
from bot.channel import Channel
from bot.exchange import Door
from bot.metrics import Metrics
from bot.photo_keeper import PhotoKeeper
from bot.photos import PhotoStore
from bot.sms import SmsChannel
from bot.turns import Source, Turns
from bot.web import make_app
from bot.webchat import WebChannel
from flows.content import Content
from flows.engine import Engine
from flows.messages import ChannelName
from flows.understanding import Understanding
from staff.consulting.operations import ConsultationDesk
from storage.database import Database, Transaction
from storage.migrate import migrate
from storage.tables import outbox
from storage.vault import Vault

MOST_SEGMENTS, MOST_MESSAGES = 14, 7
BEGINS = datetime(2026, 12, 15, 10, tzinfo=UTC)

TEXTED: Mapping[str, tuple[str, ...]] = {
    "precept_2027": (
        "police tax",
        "cv34",
        "im 52",
        "no",
        "3",
        "local police 40 roads 20 and 999 calls 40",
        "more police at night please",
    ),
    "plan_2029": (
        "police plan",
        "rugby",
        "4",
        "no",
        "3 1 5",
        "unsafe",
        "more light on the lanes at night",
    ),
    "youth_2027": (
        "youth",
        "16",
        "nuneaton",
        "four",
        "knives and online",
        "4",
        "later buses on saturday nights",
    ),
}
# The first is a link followed.
CHATTED: Mapping[str, tuple[str, ...]] = {
    "precept_2027": (
        "/start ask_precept_2027",
        "cv34",
        "> 45 to 64",
        "> No",
        "> £5 more a year (10p a week)",
        "40 20 20 20",
        "more police at night please",
        "> Send it",
    ),
    "plan_2029": (
        "/start ask_plan_2029",
        "rugby",
        "> 25 to 44",
        "> No",
        "> Violence at home",
        "> Danger on the roads",
        "> That is all",
        "> Unsafe",
        "more light on the lanes at night",
        "> Send it",
    ),
    "youth_2027": (
        "/start ask_youth_2027",
        "> 16 or 17",
        "nuneaton",
        "4",
        "> Knife crime",
        "> Online harm",
        "> Disagree",
        "later buses on saturday nights",
        "> Send it",
    ),
}


@dataclass(frozen=True)
class PlayedResult:
    """`seconds` are the median of what the service took in all runs; `words` are shown before the answers are sent."""

    consultation: str
    questions: int
    segments: int
    messages: int
    runs: int
    seconds: float
    longest_seconds: float
    words: int


class NotKept(Exception):
    """A script ended without an answer kept: the consultation or the words have changed."""


def measure_played(content: Content, folder: Path, *, runs: int) -> tuple[PlayedResult, ...]:
    """Raises NotKept."""
    played = []
    for id in TEXTED:
        place = folder / id
        place.mkdir()
        house = House(content, place)
        segments = house.text(id)
        chats = asyncio.run(house.chat(id, runs))
        times = [chat.seconds for chat in chats]
        house.check_kept(id, runs + 1)
        played.append(
            PlayedResult(
                id,
                len(content.consultations[id].questions),
                segments,
                len(TEXTED[id]),
                runs,
                round(median(times), 3),
                round(max(times), 3),
                chats[0].words,
            )
        )
    return tuple(played)


class Unspoken:
    """No model: every answer of the scripts is read for certain."""

    async def understand(self, text: str) -> Understanding | None:
        return None


def make_turns(
    database: Database, source: Source, content: Content, channels: dict[str, Channel], folder: Path
) -> Turns:
    """Turns that need no model."""
    return Turns(
        database=database,
        engine=Engine(content),
        interpreter=Unspoken(),
        channels=channels,
        photos=PhotoKeeper(database, PhotoStore(folder / "photos", database.vault), source.now),
        source=source,
        lease_seconds=30.0,
        tries=3,
    )


def make_door(database: Database, turns: Turns, source: Source, content: Content) -> Door:
    """What the routes work on."""
    return Door(
        database=database,
        turns=turns,
        source=source,
        metrics=Metrics(),
        photo_bytes=200_000,
        idle=timedelta(days=7),
        content=lambda: content,
    )


class House:
    """Turns over a real record with the doors for texts and the web, in December."""

    def __init__(self, content: Content, folder: Path) -> None:
        self._content = content
        self.database = Database(
            f"sqlite:///{folder / 'played.db'}", Vault("a secret for the benchmark alone, 0123456789")
        )
        migrate(self.database)
        self._numbers = count(1)
        began = time.monotonic()
        self.source = Source(
            lambda: BEGINS + timedelta(seconds=time.monotonic() - began),
            lambda: next(self._numbers) * 7_919 % 1_000_003,
            "bench",
        )
        sms = SmsChannel(
            "AC" + "0" * 32, "0" * 32, "+447700900999", "http://127.0.0.1:9", "https://door.example"
        )
        channels: dict[str, Channel] = {ChannelName.WEB: WebChannel(), ChannelName.SMS: sms}
        self.turns = make_turns(self.database, self.source, content, channels, folder)
        desk = ConsultationDesk(self.database, content)
        for id in content.consultations:
            desk.open(id, actor="bench", now=self.source.now())

    def text(self, id: str) -> int:
        """Answers by text; returns the segments sent."""
        sender = "+447700900123"
        key = self.database.conversation_key(ChannelName.SMS, sender)
        for number, line in enumerate(TEXTED[id], 1):
            row = self.database.run_blocking(self._accept_text, key, sender, line, number)
            asyncio.run(self.turns.finish_conversation(key, row, None))
        with self.database.reading() as tx:
            rows = tx.connection.execute(select(outbox)).all()
        bodies = [self.database.vault.open_text(row.body, f"outbox.body:{row.key}") for row in rows]
        return sum(int(json.loads(body)["segments"]) for body in bodies)

    def _accept_text(self, tx: Transaction, key: str, sender: str, line: str, number: int) -> int:
        """As the supplier hands a text over; returns its row of the inbox."""
        sid = f"SM{number:032d}"
        fields = [["MessageSid", sid], ["From", sender], ["Body", line], ["NumMedia", "0"]]
        return tx.inbox.accept(ChannelName.SMS, sid, key, {"fields": fields}, number, self.source.now()).id

    async def chat(self, id: str, runs: int) -> list[Chatted]:
        """Answers by web chat, over the routes, so often."""
        async with self.client() as client:
            return [await play_chat(client, CHATTED[id]) for _ in range(runs)]

    def client(self) -> httpx.AsyncClient:
        """For the routes, in the same process."""
        app = make_app(make_door(self.database, self.turns, self.source, self._content))
        return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://door")

    def check_kept(self, id: str, answers: int) -> None:
        with self.database.reading() as tx:
            kept = tx.responses.count(id)
        self.database.dispose()
        if kept != answers:
            raise NotKept(f"{id}: {kept} of {answers} answers were kept")
