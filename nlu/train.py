"""Trains the language model when, and only when, something it is made from has changed."""

import json
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from nlu.danger_training import train_table
from nlu.fingerprints import digest, read_sources
from nlu.rasa_process import get_python, make_environment

RASA_KEYS = ("recipe", "assistant_id", "language", "pipeline", "policies")
MODELS_KEPT = 3
_STARTED = re.compile(r"Starting to train component '([^']+)'")
_FINISHED = re.compile(r"Finished training component '([^']+)'")
_RESTORED = re.compile(r"Restored component '([^']+)' from cache")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class TrainingFailed(Exception):
    """The model could not be trained; the text says why and where the log lies."""


def fingerprint(root: Path) -> str:
    """SHA-256, in hex, over everything the model is made from: our sections of config.yml do not count."""
    config = _read_config(root)
    sources = [*(root / "nlu/data").glob("*.yml"), *(root / "nlu/components").glob("*.py")]
    parts = read_sources(root, [*sources, root / "nlu/requirements.lock"])
    parts["config"] = json.dumps({key: config.get(key) for key in RASA_KEYS}, sort_keys=True).encode()
    return digest(parts)


def model_path(root: Path, models: Path) -> Path:
    """Where the model for the present sources belongs, whether it is there or not."""
    return models / f"nlu-{fingerprint(root)[:12]}.tar.gz"


def find_model(root: Path, models: Path) -> Path | None:
    """The model for the present sources; else the newest older one; None where there is none."""
    wanted = model_path(root, models)
    if wanted.is_file():
        return wanted
    return next(iter(_by_age(models)), None)


def is_current(root: Path, models: Path) -> bool:
    """Whether the model for the present sources is there."""
    return model_path(root, models).is_file()


def train(root: Path, models: Path, *, say: Callable[[str], None]) -> Path:
    """Train if needed; the model's path. `say` is given one line at a time for the person waiting.

    The danger table is made first: seconds, for what must be found with no model. Raises TrainingFailed.
    """
    train_table(root, models, say=say)
    wanted = model_path(root, models)
    if wanted.is_file():
        say(f"Language model {wanted.name}: up to date; nothing to train.")
        return wanted
    python = get_python(root)
    if not python.is_file():
        raise TrainingFailed("Rasa's environment .venv-nlu is missing: `make run` sets it up.")
    if not any((root / "nlu/data").glob("*.yml")):
        raise TrainingFailed("there are no training examples in nlu/data.")
    models.mkdir(parents=True, exist_ok=True)
    say(f"Language model {wanted.name}: training (a minute or two) ...")
    started = time.monotonic()
    # Trained apart and moved into place at the end: an interrupted training leaves no half a model.
    with tempfile.TemporaryDirectory(prefix=".training-", dir=models) as scratch:
        _run_rasa(root, python, Path(scratch), models / "train.log", say)
        trained = Path(scratch) / "out" / "model.tar.gz"
        if not trained.is_file():
            raise TrainingFailed(f"Rasa ended without a model. The whole story: {models / 'train.log'}")
        shutil.move(trained, wanted)
    say(f"Language model {wanted.name}: ready after {time.monotonic() - started:.0f} s.")
    for old in _by_age(models)[MODELS_KEPT:]:
        old.unlink(missing_ok=True)
    return wanted


def _read_config(root: Path) -> dict[str, Any]:
    try:
        config = yaml.safe_load((root / "config.yml").read_text(encoding="utf-8"))
    except OSError as error:
        raise TrainingFailed(f"config.yml could not be read: {error.strerror}.") from error
    except yaml.YAMLError as error:
        raise TrainingFailed(f"config.yml is not YAML: {error}") from error
    if not isinstance(config, dict):
        raise TrainingFailed("config.yml holds no settings.")
    return config


def _by_age(models: Path) -> list[Path]:
    """Our models, the newest first."""
    return sorted(models.glob("nlu-*.tar.gz"), key=lambda p: p.stat().st_mtime, reverse=True)


def _run_rasa(root: Path, python: Path, scratch: Path, log: Path, say: Callable[[str], None]) -> None:
    config = _read_config(root)
    # Rasa is given its own keys alone: what a deployment changes elsewhere in the file is none of its business.
    own_config = scratch / "config.yml"
    own_config.write_text(
        yaml.safe_dump({key: config[key] for key in RASA_KEYS if key in config}, sort_keys=False),
        encoding="utf-8",
    )
    command = [str(python), "-m", "rasa", "train", "nlu", "--config", str(own_config), "--nlu", "nlu/data"]
    command += ["--out", str(scratch / "out"), "--fixed-model-name", "model"]
    environment = make_environment(root, scratch / "home")
    begun: dict[str, float] = {}
    with (
        log.open("w", encoding="utf-8") as out,
        subprocess.Popen(
            command,
            cwd=root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as rasa,
    ):
        try:
            for line in rasa.stdout or ():
                out.write(_COLOUR.sub("", line))
                _report(line, begun, say)
        except BaseException:
            rasa.kill()
            raise
    if rasa.returncode:
        raise TrainingFailed(f"Rasa could not train ({_last_words(log)}). The whole story: {log}")


def _report(line: str, begun: dict[str, float], say: Callable[[str], None]) -> None:
    started = _STARTED.search(line)
    if started:
        begun[started.group(1)] = time.monotonic()
        say(f"  {started.group(1)} ...")
    restored = _RESTORED.search(line)
    if restored:
        say(f"  {restored.group(1)}: unchanged, taken from the last training")
    finished = _FINISHED.search(line)
    if finished:
        seconds = time.monotonic() - begun.get(finished.group(1), time.monotonic())
        say(f"  {finished.group(1)}: done in {seconds:.0f} s")


def _last_words(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(encoding="utf-8").splitlines() if line.strip()]
    return next(
        (line[:200] for line in reversed(lines) if "Error" in line or "Exception" in line), "no reason given"
    )
