"""Trains the Rasa-only peer, when anything it is made from has changed, and says how its parts are started."""

import hashlib
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.systems import BenchFailed
from nlu.rasa_process import get_python, make_environment

PEER = Path(__file__).resolve().parent / "peers" / "rasa_init"
# What the model is made from; the rest (actions, endpoints) is read when it runs.
TRAINED_FROM = ("config.yml", "domain.yml", "data/nlu.yml", "data/rules.yml")


def model_path(root: Path, models: Path) -> Path:
    """Where the peer's model belongs, by the content it is trained from."""
    digest = hashlib.sha256()
    for path in [*(PEER / name for name in TRAINED_FROM), root / "nlu" / "requirements.lock"]:
        content = path.read_bytes()
        digest.update(f"{path.name}\0{len(content)}\0".encode())
        digest.update(content)
    return models / "bench" / f"peer-{digest.hexdigest()[:12]}.tar.gz"


def train_peer(root: Path, models: Path, *, say: Callable[[str], None]) -> Path:
    """The peer's model, trained if it is not there. Raises BenchFailed."""
    wanted = model_path(root, models)
    if wanted.is_file():
        say(f"Peer {wanted.name}: up to date; nothing to train.")
        return wanted
    if not get_python(root).is_file():
        raise BenchFailed("Rasa's environment .venv-nlu is missing: `make run` sets it up.")
    wanted.parent.mkdir(parents=True, exist_ok=True)
    log = wanted.parent / "peer-train.log"
    say(f"Peer {wanted.name}: training DIET, 100 epochs (two minutes or more) ...")
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix=".peer-", dir=wanted.parent) as scratch:
        folder = copy_peer(Path(scratch))
        command = [*_rasa(root), "train", "--fixed-model-name", "model", "--out", "out"]
        with log.open("wb") as out:
            ended = subprocess.run(
                command,
                cwd=folder,
                env=peer_environment(root, folder, action_port=0),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                check=False,
            )
        trained = folder / "out" / "model.tar.gz"
        if ended.returncode or not trained.is_file():
            raise BenchFailed(f"the peer could not be trained. The whole story: {log}")
        shutil.move(trained, wanted)
    say(f"Peer {wanted.name}: ready after {time.monotonic() - started:.0f} s.")
    return wanted


def copy_peer(scratch: Path) -> Path:
    """A copy to train or run in: Rasa writes caches and databases beside what it reads."""
    folder = scratch / "peer"
    shutil.copytree(PEER, folder, ignore=shutil.ignore_patterns("__pycache__", "README.md"))
    return folder


def peer_environment(root: Path, folder: Path, *, action_port: int) -> dict[str, str]:
    """Variables of the peer's two processes; `folder` holds its databases."""
    return {
        **make_environment(root, folder / "home"),
        "PYTHONPATH": str(folder),
        "SANIC_HOST": "127.0.0.1",
        "PEER_ACTION_PORT": str(action_port),
        "PEER_TRACKER_DB": str(folder / "tracker.db"),
        "PEER_REPORTS_DB": str(folder / "reports.db"),
    }


def actions_command(root: Path, port: int) -> list[str]:
    """The action server, as `rasa run actions` starts it."""
    return [*_rasa(root), "run", "actions", "--port", str(port)]


def assistant_command(root: Path, model: Path, port: int) -> list[str]:
    """The assistant, as `rasa run` starts it."""
    return [*_rasa(root), "run", "--model", str(model), "--interface", "127.0.0.1", "--port", str(port)]


def _rasa(root: Path) -> list[str]:
    return [str(get_python(root)), "-m", "rasa"]
