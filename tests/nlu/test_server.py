"""The supervisor: states, restarts, and no process or secret left behind. A stand-in plays Rasa."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from nlu.server import Backoff, NluServer, NluState

ROOT = Path(__file__).resolve().parents[2]
FAKE = [sys.executable, str(Path(__file__).with_name("fake_rasa.py"))]


def make_server(data: Path, **options: object) -> NluServer:
    model = data / "nlu-000000000000.tar.gz"
    (data / "nlu-home").mkdir(parents=True, exist_ok=True)
    settings: dict[str, object] = {
        "command": FAKE,
        "backoff": Backoff(first=0.05, longest=0.2),
        "check_every": 0.1,
    }
    return NluServer(ROOT, lambda: model, data, **(settings | options))  # type: ignore[arg-type]


async def until(true: Callable[[], bool], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "did not come to pass"
        await asyncio.sleep(0.02)


def test_waits_double_up_to_the_longest_and_start_again_after_good_health():
    backoff = Backoff(first=1, longest=60, healthy_after=300)

    assert [backoff.get_delay(0) for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert backoff.get_delay(299) == 60
    assert [backoff.get_delay(300), backoff.get_delay(0)] == [1, 2]


def test_without_a_model_it_says_so_and_starts_when_one_appears(tmp_path: Path):
    async def run() -> None:
        models: list[Path] = []
        states: list[NluState] = []
        server = make_server(tmp_path, on_change=states.append)
        server._find_model = lambda: models[0] if models else None
        server.start()
        await until(lambda: server.state is NluState.NO_MODEL)
        assert server.pid is None
        await server.stop()
        assert states == [NluState.STARTING, NluState.NO_MODEL, NluState.OFF]

    asyncio.run(run())


@pytest.mark.slow
def test_it_becomes_ready_after_a_warm_up_and_stops_cleanly(tmp_path: Path):
    async def run() -> None:
        states: list[NluState] = []
        server = make_server(tmp_path, on_change=states.append)
        assert server.state is NluState.OFF
        server.start()
        assert await server.wait_ready(10)
        assert (tmp_path / "nlu-home/parsed").exists(), "warmed up"
        assert server.base_url.startswith("http://127.0.0.1:")
        pid = server.pid
        await server.stop()
        assert pid is not None and not psutil.pid_exists(pid)
        assert states == [NluState.STARTING, NluState.READY, NluState.OFF]

    asyncio.run(run())


@pytest.mark.slow
def test_no_secret_reaches_the_child_and_the_token_is_in_no_process_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SECRET_KEY", "sesame")
    monkeypatch.setenv("TELEGRAM_TOKEN", "1:abc")

    async def run() -> None:
        server = make_server(tmp_path)
        server.start()
        assert await server.wait_ready(10)
        environment = json.loads((tmp_path / "nlu-home/environment.json").read_text())
        assert "SECRET_KEY" not in environment and "TELEGRAM_TOKEN" not in environment
        assert environment["RASA_TELEMETRY_ENABLED"] == "false"
        assert server.pid is not None
        assert server.token and server.token not in " ".join(psutil.Process(server.pid).cmdline())
        await server.stop()

    asyncio.run(run())


@pytest.mark.slow
def test_a_killed_child_is_restarted_with_a_new_token(tmp_path: Path):
    async def run() -> None:
        states: list[NluState] = []
        server = make_server(tmp_path, on_change=states.append)
        server.start()
        assert await server.wait_ready(10)
        first, token = server.pid, server.token
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await until(lambda: server.state is NluState.RESTARTING)
        assert await server.wait_ready(10)
        assert server.pid != first and server.token != token
        await server.stop()
        assert states[1:4] == [NluState.READY, NluState.RESTARTING, NluState.READY]

    asyncio.run(run())


@pytest.mark.slow
def test_a_child_that_answers_no_more_is_replaced(tmp_path: Path):
    async def run() -> None:
        server = make_server(tmp_path)
        server.start()
        assert await server.wait_ready(10)
        first = server.pid
        (tmp_path / "nlu-home/fault").write_text("no model")
        await until(lambda: server.state is NluState.RESTARTING)
        (tmp_path / "nlu-home/fault").unlink()
        assert await server.wait_ready(10)
        assert server.pid != first
        await server.stop()

    asyncio.run(run())


@pytest.mark.slow
def test_a_child_that_dies_at_once_is_tried_again_until_it_lives(tmp_path: Path):
    async def run() -> None:
        server = make_server(tmp_path)
        (tmp_path / "nlu-home/fault").write_text("die")
        server.start()
        await until(lambda: server.state is NluState.RESTARTING)
        assert not await server.wait_ready(0.5)
        (tmp_path / "nlu-home/fault").unlink()
        assert await server.wait_ready(10)
        await server.stop()

    asyncio.run(run())


def test_a_missing_interpreter_is_no_crash(tmp_path: Path):
    async def run() -> None:
        server = make_server(tmp_path, command=[str(tmp_path / "nothing")])
        server.start()
        await until(lambda: server.state is NluState.RESTARTING)
        await server.stop()
        assert server.state is NluState.OFF

    asyncio.run(run())


@pytest.mark.slow
def test_a_fault_in_looking_for_the_model_does_not_end_the_supervision(tmp_path: Path):
    faults = [ValueError("config.yml is broken")]

    async def run() -> None:
        server = make_server(tmp_path)
        find_model = server._find_model

        def find() -> Path | None:
            if faults:
                raise faults.pop()
            return find_model()

        server._find_model = find
        server.start()
        assert await server.wait_ready(10)
        assert not faults
        await server.stop()

    asyncio.run(run())


@pytest.mark.slow
def test_the_child_ends_when_its_parent_is_killed(tmp_path: Path):
    program = f"""
import asyncio, sys
sys.path[:0] = [{str(Path(__file__).parent)!r}, {str(ROOT)!r}]
from pathlib import Path
from test_server import make_server
async def run():
    server = make_server(Path({str(tmp_path)!r}))
    server.start()
    assert await server.wait_ready(10)
    print(server.pid, flush=True)
    await asyncio.sleep(60)
asyncio.run(run())
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    gone, alive = psutil.wait_procs([child], timeout=5)

    assert gone and not alive
