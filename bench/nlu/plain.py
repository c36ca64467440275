"""Models that need no server, trained and asked on their own. Runs in Rasa's environment, without Rasa.

    python -m bench.nlu.plain fit JOB MODEL      JOB: {"system", "train": [[text, label]], "settings"?}
    python -m bench.nlu.plain ask MODEL TEXTS    TEXTS: [text]

Each prints one JSON object as its last line. Two processes, so that the memory of answering holds nothing of training.
"""

import json
import os
import pickle
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline, make_union
from sklearn.svm import LinearSVC

from nlu.components.encoder import Encoder
from nlu.components.label_model import LabelModel, Settings

RANKED = 3
WARM_UP = 20
THREADS = 2
NEIGHBOURS = (1, 3, 5, 10, 20)
# Of the training messages; k is chosen on it.
HELD_OUT = 0.1


class Model(Protocol):
    """A trained system."""

    told: str

    def rank(self, text: str) -> list[str]:
        """The likeliest RANKED labels of one message, best first."""


class SupportVectors:
    """Tf-idf of words and pieces of words, and a linear support vector machine a label."""

    def __init__(self, texts: Sequence[str], labels: Sequence[str]) -> None:
        words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2, dtype=np.float32)
        pieces = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=2, dtype=np.float32
        )
        # The tolerance is the one of our own model, for a fair comparison of time.
        self._model = make_pipeline(make_union(words, pieces), LinearSVC(tol=0.1, random_state=0))
        self._model.fit(texts, labels)
        self.told = "words and their pairs, pieces of 2 to 5 letters; C 1, tolerance 0.1"

    def rank(self, text: str) -> list[str]:
        margins = self._model.decision_function([text])[0]
        labels = self._model.classes_
        if margins.ndim == 0:  # of two labels there is one margin, and it speaks for the second
            margins = np.array([-margins, margins])
        return [str(labels[at]) for at in np.argsort(-margins)[:RANKED]]


class Neighbours:
    """The labels of the training messages whose sentence vectors are nearest, by cosine."""

    def __init__(self, texts: Sequence[str], labels: Sequence[str]) -> None:
        self._encoder: Encoder | None = Encoder(threads=THREADS)
        self._vectors = self._encoder.encode(texts)
        self._labels = list(labels)
        self._k = self._choose()
        self.told = f"k = {self._k}, chosen on a tenth of the training messages"

    def _choose(self) -> int:
        """The k that reads most of a part of the training messages as the rest of them say."""
        rows = np.arange(len(self._labels))
        try:
            rest, part = train_test_split(rows, test_size=HELD_OUT, random_state=0, stratify=self._labels)
        except ValueError:  # labels with one message, or fewer messages held out than labels
            rest, part = train_test_split(rows, test_size=HELD_OUT, random_state=0)
        labels = [self._labels[at] for at in rest]
        hits = dict.fromkeys(NEIGHBOURS, 0)
        for start in range(0, len(part), 256):
            some = part[start : start + 256]
            for at, similar in zip(some, self._vectors[some] @ self._vectors[rest].T, strict=True):
                for k in NEIGHBOURS:
                    hits[k] += _vote(similar, labels, k)[0] == self._labels[at]
        return max(NEIGHBOURS, key=lambda k: (hits[k], -k))

    def rank(self, text: str) -> list[str]:
        if self._encoder is None:
            self._encoder = Encoder(threads=THREADS)
        return _vote(self._vectors @ self._encoder.encode([text])[0], self._labels, self._k)[:RANKED]

    def __getstate__(self) -> dict[str, Any]:
        # The session of the sentence vectors cannot be written down; it is made anew.
        return {**self.__dict__, "_encoder": None}


def _vote(similar: np.ndarray, labels: Sequence[str], k: int) -> list[str]:
    """Labels by the similarity of the nearest k added up; then the labels of the next nearest, to fill three places."""
    most = min(len(labels), max(NEIGHBOURS) + 30)
    near = np.argpartition(-similar, most - 1)[:most]
    near = near[np.argsort(-similar[near], kind="stable")]
    votes: dict[str, float] = defaultdict(float)
    for at in near[:k]:
        votes[labels[at]] += float(similar[at])
    ranked = sorted(votes, key=lambda label: -votes[label])
    return list(dict.fromkeys([*ranked, *(labels[at] for at in near[k:])]))


class Ours:
    """Front Door's own sentence vectors and label model, without Rasa around them."""

    def __init__(self, texts: Sequence[str], labels: Sequence[str], settings: dict[str, Any]) -> None:
        self._encoder: Encoder | None = Encoder(threads=THREADS)
        self._model = LabelModel.fit(texts, self._encoder.encode(texts), labels, Settings(**settings))
        self.told = "the settings of config.yml"

    def rank(self, text: str) -> list[str]:
        if self._encoder is None:
            self._encoder = Encoder(threads=THREADS)
        confidences = self._model.rank([text], self._encoder.encode([text]))[0]
        return [self._model.labels[at] for at in np.argsort(-confidences)[:RANKED]]

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_encoder": None}


def fit(job: dict[str, Any]) -> Model:
    texts, labels = zip(*job["train"], strict=True)
    if job["system"] == "svm":
        return SupportVectors(texts, labels)
    if job["system"] == "knn":
        return Neighbours(texts, labels)
    if job["system"] == "ours":
        return Ours(texts, labels, job.get("settings", {}))
    raise ValueError(job["system"])


def ask(model: Model, texts: Sequence[str]) -> dict[str, Any]:
    """One message at a time, after a few unmeasured: {"rankings": [[label]], "ms": [one a message], "memory_mb"}."""
    for text in texts[:WARM_UP]:
        model.rank(text)
    rankings, milliseconds = [], []
    for text in texts:
        begun = time.perf_counter()
        rankings.append(model.rank(text))
        milliseconds.append(round((time.perf_counter() - begun) * 1000, 3))
    return {"rankings": rankings, "ms": milliseconds, "memory_mb": round(_measure_memory(), 1)}


def _measure_memory() -> float:
    """Resident MB of this process now; where nobody tells, the most there ever was."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    except OSError:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most / 1e6 if sys.platform == "darwin" else most * 1024 / 1e6


def main(word: str, first: Path, second: Path) -> None:
    if word == "fit":
        job = json.loads(first.read_text(encoding="utf-8"))
        begun = time.perf_counter()
        model = fit(job)
        seconds = time.perf_counter() - begun
        second.write_bytes(pickle.dumps(model))
        print(json.dumps({"seconds": round(seconds, 2), "told": model.told}))
    else:
        # Written a moment ago by `fit`, in a folder nobody else can write to.
        model = pickle.loads(first.read_bytes())
        print(json.dumps(ask(model, json.loads(second.read_text(encoding="utf-8")))))


if __name__ == "__main__":
    # Imported under its own name, or the pickled classes would belong to "__main__" of whoever reads them.
    from bench.nlu import plain

    plain.main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
