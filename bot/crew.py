"""A few hands on one line of work: pieces are done side by side, so that a slow one holds up no other."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import structlog

from bot.logs import place_of

log = structlog.get_logger()

T = TypeVar("T")


class Crew(Generic[T]):
    """`claim` gets at most so many pieces; `do` does one; `on_free` is told when a hand is free again."""

    def __init__(
        self,
        name: str,
        hands: int,
        claim: Callable[[int], Awaitable[list[T]]],
        do: Callable[[T], Awaitable[object]],
        on_free: Callable[[], None] = lambda: None,
    ) -> None:
        self.name = name
        self._hands = hands
        self._claim = claim
        self._do = do
        self._on_free = on_free
        self._busy: set[asyncio.Task[None]] = set()

    async def take_up(self) -> int:
        """Claims work for every free hand and begins it; returns how much. Waits while all hands are busy."""
        if len(self._busy) >= self._hands:
            await asyncio.wait(self._busy, return_when=asyncio.FIRST_COMPLETED)
        pieces = await self._claim(self._hands - len(self._busy))
        for piece in pieces:
            task = asyncio.create_task(self._do_one(piece))
            self._busy.add(task)
            task.add_done_callback(self._finished)
        return len(pieces)

    async def finish(self, seconds: float) -> None:
        """Waits so long for what was begun; the rest is broken off (its lease gives it to somebody else)."""
        if self._busy:
            await asyncio.wait(self._busy, timeout=seconds)
        left = list(self._busy)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _do_one(self, piece: T) -> None:
        try:
            await self._do(piece)
        except Exception as error:
            # One piece that fails must not end the others; its lease brings it back.
            log.error("crew.fault", crew=self.name, error=type(error).__name__, place=place_of(error))

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._busy.discard(task)
        self._on_free()
