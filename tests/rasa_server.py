"""A real Rasa server with the model of the real training data, started once for all tests that want it.

Imported by tests/conftest.py or a folder's own conftest.py: `from rasa_server import nlu_server`.
"""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from nlu.rasa_process import get_python
from nlu.server import NluServer
from nlu.train import train

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class NluAddress:
    """Where the server is and what it asks for: all an interpreter needs."""

    base_url: str
    token: str
    ready_after_seconds: float
    pid: int
    log: Path
    model: Path


@pytest.fixture(scope="session")
def nlu_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NluAddress]:
    """The address of a ready server; trains first where the model in models/ is not the present one."""
    if not get_python(ROOT).exists():
        pytest.skip("Rasa's environment .venv-nlu is not set up")
    model = train(ROOT, ROOT / "models", say=lambda _: None)
    data = tmp_path_factory.mktemp("nlu")
    # The supervisor lives in a loop of its own: the tests' loops come and go.
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def start() -> tuple[NluServer, bool]:
        server = NluServer(ROOT, lambda: model, data)
        server.start()
        return server, await server.wait_ready(120)

    server, is_ready = asyncio.run_coroutine_threadsafe(start(), loop).result(150)
    try:
        assert is_ready and server.pid is not None, (data / "nlu.log").read_text()[-2000:]
        yield NluAddress(
            server.base_url,
            server.token,
            server.ready_after_seconds or 0.0,
            server.pid,
            server.log_path,
            model,
        )
    finally:
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()
