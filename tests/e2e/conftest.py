"""Whole front doors as their operators start them, with stand-in suppliers on real sockets."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

for folder in ("bot", "."):  # the suppliers' stand-ins, and the real Rasa server
    sys.path.insert(0, str((Path(__file__).parents[1] / folder).resolve()))

from fake_telegram import FakeTelegram  # noqa: E402
from fake_twilio import FakeTwilio  # noqa: E402
from front_door import FrontDoorProcess  # noqa: E402


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    with FakeTelegram() as fake:
        yield fake


@pytest.fixture
def twilio() -> Iterator[FakeTwilio]:
    with FakeTwilio() as fake:
        yield fake


@pytest.fixture
def start(
    tmp_path: Path, telegram: FakeTelegram, twilio: FakeTwilio
) -> Iterator[Callable[..., FrontDoorProcess]]:
    """Starts front doors with both suppliers; all are ended with the test."""
    begun: list[FrontDoorProcess] = []

    def start_one(*options: str, **environment: str) -> FrontDoorProcess:
        door = FrontDoorProcess(tmp_path / "data", telegram, twilio, options, environment)
        begun.append(door)
        door.start()
        return door

    yield start_one
    for door in begun:
        door.kill()
