"""A real `frontdoor serve` on a free port, which can be killed and started again."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import httpx
import psutil
from fake_telegram import FakeTelegram
from fake_twilio import FakeTwilio

from storage.database import Database
from storage.vault import Vault

ROOT = Path(__file__).resolve().parents[2]
FRONTDOOR = ROOT / ".venv" / "bin" / "frontdoor"
SECRET_KEY = "a secret that only end-to-end tests know"
PUBLIC_URL = "https://door.example"


class FrontDoorProcess:
    def __init__(
        self,
        data: Path,
        telegram: FakeTelegram,
        twilio: FakeTwilio,
        options: tuple[str, ...] = (),
        environment: dict[str, str] | None = None,
    ) -> None:
        self.data = data
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = data.parent / f"serve-{self.port}.log"
        self._options = options
        # Nothing of the machine's own: a token left in a developer's shell must not reach a test.
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(data.parent),
            "FRONTDOOR_DATA": str(data),
            "SECRET_KEY": SECRET_KEY,
            "PUBLIC_URL": PUBLIC_URL,
            "TELEGRAM_TOKEN": telegram.token,
            "TELEGRAM_API_URL": telegram.url,
            "TWILIO_ACCOUNT_SID": twilio.account_sid,
            "TWILIO_AUTH_TOKEN": twilio.auth_token,
            "TWILIO_NUMBER": twilio.number,
            "TWILIO_API_URL": twilio.url,
        } | (environment or {})
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *, wait_seconds: float = 30.0) -> float:
        """Starts and waits until it answers; returns the seconds to the first 200."""
        begun = time.monotonic()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [FRONTDOOR, "serve", "--port", str(self.port), *self._options],
                env=self.environment,
                stdout=log,
                stderr=log,
                cwd=self.data.parent,
            )
        while not self.is_up():
            assert self._process.poll() is None, self.log.read_text()[-3000:]
            assert time.monotonic() - begun < wait_seconds, self.log.read_text()[-3000:]
            time.sleep(0.05)
        return time.monotonic() - begun

    def is_up(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz", timeout=2.0, trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """As a crash does: no time to finish anything."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self, how: signal.Signals = signal.SIGTERM) -> float:
        """Asks it to end; returns how many seconds that took."""
        assert self._process is not None
        begun = time.monotonic()
        self._process.send_signal(how)
        self._process.wait(30)
        return time.monotonic() - begun

    @property
    def returncode(self) -> int | None:
        return self._process.returncode if self._process else None

    def memory_bytes(self) -> int:
        """Of the process itself, without the language model's."""
        assert self._process is not None
        return int(psutil.Process(self._process.pid).memory_info().rss)

    def rasa(self) -> list[psutil.Process]:
        """The language model's processes, empty where none runs."""
        assert self._process is not None
        try:
            return psutil.Process(self._process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def readiness(self) -> dict[str, object]:
        answer: dict[str, object] = httpx.get(f"{self.url}/readyz", timeout=5, trust_env=False).json()
        return answer

    def run(self, *arguments: str, input: str | None = None) -> subprocess.CompletedProcess[str]:
        """Another `frontdoor` command with the same data."""
        return subprocess.run(
            [FRONTDOOR, *arguments],
            env=self.environment,
            cwd=self.data.parent,
            input=input,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def database(self) -> Database:
        """The database it works on, to be disposed of by the caller."""
        url = self.environment.get("DATABASE_URL") or f"sqlite:///{self.data}/frontdoor.db"
        return Database(url, Vault(SECRET_KEY))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
