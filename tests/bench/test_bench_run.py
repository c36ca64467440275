"""The run itself: ended early it leaves nothing behind, and what stops it is one sentence."""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import bench.run
from bench.dialects import FloorChat
from bench.load import FLOOR_MESSAGES, drive, pouring
from bench.machine import describe_machine
from bench.results import BenchResult
from bench.subjects import Running, Subject
from bench.systems import BenchFailed


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_both_ways_to_be_stopped_unwind_a_load_in_order(number: signal.Signals) -> None:
    cleaned = []

    async def load() -> None:
        asyncio.get_running_loop().call_later(0.05, os.kill, os.getpid(), number)
        try:
            await asyncio.sleep(30)
        finally:
            cleaned.append(True)

    before = [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)]
    with pytest.raises(KeyboardInterrupt), bench.run.ended_politely():
        asyncio.run(load())
    assert cleaned == [True]
    assert [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)] == before


@pytest.mark.parametrize(
    ("fault", "code", "said"),
    [
        (
            BenchFailed("the peer: its process ended."),
            1,
            "The benchmark stopped: the peer: its process ended.",
        ),
        (KeyboardInterrupt(), 130, "nothing was written"),
    ],
)
def test_run_that_cannot_finish_ends_with_a_sentence_and_writes_nothing(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    fault: BaseException,
    code: int,
    said: str,
) -> None:
    def measure(*, reports: int, with_peer: bool) -> BenchResult:
        raise fault

    monkeypatch.setattr(bench.run, "measure", measure)
    monkeypatch.setattr(bench.run, "RESULTS", tmp_path / "results")
    with pytest.raises(SystemExit) as ended:
        bench.run.run(reports=1, with_peer=False)
    assert ended.value.code == code
    assert said in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "results").exists()


@pytest.mark.slow
def test_one_system_is_warmed_up_and_measured_at_every_load(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    real = bench.run.make_floor(bench.run.ROOT)
    started: list[Running] = []

    @contextmanager
    def start(scratch: Path) -> Iterator[Running]:
        with real.start(scratch) as running:
            started.append(running)
            yield running

    found = bench.run._measure_system(Subject("floor", "Floor", start), tmp_path, 5)
    assert len(started) == 1
    assert [m.load.at_a_time for m in found.loads] == list(bench.run.AT_A_TIME)
    assert all((m.load.reports, m.load.messages) == (5, 5 * FLOOR_MESSAGES) for m in found.loads)
    assert all(m.memory_mb["floor"] > 10 for m in found.loads)
    assert found.ready_seconds["first answer"] > 0
    # It is gone: a driver that comes late finds nobody.
    late = asyncio.run(drive(started[0].base_url, pouring(FloorChat), reports=1, at_a_time=1))
    assert late.failures == {"ConnectError": 1}
    result = BenchResult("2026-11-23", "", describe_machine(tmp_path), (found,))
    monkeypatch.setattr(bench.run, "measure", lambda *, reports, with_peer: result)
    monkeypatch.setattr(bench.run, "ROOT", tmp_path)
    monkeypatch.setattr(bench.run, "RESULTS", tmp_path / "results")
    bench.run.run(reports=5, with_peer=False)
    assert "Written: results/2026-11-23.json" in capsys.readouterr().out
