"""Trains what Rasa serves: ours once more to see how long it takes, and the pipeline of `rasa init` to compare with."""

import hashlib
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bench.nlu.sets import Labelled
from bench.nlu.waiting import run_to_end
from bench.peer import PEER
from bench.systems import BenchFailed
from nlu.rasa_process import get_python, make_environment
from nlu.train import RASA_KEYS, fingerprint

# There are no responses to choose between.
LEFT_OUT = ("ResponseSelector",)

Say = Callable[[str], None]


@dataclass(frozen=True)
class Trained:
    """A model and how long it took, in seconds, from starting Rasa to the file."""

    model: Path
    seconds: float


def time_ours(root: Path, models: Path, *, limit_seconds: float, say: Say) -> float:
    """Seconds the present sources take to train from nothing; once measured it is kept beside the models.

    Raises BenchFailed.
    """
    kept = models / "bench" / f"ours-{fingerprint(root)[:12]}.json"
    seconds = _read_seconds(kept)
    if seconds is not None:
        say(f"  training took {seconds:.0f} s when it was measured; the sources are the same")
        return seconds
    config = yaml.safe_load((root / "config.yml").read_text(encoding="utf-8"))
    own = {key: config[key] for key in RASA_KEYS if key in config}
    with _scratch(kept.parent) as scratch:
        trained = _train(root, own, root / "nlu" / "data", Path(scratch), limit_seconds, "training ours anew")
    kept.write_text(json.dumps({"seconds": round(trained.seconds, 1)}) + "\n", encoding="utf-8")
    return trained.seconds


def train_peer(
    root: Path, models: Path, messages: Sequence[Labelled], *, epochs: int, limit_seconds: float, say: Say
) -> Trained:
    """The pipeline of `rasa init` on these messages, trained if it is not there. Raises BenchFailed."""
    config, data = make_peer_config(epochs), make_peer_data(messages)
    digest = hashlib.sha256()
    for content in (yaml.safe_dump(config), data, (root / "nlu" / "requirements.lock").read_text("utf-8")):
        digest.update(f"{len(content)}\0{content}".encode())
    kept = models / "bench" / f"nlu-peer-{digest.hexdigest()[:12]}.tar.gz"
    told = kept.with_name(f"{kept.name}.json")
    seconds = _read_seconds(told)
    if kept.is_file() and seconds is not None:
        say(f"  {kept.name}: up to date; nothing to train")
        return Trained(kept, seconds)
    with _scratch(kept.parent) as scratch:
        written = Path(scratch) / "nlu.yml"
        written.write_text(data, encoding="utf-8")
        what = f"training DIET, {epochs} epochs on {len(messages):,} messages"
        trained = _train(root, config, written, Path(scratch), limit_seconds, what)
        shutil.move(trained.model, kept)
    told.write_text(json.dumps({"seconds": round(trained.seconds, 1)}) + "\n", encoding="utf-8")
    return Trained(kept, trained.seconds)


def make_peer_config(epochs: int) -> dict[str, Any]:
    """The pipeline of the peer in bench/peers/rasa_init, as `rasa init` writes it, for labels alone."""
    config = yaml.safe_load((PEER / "config.yml").read_text(encoding="utf-8"))
    pipeline = [dict(part) for part in config["pipeline"] if part["name"] not in LEFT_OUT]
    for part in pipeline:
        if "epochs" in part:
            part["epochs"] = epochs
    return {"recipe": config["recipe"], "assistant_id": "nlu-peer", "language": "en", "pipeline": pipeline}


def make_peer_data(messages: Sequence[Labelled]) -> str:
    """Training messages in Rasa's YAML; asks as ask.<topic>, as in nlu/data."""
    by_label: dict[str, list[str]] = {}
    for text, label in messages:
        by_label.setdefault(label.replace("ask/", "ask."), []).append(f"- {' '.join(text.split())}\n")
    groups = [{"intent": label, "examples": "".join(lines)} for label, lines in by_label.items()]
    return yaml.safe_dump({"version": "3.1", "nlu": groups}, allow_unicode=True, width=10_000)


def _train(
    root: Path, config: dict[str, Any], data: Path, scratch: Path, limit_seconds: float, what: str
) -> Trained:
    if not get_python(root).is_file():
        raise BenchFailed("Rasa's environment .venv-nlu is missing: `make run` sets it up.")
    given = scratch / "config.yml"
    given.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    command = [str(get_python(root)), "-m", "rasa", "train", "nlu", "--config", str(given)]
    command += ["--nlu", str(data), "--out", str(scratch / "out"), "--fixed-model-name", "model"]
    environment = make_environment(root, scratch / "home")
    # A cache of its own, which is empty: what was trained before would cost no time.
    environment["RASA_CACHE_DIRECTORY"] = str(scratch / "cache")
    begun = time.monotonic()
    run_to_end(
        command,
        cwd=root,
        environment=environment,
        log=scratch / "log",
        what=what,
        limit_seconds=limit_seconds,
    )
    trained = scratch / "out" / "model.tar.gz"
    if not trained.is_file():
        raise BenchFailed(f"{what}: Rasa ended without a model")
    return Trained(trained, time.monotonic() - begun)


def _scratch(beside: Path) -> tempfile.TemporaryDirectory[str]:
    beside.mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryDirectory(prefix=".training-", dir=beside)


def _read_seconds(path: Path) -> float | None:
    """What was kept; None where there is nothing of use."""
    try:
        return float(json.loads(path.read_text(encoding="utf-8"))["seconds"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
