"""Reads messages with the trained model's own parts in Rasa's environment, without a server; prints the labels as JSON.

    .venv-nlu/bin/python tests/nlu/label_probe.py MODEL < messages.json

For each message: the likeliest three labels, and the confidence of danger. test_floors.py starts this.
"""

import json
import sys
import tarfile
import tempfile
from pathlib import Path

import numpy as np

from nlu.components.encoder import Encoder
from nlu.components.label_model import LabelModel
from nlu.components.spelling import Speller

DANGER = ("emergency", "crisis")


def read_parts(model: Path, folder: Path) -> tuple[Speller, LabelModel]:
    """Of the file `frontdoor train` made."""
    with tarfile.open(model) as packed:
        found = {Path(m.name).name: m for m in packed.getmembers() if m.isfile()}
        for name in ("words.json", "labels.npz"):
            content = packed.extractfile(found[name])
            if content is not None:
                (folder / name).write_bytes(content.read())
    return Speller.load(folder / "words.json"), LabelModel.load(folder / "labels.npz")


def main() -> None:
    texts = json.load(sys.stdin)
    with tempfile.TemporaryDirectory() as folder:
        speller, model = read_parts(Path(sys.argv[1]), Path(folder))
    mended = [speller.correct(text) for text in texts]
    ranked = model.rank(mended, Encoder(threads=2).encode(mended))
    danger = ranked[:, [model.labels.index(name) for name in DANGER]].sum(axis=1)
    best = np.argsort(-ranked, axis=1)[:, :3]
    rows = [[model.labels[at].replace("ask.", "ask/") for at in row] for row in best]
    json.dump({"labels": rows, "danger": danger.tolist()}, sys.stdout)


if __name__ == "__main__":
    main()
