"""The loops beside the web server: take waiting messages, send what was promised, do the periodic work."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog

from bot.logs import place_of
from bot.turns import Source
from storage.database import Database
from storage.errors import StorageBusy

log = structlog.get_logger()

POLL_SECONDS = 1.0
PAUSE_AFTER_FAULT_SECONDS = 2.0
PERIODIC_LEASE_SECONDS = 600.0


@dataclass(frozen=True)
class Chore:
    """Periodic work: what, how often (seconds), and how it is done. One process at a time does it."""

    name: str
    every_seconds: float
    work: Callable[[], Awaitable[Any]]


class Bell:
    """Wakes a loop that waits for work."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        self._event.set()

    async def wait(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._event.wait(), seconds)
        self._event.clear()


class Worker:
    """Runs until stopped. `take` and `send` return how much they did; none means wait for the bell."""

    def __init__(
        self,
        *,
        database: Database,
        source: Source,
        take: Callable[[], Awaitable[int]],
        send: Callable[[], Awaitable[int]],
        chores: tuple[Chore, ...],
        extra: tuple[Callable[[], Coroutine[Any, Any, None]], ...] = (),
    ) -> None:
        self._database = database
        self._source = source
        self._take = take
        self._send = send
        self._chores = {chore.name: chore for chore in chores}
        self._extra = extra
        self._tasks: list[asyncio.Task[None]] = []
        self.inbox_bell = Bell()
        self.outbox_bell = Bell()

    def start(self) -> None:
        """Begins the loops in the running event loop."""
        self._tasks = [
            asyncio.create_task(self._repeat("take", self._take, self.inbox_bell)),
            asyncio.create_task(self._repeat("send", self._send, self.outbox_bell)),
            asyncio.create_task(self._repeat("chores", self._do_chores, Bell())),
            *(asyncio.create_task(run()) for run in self._extra),
        ]

    async def stop(self) -> None:
        """Ends the loops; what they had claimed is taken up again when its lease runs out."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def _repeat(self, name: str, work: Callable[[], Awaitable[int]], bell: Bell) -> None:
        while True:
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
            if not done:
                await bell.wait(POLL_SECONDS)

    async def _do_chores(self) -> int:
        now = self._source.now()
        intervals = {chore.name: chore.every_seconds for chore in self._chores.values()}
        due = await self._database.run(
            lambda tx: tx.schedule.claim_due(intervals, self._source.owner, now, PERIODIC_LEASE_SECONDS)
        )
        for name in due:
            chore = self._chores[name]
            try:
                await chore.work()
            except Exception as error:
                log.error(
                    "worker.chore_failed", chore=name, error=type(error).__name__, place=place_of(error)
                )
            next_run = self._source.now() + timedelta(seconds=chore.every_seconds)
            await self._database.run(
                lambda tx, name=name, next_run=next_run: tx.schedule.finish(  # type: ignore[misc]
                    name, self._source.owner, next_run
                )
            )
        return 0
