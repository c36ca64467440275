"""Turns, senders and web doors over a real database, with a scripted engine and doors that need no supplier."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from fake_channel import Clock, FakeChannel
from script_engine import ScriptEngine
from sqlalchemy import select, text

from bot.outbox import Sender
from bot.photo_keeper import PhotoKeeper
from bot.photos import PhotoStore
from bot.turns import Source, Turns
from bot.webchat import WebChannel
from flows.messages import ChannelName
from flows.understanding import Understanding
from storage import tables
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


@dataclass
class House:
    """Everything between a kept message and a sent reply, with time and suppliers in the test's hand."""

    database: Database
    folder: Path
    engine: ScriptEngine = field(default_factory=ScriptEngine)
    interpreter: WatchfulInterpreter = field(default_factory=WatchfulInterpreter)
    telegram: FakeChannel = field(default_factory=FakeChannel)
    sms: FakeChannel = field(default_factory=lambda: FakeChannel(ChannelName.SMS))
    clock: Clock = field(default_factory=Clock)
    numbers: list[int] = field(default_factory=list)
    owner: str = "test"
    lease_seconds: float = 30.0

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
            engine=self.engine,  # type: ignore[arg-type]
            interpreter=self.interpreter,
            channels=self.channels,
            photos=PhotoKeeper(self.database, self.photos, self.source.now),
            source=self.source,
            lease_seconds=self.lease_seconds,
            tries=3,
        )
        self.sender = Sender(self.database, self.channels, self.source)

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

    def bodies(self) -> list[dict[str, Any]]:
        """What is promised, in the order it was."""
        import json

        with self.database.reading() as tx:
            rows = tx.connection.execute(select(tables.outbox).order_by(tables.outbox.c.id)).all()
        vault = self.database.vault
        return [json.loads(vault.open_text(row.body, f"outbox.body:{row.key}")) for row in rows]
