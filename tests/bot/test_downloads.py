"""Files from suppliers: no more of them is read than may be kept, whether their size is announced or not."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from bot.channel import PhotoUnavailable
from bot.downloads import MAX_FILE_BYTES, read_bounded

MEGABYTE = 1024 * 1024
GIGABYTE = 1024 * MEGABYTE


@pytest.mark.parametrize(
    ("announced", "read_mb"), [({"content-length": str(GIGABYTE)}, 0), ({}, MAX_FILE_BYTES // MEGABYTE + 1)]
)
def test_a_gigabyte_is_given_up(announced: dict[str, str], read_mb: int) -> None:
    given = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal given
        for _ in range(1024):
            given += 1
            yield bytes(MEGABYTE)

    answer = httpx.Response(200, headers=announced, content=endless())
    with pytest.raises(PhotoUnavailable, match=r"photo\.too_large"):
        asyncio.run(read_bounded(answer))
    assert given == read_mb
