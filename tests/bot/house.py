"""Turns, senders and web doors over a real database, with a scripted engine and doors that need no supplier."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from fake_channel import Clock, FakeChannel
from fakes import FixedInterpreter
from script_engine import ScriptEngine
from sqlalchemy import select, text

from bot.exchange import Door
from bot.metrics import Metrics
from bot.outbox import Sender
from bot.photo_keeper import PhotoKeeper
from bot.photos import PhotoStore
from bot.pushing import check_members, promise_due
from bot.settings import ROOT, LimitsConfig
from bot.turns import Source, Turns
from bot.webchat import WebChannel
from flows.content import Content, load_content
from flows.engine import Engine
from flows.messages import ChannelName
from flows.office import EIGHT_TO_EIGHT
from flows.understanding import Understanding
from storage import tables
from storage.conversations import KeptConversation
from storage.database import Database, Transaction


class WatchfulInterpreter:
    """Understands nothing in particular, and notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.while_asked: Callable[[], Awaitable[None]] | None = None

    async def understand(self, text: str) -> Understanding | None:
        self.asked.append(text)
        if self.while_asked is not None:
            await self.while_asked()
        return None


@cache
def real_content() -> Content:
    """The words, forms and answers of the county, loaded once."""
    return load_content(
        ROOT / "flows",
        ROOT / "county",
        menu=("report_encampment", "join_watch"),
        public_url="https://door.example",
    )


@dataclass
class House:
    """Everything between a kept message and a sent reply, with time and suppliers in the test's hand."""

    database: Database
    folder: Path
    engine: Any = field(default_factory=ScriptEngine)
    interpreter: Any = field(default_factory=WatchfulInterpreter)
    telegram: FakeChannel = field(default_factory=FakeChannel)
    sms: FakeChannel = field(default_factory=lambda: FakeChannel(ChannelName.SMS))
    clock: Clock = field(default_factory=Clock)
    numbers: list[int] = field(default_factory=list)
    owner: str = "test"
    lease_seconds: float = 30.0
    limits: LimitsConfig | None = None

    def __post_init__(self) -> None:
        self._counter = count(1)
        self.source = Source(
            self.clock, lambda: self.numbers.pop(0) if self.numbers else next(self._counter), self.owner
        )
        self.channels: dict[str, Any] = {
            ChannelName.WEB: WebChannel(),
            ChannelName.TELEGRAM: self.telegram,
            ChannelName.SMS: self.sms,
        }
        self.photos = PhotoStore(self.folder / "photos", self.database.vault)
        self.turns = Turns(
            database=self.database,
            engine=self.engine,
            interpreter=self.interpreter,
            channels=self.channels,
            photos=PhotoKeeper(self.database, self.photos, self.source.now),
            source=self.source,
            lease_seconds=self.lease_seconds,
            tries=3,
            limits=self.limits,
        )
        self.sender = Sender(self.database, self.channels, self.source)

    @classmethod
    def speaking(cls, database: Database, folder: Path, **different: Any) -> "House":
        """One whose engine is the real one over the county's content."""
        values = {"engine": Engine(real_content()), "interpreter": FixedInterpreter()} | different
        return cls(database, folder, **values)

    def door(self, **different: Any) -> Door:
        """What the routes work on."""
        values: dict[str, Any] = {
            "photo_bytes": 200_000,
            "idle": timedelta(days=7),
            "content": lambda: self.engine.content,
            "wrong_code_seconds": 0.01,
            "limits": self.limits,
        }
        return Door(
            database=self.database,
            turns=self.turns,
            source=self.source,
            metrics=Metrics(),
            **(values | different),
        )

    def source_number_starts_anew(self) -> None:
        """The next turn draws the numbers the first one drew."""
        self._counter = count(1)

    def key(self, address: str, channel: str = "telegram") -> str:
        return self.database.conversation_key(channel, address)

    def accept(
        self,
        message_id: int,
        text: str | None = None,
        *,
        sender: str = "7",
        channel: str = "telegram",
        **more: Any,
    ) -> int:
        """Keeps a message in the inbox; returns its row."""
        payload = {"from": sender, **({"text": text} if text is not None else {}), **more}
        return self.database.run_blocking(
            lambda tx: (
                tx.inbox.accept(
                    channel, str(message_id), self.key(sender, channel), payload, message_id, self.clock()
                ).id
            )
        )

    async def take_all(self) -> int:
        """Takes turns until nothing is due; returns how many."""
        taken = 0
        while items := await self.turns.claim_waiting(16):
            for item in items:
                await self.turns.take(item)
            taken += len(items)
        return taken

    def rows(self, table: str, *columns: str) -> list[Any]:
        """Rows of a table by its key: single values where one column is asked for."""
        found = tables.metadata.tables[table]
        query = select(*(found.c[c] for c in columns)).order_by(*found.primary_key.columns)
        with self.database.reading() as tx:
            rows = tx.connection.execute(query).all()
        return [row[0] for row in rows] if len(columns) == 1 else [tuple(row) for row in rows]

    def count(self, table: str) -> int:
        with self.database.reading() as tx:
            return int(tx.connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())

    def write(self, work: Callable[[Transaction], Any]) -> Any:
        return self.database.run_blocking(work)

    def promise_due(self) -> int:
        """What is due of messages sent unasked, given to its doors; returns how much was settled."""
        settled: int = self.write(lambda tx: promise_due(tx, self.channels, EIGHT_TO_EIGHT, self.clock()))
        return settled

    def check_members(self) -> int:
        """The hourly look at memberships; returns how many were asked."""
        asked: int = self.write(
            lambda tx: check_members(tx, self.engine.content, EIGHT_TO_EIGHT, self.clock())
        )
        return asked

    def bodies(self) -> list[dict[str, Any]]:
        """What is promised, in the order it was; what was emptied is left out."""
        with self.database.reading() as tx:
            rows = tx.connection.execute(select(tables.outbox).order_by(tables.outbox.c.id)).all()
        vault = self.database.vault
        return [
            json.loads(vault.open_text(r.body, f"outbox.body:{r.key}")) for r in rows if r.body is not None
        ]


class Chat:
    """One citizen at one door of a house, whose turns are taken as they write."""

    _ids = count(1000)

    def __init__(self, house: House, address: str = "7", channel: str = "telegram") -> None:
        self.house, self.address, self.channel = house, address, channel
        self.buttons: dict[str, str] = {}

    @property
    def key(self) -> str:
        return self.house.key(self.address, self.channel)

    @property
    def kept(self) -> KeptConversation:
        with self.house.database.reading() as tx:
            found = tx.conversations.find(self.key)
        assert found is not None
        return found

    def say(self, *messages: str) -> str:
        """Writes one message after the other; returns what was said to the last."""
        told = ""
        for words in messages:
            told = self.send(text=words)
        return told

    def press(self, label: str) -> str:
        return self.send(button=self.buttons[label])

    def send(self, **content: Any) -> str:
        """One message of any kind; returns the replies as one text."""
        return self.answered(self.post(**content))

    def post(self, **content: Any) -> int:
        """Leaves a message in the inbox; returns its row."""
        number = next(self._ids)
        who = {"address": self.address} if self.channel == ChannelName.WEB else {"from": self.address}
        accept = (self.channel, str(number), self.key, {**who, **content}, number)
        return int(self.house.write(lambda tx: tx.inbox.accept(*accept, self.house.clock()).id))

    def answered(self, inbox_id: int) -> str:
        """Takes turns up to this message; returns what was said to it."""
        replies = asyncio.run(self.house.turns.finish_conversation(self.key, inbox_id, None))
        shown = {b["label"]: b["payload"] for reply in replies for b in reply.body["buttons"]}
        if replies:
            self.buttons = shown
        return "\n\n".join(reply.body["text"] for reply in replies)
