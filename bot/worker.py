"""The loops beside the web server: take waiting messages, send what was promised, do the periodic work."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog

from bot.crew import Crew
from bot.logs import place_of
from bot.turns import Source
from storage.database import Database, Transaction
from storage.errors import StorageBusy

log = structlog.get_logger()

POLL_SECONDS = 1.0
PAUSE_AFTER_FAULT_SECONDS = 2.0
AGAIN_WHEN_BUSY_SECONDS = 60.0
STOP_SECONDS = 2.0


@dataclass(frozen=True)
class Chore:
    """Periodic work: what, how often (seconds), and how it is done. One process at a time does it.

    `lease_seconds` is longer than it takes; after a crash another process does it when that has passed.
    """

    name: str
    every_seconds: float
    work: Callable[[], Awaitable[Any]]
    lease_seconds: float = 600.0


class Bell:
    """Wakes a loop that waits for work."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        self._event.set()

    def ring_in(self, seconds: float) -> None:
        asyncio.get_running_loop().call_later(seconds, self.ring)

    async def wait(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._event.wait(), seconds)
        self._event.clear()


class Worker:
    """Runs until stopped: each crew with the bell that wakes it, the chores, and what runs by itself."""

    def __init__(
        self,
        *,
        database: Database,
        source: Source,
        crews: tuple[tuple[Crew[Any], Bell], ...],
        chores: tuple[Chore, ...],
        extra: tuple[Callable[[], Coroutine[Any, Any, None]], ...] = (),
    ) -> None:
        self._database = database
        self._source = source
        self._crews = crews
        self._chores = {chore.name: chore for chore in chores}
        self._extra = extra
        self._chore_bell = Bell()
        self._loops: list[asyncio.Task[None]] = []
        self._alone: list[asyncio.Task[None]] = []
        self._chores_at_work: dict[str, asyncio.Task[None]] = {}
        self._stopping = False

    def start(self) -> None:
        """Begins the loops in the running event loop."""
        self._stopping = False
        self._loops = [
            *(asyncio.create_task(self._repeat(crew.name, crew.take_up, bell)) for crew, bell in self._crews),
            asyncio.create_task(self._repeat("chores", self._begin_chores, self._chore_bell)),
        ]
        self._alone = [asyncio.create_task(run()) for run in self._extra]

    async def stop(self) -> None:
        """Ends the loops. What was begun has 2 seconds to end; the rest is taken up again after its lease."""
        self._stopping = True
        until = time.monotonic() + STOP_SECONDS
        for bell in (*(bell for _, bell in self._crews), self._chore_bell):
            bell.ring()
        if self._loops:
            # Not broken off: a claim that is just being committed would be nobody's until its lease ends.
            await asyncio.wait(self._loops, timeout=STOP_SECONDS)
        at_once = [*self._loops, *self._alone, *self._chores_at_work.values()]
        for task in at_once:
            task.cancel()
        left = max(0.0, until - time.monotonic())
        await asyncio.gather(
            *at_once, *(crew.finish(left) for crew, _ in self._crews), return_exceptions=True
        )
        self._loops, self._alone = [], []

    async def _repeat(self, name: str, work: Callable[[], Awaitable[int]], bell: Bell) -> None:
        while not self._stopping:
            try:
                done = await work()
            except StorageBusy:
                log.warning("worker.storage_busy", loop=name)
                done = 0
            except Exception as error:
                # A loop that ended would leave messages lying: note the kind of fault and go on.
                log.error("worker.fault", loop=name, error=type(error).__name__, place=place_of(error))
                await asyncio.sleep(PAUSE_AFTER_FAULT_SECONDS)
                continue
            if not done and not self._stopping:
                await bell.wait(POLL_SECONDS)

    async def _begin_chores(self) -> int:
        """Begins what is due, side by side: one that waits for a supplier must not keep the others waiting."""
        now = self._source.now()
        idle = [chore for name, chore in self._chores.items() if name not in self._chores_at_work]

        def claim(tx: Transaction) -> list[Chore]:
            return [
                chore
                for chore in idle
                if tx.schedule.claim_due(
                    {chore.name: chore.every_seconds}, self._source.owner, now, chore.lease_seconds
                )
            ]

        for chore in await self._database.run(claim):
            self._chores_at_work[chore.name] = asyncio.create_task(self._do_chore(chore))
        return 0

    async def _do_chore(self, chore: Chore) -> None:
        pause = chore.every_seconds
        try:
            await chore.work()
        except StorageBusy:
            # Somebody else's work was in its way: what is done once a day must not wait another day for that.
            pause = min(pause, AGAIN_WHEN_BUSY_SECONDS)
            log.warning("worker.storage_busy", loop=chore.name)
        except Exception as error:
            log.error(
                "worker.chore_failed", chore=chore.name, error=type(error).__name__, place=place_of(error)
            )
        next_run = self._source.now() + timedelta(seconds=pause)
        try:
            await self._database.run(lambda tx: tx.schedule.finish(chore.name, self._source.owner, next_run))
        except StorageBusy:
            log.warning("worker.storage_busy", loop=chore.name)  # its lease ends by itself
        finally:
            self._chores_at_work.pop(chore.name, None)
