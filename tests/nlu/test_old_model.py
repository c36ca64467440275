"""Whoever opens the front door is told where the model was trained from other data than the files now hold."""

import os
import socket
import subprocess
from pathlib import Path

import pytest

from nlu.train import model_path

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
SAID = "was trained from other data than the files now hold"


def read_start(folder: Path, *options: str) -> str:
    """What `frontdoor serve` says until it is open."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "FRONTDOOR_DATA": str(folder / "data"),
        "FRONTDOOR_MODELS": str(folder / "models"),
        "SECRET_KEY": "a secret that only this test knows, 40 letters",
    }
    said = ""
    with subprocess.Popen(
        [ROOT / ".venv/bin/frontdoor", "serve", "--port", str(port), *options],
        env=environment,
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as serving:
        try:
            for line in serving.stderr or ():
                said += line
                if "Stop it with" in line:
                    break
        finally:
            serving.terminate()
    assert "Stop it with" in said, said
    return said


@pytest.mark.parametrize("age", ["old", "present", "none"])
def test_an_old_model_is_named_at_the_start(age: str, tmp_path: Path):
    models = tmp_path / "models"
    models.mkdir()
    old = models / "nlu-000000000000.tar.gz"
    if age == "old":
        old.touch()
    if age == "present":
        model_path(ROOT, models).touch()

    said = read_start(tmp_path)

    assert (f"{old.name} {SAID}" in said) is (age == "old")
    assert (SAID in said) is (age == "old")


def test_without_understanding_no_model_is_spoken_of(tmp_path: Path):
    (tmp_path / "models").mkdir()
    (tmp_path / "models/nlu-000000000000.tar.gz").touch()

    assert SAID not in read_start(tmp_path, "--no-understanding")
