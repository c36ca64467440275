"""A file from a supplier: bounded in size, and tried again where a moment's fault kept it back."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

import httpx

from bot.channel import PhotoUnavailable

logger = logging.getLogger(__name__)

MAX_FILE_BYTES = 20 * 1024 * 1024


class PassingFault(Exception):
    """It may work in a moment. `code` is for the log; an address or a token has no place in it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


async def fetch_patiently(load: Callable[[], Awaitable[bytes]], pauses_seconds: Sequence[float]) -> bytes:
    """`load`'s bytes, tried once more after each pause while it raises PassingFault.

    Raises PhotoUnavailable: photo.unavailable, or what `load` raised of it.
    """
    for pause in (*pauses_seconds, None):
        try:
            return await load()
        except PassingFault as fault:
            logger.warning("photo_not_fetched code=%s last=%s", fault.code, pause is None)
        if pause is not None:
            await asyncio.sleep(pause)
    raise PhotoUnavailable("photo.unavailable")


async def read_bounded(answer: httpx.Response) -> bytes:
    """The body of a streamed answer. Raises PhotoUnavailable beyond 20 MB, announced or not, without reading on."""
    announced = answer.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > MAX_FILE_BYTES:
        raise PhotoUnavailable("photo.too_large")
    data = bytearray()
    async for chunk in answer.aiter_bytes():
        data += chunk
        if len(data) > MAX_FILE_BYTES:
            raise PhotoUnavailable("photo.too_large")
    return bytes(data)
