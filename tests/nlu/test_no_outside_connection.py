"""Rasa trains and serves without a word to the outside; the guard that says so is shown to bite."""

import asyncio
import subprocess
from pathlib import Path

import pytest
from guarded import ROOT, make_project, read_calls

from nlu.interpreter import RasaInterpreter
from nlu.rasa_process import get_python, make_environment
from nlu.server import NluServer
from nlu.train import find_model, train

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not get_python(ROOT).exists(), reason="Rasa's environment .venv-nlu is not set up"),
]

OUTSIDE = {
    "socket": "import socket; socket.create_connection(('192.0.2.1', 443), timeout=1)",
    "look-up": "import socket; socket.getaddrinfo('example.org', 443)",
    "datagram": (
        "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))"
    ),
    "requests": "import requests; requests.get('https://example.org', timeout=1)",
    "uvloop": (
        "import asyncio, uvloop; uvloop.install();"
        "asyncio.run((lambda: asyncio.open_connection('192.0.2.1', 443))())"
    ),
    "aiohttp on uvloop": (
        "import aiohttp, asyncio, uvloop; uvloop.install()\n"
        "async def go():\n"
        "    async with aiohttp.ClientSession() as session: await session.get('http://192.0.2.1/')\n"
        "asyncio.run(go())"
    ),
}


@pytest.mark.parametrize("program", OUTSIDE.values(), ids=OUTSIDE.keys())
def test_the_guard_catches_what_leaves_the_machine(program: str, tmp_path: Path):
    folder = make_project(tmp_path)

    tried = subprocess.run(
        [get_python(folder), "-c", program],
        env=make_environment(folder, tmp_path / "home"),
        capture_output=True,
        text=True,
        check=False,
    )

    assert tried.returncode != 0 and "refused by the guard" in tried.stderr
    assert any("192.0.2.1" in call or "example.org" in call for call in read_calls(folder))


def test_the_guard_catches_rasas_own_reports_where_they_are_left_on(tmp_path: Path):
    folder = make_project(tmp_path)
    program = (
        "import rasa.telemetry as t; t.initialize_telemetry(); t.initialize_error_reporting();"
        "t.track_shell_started('nlu')\n"
        "import sentry_sdk; sentry_sdk.capture_message('x'); sentry_sdk.flush(2)"
    )
    environment = make_environment(folder, tmp_path / "home") | {"RASA_TELEMETRY_ENABLED": "true"}

    subprocess.run([get_python(folder), "-c", program], env=environment, capture_output=True, check=False)

    # Usage reports are sent for licensed customers alone since Rasa 3.6; error reports for everybody.
    assert "ingest.sentry.io" in " ".join(read_calls(folder))


def test_training_and_serving_open_no_outside_connection(tmp_path: Path):
    folder = make_project(tmp_path)
    said: list[str] = []
    config = (folder / "config.yml").read_bytes()

    train(folder, folder / "models", say=said.append)

    assert read_calls(folder) == []
    assert any("LabelClassifier: done" in line for line in said), "progress is shown"
    assert (folder / "config.yml").read_bytes() == config, "Rasa left our settings alone"

    async def serve() -> None:
        server = NluServer(folder, lambda: find_model(folder, folder / "models"), tmp_path / "data")
        server.start()
        try:
            assert await server.wait_ready(120)
            interpreter = RasaInterpreter(server, timeout_seconds=10)
            found = await interpreter.understand("6 caravans on the rec")
            await interpreter.aclose()
        finally:
            await server.stop()
        assert found is not None and found.label == "report_encampment"
        assert [(e.name, e.value) for e in found.entities] == [("caravans", 6), ("land", "park")]

    asyncio.run(serve())
    assert read_calls(folder) == []
