"""Systems without a server (plain.py), trained and asked in processes of Rasa's environment, from this side."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import yaml

from bench.nlu.scores import SystemScore, from_labels, judge
from bench.nlu.sets import Labelled
from bench.nlu.waiting import run_to_end
from bench.systems import BenchFailed
from nlu.evaluate import Example
from nlu.rasa_process import get_python, make_environment

CLASSIFIER = "nlu.components.classifier.LabelClassifier"
# Of the classifier's keys in config.yml those that are not the model's.
NOT_SETTINGS = ("name", "ranking_length")
NAMES = {
    "ours": "Front Door's model",
    "svm": "tf-idf + linear SVM",
    "knn": "Embedding kNN",
}


def measure_alone(
    root: Path,
    scratch: Path,
    system: str,
    train: Sequence[Labelled],
    test: Sequence[Example],
    *,
    get_limit: Callable[[], float],
) -> SystemScore:
    """Trains a system of plain.py and asks it message by message. Raises BenchFailed.

    get_limit: asked before each step how many seconds it may take.
    """
    if not get_python(root).is_file():
        raise BenchFailed("Rasa's environment .venv-nlu is missing: `make run` sets it up.")
    scratch.mkdir(parents=True, exist_ok=True)
    job, model, texts = scratch / "job.json", scratch / "model", scratch / "texts.json"
    settings = read_model_settings(root) if system == "ours" else {}
    job.write_text(json.dumps({"system": system, "train": train, "settings": settings}), encoding="utf-8")
    texts.write_text(json.dumps([example.text for example in test]), encoding="utf-8")

    def run(word: str, first: Path, second: Path, doing: str) -> dict[str, Any]:
        log = scratch / f"{word}.log"
        run_to_end(
            [str(get_python(root)), "-m", "bench.nlu.plain", word, str(first), str(second)],
            cwd=root,
            environment=make_environment(root, scratch / "home"),
            log=log,
            what=f"{NAMES[system]}: {doing}",
            limit_seconds=get_limit(),
        )
        return _read_last(log)

    trained = run("fit", job, model, f"training on {len(train):,} messages")
    asked = run("ask", model, texts, f"asked {len(test):,} messages")
    model.unlink()
    return SystemScore(
        id=system,
        name=NAMES[system],
        trained_on=len(train),
        judgement=judge(test, [from_labels(ranking) for ranking in asked["rankings"]], asked["ms"]),
        train_seconds=trained["seconds"],
        memory_mb=asked["memory_mb"],
        told=trained["told"],
    )


def read_model_settings(root: Path) -> dict[str, Any]:
    """What config.yml tells our label model; the model's own defaults count for the rest."""
    pipeline = yaml.safe_load((root / "config.yml").read_text(encoding="utf-8"))["pipeline"]
    told = next((part for part in pipeline if part["name"] == CLASSIFIER), None)
    if told is None:
        raise BenchFailed(f"config.yml has no {CLASSIFIER} in its pipeline.")
    return {name: value for name, value in told.items() if name not in NOT_SETTINGS}


def _read_last(log: Path) -> dict[str, Any]:
    """The JSON object that was printed last."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    for line in reversed(lines):
        if line.startswith("{"):
            found: dict[str, Any] = json.loads(line)
            return found
    raise BenchFailed(f"{log.stem}: it ended and told nothing")
