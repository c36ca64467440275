"""The measurement of answers: real turns, every topic."""

import asyncio
from pathlib import Path

from bench.answers import measure


def test_every_topic_is_answered_and_timed(tmp_path: Path) -> None:
    found = asyncio.run(measure(tmp_path, rounds=1))
    assert found.answers == 110
    assert 0 < found.p50_ms <= found.p95_ms <= found.longest_ms
