"""Photos citizens send: fetched, made anew, kept sealed once under an id of their message, and let go of."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid5

import structlog

from bot.channel import PhotoUnavailable
from bot.photos import PhotoProblem, PhotoStore, clean_in_subprocess
from flows.messages import Location, Photo
from storage.database import Database, Transaction

log = structlog.get_logger()

PHOTO_IDS = UUID("5e0c3f0e-7a52-4f0b-9a55-6f8d2b9e4c11")
# One photo can take a core and a few hundred megabytes for a moment.
PHOTOS_AT_ONCE = 2
# Between a photo's coming and its turn lies a moment; a point that nobody asks for in a minute is forgotten.
POINT_SECONDS = 60.0
# A file is written before the row that names it: one without a row is let go of only when it has no hope of one.
STRAY_AFTER = timedelta(hours=1)


class PhotoKeeper:
    """Keeps photos as sealed files with a row each. `now` is the clock, aware UTC."""

    def __init__(self, database: Database, store: PhotoStore, now: Callable[[], datetime]) -> None:
        self._database = database
        self._store = store
        self._now = now
        self._cleaning = asyncio.Semaphore(PHOTOS_AT_ONCE)
        self._points: dict[str, tuple[float, Location]] = {}

    async def keep(self, photo_id: str, conversation_id: str, fetch: Callable[[], Awaitable[bytes]]) -> Photo:
        """Fetches, makes anew and stores one photo under `photo_id`; a Photo with a problem where it cannot.

        Where it was taken comes with it this once, for the conversation to ask about; it is stored nowhere.
        """
        if await self._database.read(lambda tx: tx.attachments.find(photo_id)) is not None:
            return Photo(id=photo_id)
        try:
            data = await fetch()
            async with self._cleaning:
                clean = await clean_in_subprocess(data)
        except (PhotoProblem, PhotoUnavailable) as error:
            return Photo(problem=error.code)
        path = await asyncio.to_thread(self._store.save, photo_id, clean.data)

        def keep(tx: Transaction) -> bool:
            # None: the same photo came twice at once, and the other was quicker.
            added = tx.attachments.add(
                conversation_id,
                clean.content_type,
                len(clean.data),
                clean.width,
                clean.height,
                clean.sha256,
                path,
                self._now(),
                id=photo_id,
            )
            return added is not None

        try:
            is_ours = await self._database.run(keep)
        except Exception:
            await asyncio.to_thread(self._store.delete, path)
            raise
        if not is_ours:
            await asyncio.to_thread(self._store.delete, path)
        return Photo(id=photo_id, location=clean.location)

    async def keep_in_time(
        self, photo_id: str, conversation_id: str, fetch: Callable[[], Awaitable[bytes]], until: float
    ) -> Photo:
        """A supplier that hangs must not hold the message beyond its lease: it would be taken again for ever."""
        try:
            async with asyncio.timeout(until - time.monotonic()):
                return await self.keep(photo_id, conversation_id, fetch)
        except TimeoutError:
            return Photo(problem="photo.unavailable")

    def hold_point(self, photo: Photo) -> None:
        """Remembers a photo's point for its turn, in memory alone: what waits for a turn elsewhere is written down."""
        self._forget_points()
        if photo.id is not None and photo.location is not None:
            self._points[photo.id] = (time.monotonic(), photo.location)

    def with_point(self, photo: Photo) -> Photo:
        """The photo with the point held for it, which is forgotten here."""
        self._forget_points()
        _, location = self._points.pop(photo.id or "", (0.0, photo.location))
        return replace(photo, location=location)

    def _forget_points(self) -> None:
        oldest = time.monotonic() - POINT_SECONDS
        self._points = {id: held for id, held in self._points.items() if held[0] > oldest}

    async def let_go(self, photo_ids: Iterable[str]) -> None:
        """Removes photos no form will hold; where that fails they wait for the next purge."""
        for photo_id in photo_ids:
            try:
                await self._database.run(self._remove, photo_id)
            except Exception as error:
                log.warning("photo.not_removed", error=type(error).__name__)

    def _remove(self, tx: Transaction, photo_id: str) -> None:
        path = tx.attachments.delete(photo_id)
        if path is not None:
            self._store.delete(path)


def remove_strays(database: Database, store: PhotoStore, now: datetime) -> int:
    """Removes files no row names, which a crash between file and row left behind; returns how many."""
    # Files first: one whose row comes meanwhile is then known.
    found = store.find_older(now - STRAY_AFTER)
    with database.reading() as tx:
        known = tx.attachments.paths()
    strays = [name for name in found if name not in known]
    for name in strays:
        store.delete(name)
    return len(strays)


def photo_id_of(message: object, at: int) -> str:
    """The id of a message's photo number `at`: the same whenever it is taken, and nobody else's."""
    return str(uuid5(PHOTO_IDS, f"{message}:{at}"))
