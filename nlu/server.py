"""Keeps Rasa's server running beside the front door: started, watched, restarted, and ended with its parent.

Rasa takes long to start (it imports TensorFlow) and may die; the front door serves all the while. `state`
says how things stand, for the health page and for the reply that explains what works meanwhile.
"""

import asyncio
import contextlib
import logging
import os
import secrets
import signal
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import httpx

from nlu.rasa_process import get_python, make_environment

logger = logging.getLogger(__name__)

HOST = "127.0.0.1"
START_TIMEOUT_SECONDS = 180.0
CHECK_EVERY_SECONDS = 10.0
FAILED_CHECKS_ALLOWED = 3
STOP_SECONDS = 5.0
LOG_BYTES_KEPT = 5_000_000


class NluState(StrEnum):
    """How the language model stands."""

    OFF = "off"
    STARTING = "starting"
    READY = "ready"
    RESTARTING = "restarting"
    NO_MODEL = "no_model"


class Backoff:
    """Waiting times between restarts: doubling from `first` to `longest`, small again after long good health."""

    def __init__(self, *, first: float = 1.0, longest: float = 60.0, healthy_after: float = 300.0) -> None:
        self._first = first
        self._longest = longest
        self._healthy_after = healthy_after
        self._next = first

    def get_delay(self, healthy_seconds: float) -> float:
        """Seconds to wait before the next start; healthy_seconds: how long it had been ready."""
        if healthy_seconds >= self._healthy_after:
            self._next = self._first
        delay, self._next = self._next, min(self._next * 2, self._longest)
        return delay


class NluServer:
    """Supervises one Rasa process.

    root: the project's folder. find_model: asked before each start which model to serve (None: none there).
    data: folder for the log and Rasa's own settings. on_change: told each new state.
    command: the child's command up to its arguments; another one stands in for Rasa in tests.
    """

    def __init__(
        self,
        root: Path,
        find_model: Callable[[], Path | None],
        data: Path,
        *,
        on_change: Callable[[NluState], None] | None = None,
        backoff: Backoff | None = None,
        command: list[str] | None = None,
        check_every: float = CHECK_EVERY_SECONDS,
    ) -> None:
        self._root = root.resolve()
        self._find_model = find_model
        self._data = data.resolve()
        self._on_change = on_change
        self._backoff = backoff or Backoff()
        self._command = command or [str(get_python(root)), "-m", "nlu.child"]
        self._check_every = check_every
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None
        self.state = NluState.OFF
        self.since = datetime.now(UTC)
        self.base_url = ""
        self.token = ""
        self.ready_after_seconds: float | None = None

    @property
    def pid(self) -> int | None:
        """Process id of the running child, None where there is none."""
        return self._process.pid if self._process and self._process.returncode is None else None

    @property
    def log_path(self) -> Path:
        """Where the child's output goes."""
        return self._data / "nlu.log"

    def start(self) -> None:
        """Begin supervising in the background; returns at once."""
        if self._task is None:
            self._task = asyncio.create_task(self._supervise(), name="nlu-server")

    async def stop(self) -> None:
        """End the child and the supervision."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        self._set(NluState.OFF)

    async def wait_ready(self, timeout_seconds: float) -> bool:
        """Wait until it is ready; False when that took too long."""
        until = time.monotonic() + timeout_seconds
        while self.state is not NluState.READY:
            if time.monotonic() >= until:
                return False
            await asyncio.sleep(0.05)
        return True

    def _set(self, state: NluState) -> None:
        if state is self.state:
            return
        self.state = state
        self.since = datetime.now(UTC)
        logger.info("nlu state", extra={"nlu_state": state.value})
        if self._on_change is not None:
            self._on_change(state)

    async def _supervise(self) -> None:
        self._set(NluState.STARTING)
        while True:
            healthy_seconds = 0.0
            try:
                model = self._find_model()
                if model is None:
                    self._set(NluState.NO_MODEL)
                    await asyncio.sleep(self._check_every)
                    continue
                if self.state is NluState.NO_MODEL:
                    self._set(NluState.STARTING)
                started = time.monotonic()
                await self._spawn(model)
                if await self._becomes_ready():
                    self.ready_after_seconds = time.monotonic() - started
                    ready_at = time.monotonic()
                    self._set(NluState.READY)
                    await self._watch()
                    healthy_seconds = time.monotonic() - ready_at
            except Exception as error:
                # Whatever it was (no interpreter, a broken config.yml, a full disk): the next try may do better,
                # and a supervisor that died quietly would leave the service without a model for good.
                logger.warning("nlu process did not start", extra={"error": type(error).__name__})
            finally:
                await self._end_child()
            self._set(NluState.RESTARTING)
            await asyncio.sleep(self._backoff.get_delay(healthy_seconds))

    async def _spawn(self, model: Path) -> None:
        self._data.mkdir(parents=True, exist_ok=True)
        port = _find_free_port()
        self.token = secrets.token_urlsafe(24)
        self.base_url = f"http://{HOST}:{port}"
        # No channels: with no credentials file Rasa would open its own REST channel, which asks for no token.
        credentials = self._data / "nlu-home" / "credentials.yml"
        credentials.parent.mkdir(parents=True, exist_ok=True)
        credentials.write_text("{}\n", encoding="utf-8")
        arguments = ["run", "--enable-api", "--model", str(model.resolve()), "-i", HOST, "--port", str(port)]
        arguments += ["--credentials", str(credentials)]
        mode = "ab" if self.log_path.exists() and self.log_path.stat().st_size < LOG_BYTES_KEPT else "wb"
        with self.log_path.open(mode) as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                *arguments,
                cwd=self._root,
                env=make_environment(self._root, self._data / "nlu-home"),
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
                # A group of its own: Ctrl-C in the terminal reaches the front door, which ends the child in order.
                start_new_session=True,
            )
        if self._process.stdin is not None:
            self._process.stdin.write(f"{self.token}\n".encode())

    async def _becomes_ready(self) -> bool:
        """Wait for the model to be loaded, then parse once: the first parse is slow and must not be a citizen's."""
        until = time.monotonic() + START_TIMEOUT_SECONDS
        async with self._client() as client:
            while time.monotonic() < until and self.pid is not None:
                if await self._answers(client) and await self._warms_up(client):
                    return True
                await asyncio.sleep(0.2)
        return False

    async def _watch(self) -> None:
        """Return when the child has ended or answers no more."""
        failed = 0
        async with self._client() as client:
            while self._process is not None and failed < FAILED_CHECKS_ALLOWED:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._process.wait(), self._check_every)
                    return
                failed = 0 if await self._answers(client) else failed + 1
        logger.warning("nlu process answers no more")

    def _client(self) -> httpx.AsyncClient:
        # No proxy of the machine's may stand between us and our own child.
        return httpx.AsyncClient(
            base_url=self.base_url, params={"token": self.token}, timeout=10.0, trust_env=False
        )

    async def _answers(self, client: httpx.AsyncClient) -> bool:
        try:
            answer = await client.get("/status")
            return answer.status_code == 200 and bool(answer.json().get("model_file"))
        except (httpx.HTTPError, ValueError, AttributeError):
            return False

    async def _warms_up(self, client: httpx.AsyncClient) -> bool:
        try:
            answer = await client.post("/model/parse", json={"text": "hello"}, timeout=60.0)
        except httpx.HTTPError:
            return False
        return answer.status_code == 200

    async def _end_child(self) -> None:
        process = self._process
        if process is None:
            return
        if process.returncode is None:
            _signal_group(process.pid, signal.SIGTERM)
            try:
                await asyncio.wait_for(process.wait(), STOP_SECONDS)
            except TimeoutError:
                _signal_group(process.pid, signal.SIGKILL)
                await process.wait()
        if process.stdin is not None:
            process.stdin.close()
        self._process = None


def _signal_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, number)


def _find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
