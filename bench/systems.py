"""Processes that are measured: started alone, watched for readiness and memory, ended with all their children."""

import contextlib
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType

import httpx
import psutil

HOST = "127.0.0.1"
STOP_SECONDS = 15.0
POLL_SECONDS = 0.05
SAMPLE_SECONDS = 0.5
MEGABYTE = 1_000_000


class BenchFailed(Exception):
    """A measurement could not be made; the text says why and what to do."""


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def running(
    command: list[str], *, cwd: Path, environment: Mapping[str, str], log: Path
) -> Iterator[psutil.Popen]:
    """Runs a command with its output in `log`; on leaving, whatever the reason, it and its children are gone."""
    with log.open("wb") as out:
        process = psutil.Popen(
            command,
            cwd=cwd,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            # Ctrl+C in the terminal is ours to handle: each process is then ended in order.
            start_new_session=True,
        )
        try:
            yield process
        finally:
            _end(process)


def _end(process: psutil.Popen) -> None:
    children = process.children(recursive=True) if process.is_running() else []
    with contextlib.suppress(psutil.NoSuchProcess):
        process.send_signal(signal.SIGTERM)
    try:
        with contextlib.suppress(psutil.TimeoutExpired):
            process.wait(STOP_SECONDS)
    finally:
        # The whole family, also at a second Ctrl+C: who had to be killed could not end its children itself.
        for one in [process, *children]:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
    psutil.wait_procs([process, *children], timeout=STOP_SECONDS)


def wait_until(
    is_so: Callable[[], bool], processes: list[psutil.Popen], log: Path, *, what: str, timeout_seconds: float
) -> None:
    """Asks again and again. Raises BenchFailed when a process ends, or when it takes too long."""
    give_up = time.monotonic() + timeout_seconds
    while True:
        with contextlib.suppress(httpx.HTTPError, ValueError):
            if is_so():
                return
        if any(process.poll() is not None for process in processes):
            raise BenchFailed(f"{what}: its process ended. Its last words: {last_words(log)}")
        if time.monotonic() > give_up:
            raise BenchFailed(
                f"{what}: not ready after {timeout_seconds:.0f} s. Its last words: {last_words(log)}"
            )
        time.sleep(POLL_SECONDS)


def last_words(log: Path) -> str:
    """The last lines a process wrote, for the sentence that says it failed."""
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines()]
    return " | ".join([line[:300] for line in lines if line][-3:]) or "none"


class MemoryWatch:
    """Samples resident memory (RSS) of process families twice a second; `highest` keeps the sample with most in all.

    families: name -> processes that count under it, e.g. {"front door": ..., "Rasa": ...}, asked at each sample
    because children come and go.
    """

    def __init__(self, families: Callable[[], Mapping[str, list[psutil.Process]]]) -> None:
        self._families = families
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="memory", daemon=True)
        self.highest: dict[str, float] = {}

    def __enter__(self) -> "MemoryWatch":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while True:
            sample = {
                name: sum(_resident_mb(process) for process in family)
                for name, family in self._families().items()
            }
            if sum(sample.values()) > sum(self.highest.values()):
                self.highest = {name: round(value, 1) for name, value in sample.items()}
            if self._stop.wait(SAMPLE_SECONDS):
                return


def _resident_mb(process: psutil.Process) -> float:
    try:
        return process.memory_info().rss / MEGABYTE
    except psutil.NoSuchProcess:
        return 0.0


def with_children(process: psutil.Process) -> list[psutil.Process]:
    """The process and all below it, as far as they are there."""
    try:
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def make_client(base_url: str) -> httpx.Client:
    """A client for asking whether a system is ready; no proxy of the machine's stands between."""
    return httpx.Client(base_url=base_url, timeout=30.0, trust_env=False)


def clean_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """The environment without what would lead a measured system to real suppliers or real data."""
    ours = ("TELEGRAM_", "TWILIO_", "FRONTDOOR_", "PUBLIC_URL", "DATABASE_URL", "SECRET_KEY")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)} | dict(extra)
