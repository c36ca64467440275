"""Measured processes are ended whatever happens, watched for readiness, and their memory is seen."""

import os
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest

from bench.systems import (
    BenchFailed,
    MemoryWatch,
    clean_environment,
    find_free_port,
    running,
    wait_until,
    with_children,
)

# A parent that will not end when asked, with a child in a session of its own, as Rasa is the front door's.
STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
print(child.pid, flush=True)
time.sleep(60)
"""


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def wait_for_pid(log: Path) -> int:
    give_up = time.monotonic() + 20
    while not log.read_text().strip():
        assert time.monotonic() < give_up
        time.sleep(0.02)
    return int(log.read_text())


@pytest.mark.parametrize("fault", [KeyboardInterrupt, RuntimeError])
def test_process_and_its_children_end_whatever_happens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: type[BaseException]
) -> None:
    monkeypatch.setattr("bench.systems.STOP_SECONDS", 0.3)
    log = tmp_path / "log"
    with (
        pytest.raises(fault),
        running(python(STUBBORN), cwd=tmp_path, environment=os.environ, log=log) as process,
    ):
        child = wait_for_pid(log)
        assert psutil.pid_exists(child)
        raise fault
    assert not process.is_running()
    assert not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE


def test_polite_process_ends_by_being_asked(tmp_path: Path) -> None:
    begun = time.monotonic()
    with running(
        python("import time; time.sleep(60)"), cwd=tmp_path, environment=os.environ, log=tmp_path / "log"
    ) as process:
        pass
    assert time.monotonic() - begun < 10
    assert process.returncode == -signal.SIGTERM


def test_process_that_ended_is_not_waited_for(tmp_path: Path) -> None:
    log = tmp_path / "log"
    code = "import sys; print('no model here'); sys.exit(3)"
    with (
        running(python(code), cwd=tmp_path, environment=os.environ, log=log) as process,
        pytest.raises(BenchFailed, match=r"the peer: its process ended\. .*no model here"),
    ):
        wait_until(lambda: False, [process], log, what="the peer", timeout_seconds=30)


def test_waiting_has_an_end(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("still loading\n")
    with pytest.raises(BenchFailed, match=r"not ready after 0 s.*still loading"):
        wait_until(lambda: False, [], log, what="the peer", timeout_seconds=0.1)


def test_memory_of_a_family_is_seen(tmp_path: Path) -> None:
    log = tmp_path / "log"
    code = "import time; held = bytearray(80_000_000); print(1, flush=True); time.sleep(60)"
    with running(python(code), cwd=tmp_path, environment=os.environ, log=log) as process:
        wait_for_pid(log)
        with MemoryWatch(lambda: {"big": with_children(process), "none": []}) as watch:
            time.sleep(0.1)
    assert 80 < watch.highest["big"] < 200
    assert watch.highest["none"] == 0


def test_memory_watch_survives_the_end_of_a_process() -> None:
    ended = psutil.Popen(python("pass"))
    ended.wait()
    with MemoryWatch(lambda: {"gone": with_children(ended) or [ended]}) as watch:
        pass
    assert sum(watch.highest.values()) == 0


def test_measured_systems_see_no_supplier_and_no_real_data(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TELEGRAM_TOKEN", "TWILIO_AUTH_TOKEN", "PUBLIC_URL", "DATABASE_URL", "SECRET_KEY"):
        monkeypatch.setenv(name, "real")
    monkeypatch.setenv("FRONTDOOR_DATA", "/real")
    given = clean_environment({"FRONTDOOR_DATA": "/scratch"})
    assert "real" not in given.values()
    assert given["FRONTDOOR_DATA"] == "/scratch"
    assert given["PATH"] == os.environ["PATH"]


def test_free_port_is_free() -> None:
    assert find_free_port() > 1023
