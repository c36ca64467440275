"""Uses the encoder and the label model in Rasa's environment, where alone they run, and prints what it saw as JSON.

    .venv-nlu/bin/python tests/nlu/component_probe.py encoder|labels FOLDER

FOLDER is empty and may be written to. test_components.py starts this and judges what it says.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from nlu.components import encoder
from nlu.components.encoder import Encoder, WrongWeights
from nlu.components.label_model import LabelModel, Settings

TEXTS = [
    "six caravans on the rec since last night",
    "",
    "stop",
    "My late husband's medals were taken from the cabinet in the hall and I cannot stop thinking about it.",
    "how do i lock my bike",
    "\u0a2e\u0a26\u0a26 \u0a15\u0a30\u0a4b",
    "\U0001f44d",
    "word " * 5_000,
    "x" * 10_000,
    "bike lock advice please, how do I lock it",
]
SAID = {
    "greet": ["hello there", "good morning to you", "hiya", "hello good people"],
    "bikes": ["how do i lock my bike", "which bike lock", "bike lock advice", "lock for a bicycle"],
    "camps": ["caravans on the rec", "six caravans parked", "travellers in the field", "caravans again"],
    "noise": ["loud music next door", "music all night", "party noise", "loud neighbours"],
    "sheep": ["my sheep are gone", "sheep stolen", "someone took the lambs", "sheep in the lane"],
}


def watch_encoder(folder: Path) -> dict[str, Any]:
    made = Encoder(threads=2)
    together = made.encode(TEXTS)
    alone = np.concatenate([made.encode([text]) for text in TEXTS])
    many = made.encode(TEXTS * 10)
    return {
        "shape": together.shape,
        "lengths": np.linalg.norm(together, axis=1).tolist(),
        "together_and_alone": (together * alone).sum(axis=1).tolist(),
        "together_and_many": [float((together[at % len(TEXTS)] * row).sum()) for at, row in enumerate(many)],
        "nothing": made.encode([]).shape,
        "bikes": float(together[4] @ together[9]),
        "bike_and_caravans": float(together[4] @ together[0]),
        "refused": _list_refusals(folder),
    }


def _list_refusals(folder: Path) -> dict[str, str]:
    """What is said of other files under the package's name, found first as another package's would be."""
    real = encoder.find_package()
    model = folder / encoder.PACKAGE / "model"
    model.mkdir(parents=True)
    (model.parent / "__init__.py").touch()
    sys.path.insert(0, str(folder))
    said = {"none": _refuse(Encoder)}
    (model / "model.safetensors").write_bytes(b"other weights")
    said["weights"] = _refuse(Encoder)
    (model / "model.safetensors").unlink()
    (model / "model.safetensors").symlink_to(real / "model.safetensors")
    said["no vocabulary"] = _refuse(Encoder)
    (model / "tokenizer.json").write_text("{}")
    said["vocabulary"] = _refuse(Encoder)
    encoder.PACKAGE = "nobody_has_this_package"
    said["package"] = _refuse(Encoder)
    return said


def _refuse(make: Callable[[], object]) -> str:
    try:
        make()
    except (WrongWeights, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    return ""


class Trap:
    """Unpickling it would write a file."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self._file,)


def watch_labels(folder: Path) -> dict[str, Any]:
    made, texts, vectors, labels = _fit(list(SAID))
    ranks = made.rank(texts, vectors)
    file = folder / "labels.npz"
    made.save(file)
    again = LabelModel.load(file)
    two, two_texts, two_vectors, two_labels = _fit(["greet", "bikes"])
    two_ranks = two.rank(two_texts, two_vectors)
    return {
        "labels": made.labels,
        "sums": ranks.sum(axis=1).tolist(),
        "right": [made.labels[at] for at in ranks.argmax(axis=1)] == labels,
        "same_order_after_loading": bool(
            np.array_equal(ranks.argsort(axis=1), again.rank(texts, vectors).argsort(axis=1))
        ),
        "off_after_loading": float(np.abs(ranks - again.rank(texts, vectors)).max()),
        "labels_after_loading": again.labels,
        "nothing_known": made.rank(["\U0001f986"], vectors[:1] * 0).sum(axis=1).tolist(),
        "two_labels": two.labels,
        "two_sums": two_ranks.sum(axis=1).tolist(),
        "two_right": [two.labels[at] for at in two_ranks.argmax(axis=1)] == two_labels,
        "refused": _list_bad_files(file),
        "unpickled": (folder / "unpickled").exists(),
    }


def _fit(labels: list[str]) -> tuple[LabelModel, list[str], np.ndarray, list[str]]:
    texts = [text for label in labels for text in SAID[label]]
    wanted = [label for label in labels for _ in SAID[label]]
    # Numbers in place of the encoder's: what they mean is not judged here.
    vectors = np.random.default_rng(0).normal(size=(len(texts), 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return LabelModel.fit(texts, vectors, wanted, Settings(seldom=1, directions=8)), texts, vectors, wanted


def _list_bad_files(good: Path) -> dict[str, str]:
    folder = good.parent
    content = good.read_bytes()
    with np.load(good) as held:
        arrays = dict(held)
    trap = np.empty(1, dtype=object)
    trap[0] = Trap(folder / "unpickled")
    bad = {name: folder / f"{name}.npz" for name in ("text", "empty", "cut", "array", "others", "trap")}
    bad["text"].write_text("labels: none\n")
    bad["empty"].touch()
    bad["cut"].write_bytes(content[: len(content) // 2])
    with bad["array"].open("wb") as file:
        np.save(file, np.zeros(3))
    np.savez(bad["others"], weights=np.zeros(3))
    np.savez(bad["trap"], **{**arrays, "weights": trap})
    bad["missing"] = folder / "missing.npz"

    def load(file: Path) -> str:
        return _refuse(lambda: LabelModel.load(file))

    return {name: load(file) for name, file in bad.items()}


if __name__ == "__main__":
    watch = {"encoder": watch_encoder, "labels": watch_labels}[sys.argv[1]]
    print(json.dumps(watch(Path(sys.argv[2]))))  # noqa: T201
