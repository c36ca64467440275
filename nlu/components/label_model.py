"""Which label a message has: two models over its words, pieces of its words, and the vector of its sentence.

Runs in Rasa's environment, without Rasa, so that benchmarks and experiments use what the service uses. A linear
support vector machine for each label against the rest (liblinear, through scikit-learn), whose margins become
confidences by softmax(temperature * margins), and a small network beside them (network.py).
"""

import json
import zipfile
import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from nlu.components.network import PARTS, Network

# Each label's machine is trained alone, so two cores take half of them each.
WORKERS = 2
# Stops early: no validation message is read worse.
TOLERANCE = 0.3
_BROKEN_ZIP = (zipfile.BadZipFile, zlib.error)


@dataclass(frozen=True)
class Settings:
    """What training is told (config.yml, pipeline).

    embedding: how much the sentence's vector counts beside the words, whose own vectors have length 1 each.
    directions: how many numbers of that vector are kept, the principal ones (95 % of it at 128, in two thirds of
    the training time).
    strictness: liblinear's C. temperature: how fast confidence grows with the margin; set so that confidences
    are true on messages that were not trained on. balance: 0 counts every message alike, 1 every label alike.
    network: how much the network's confidences count, 0 to 1; the rest is the machines'.
    """

    embedding: float = 1.5
    directions: int = 128
    strictness: float = 1.0
    temperature: float = 5.0
    balance: float = 0.5
    network: float = 0.4
    seldom: int = 2


class LabelModel:
    """A trained model. Make one with `fit` or `load`."""

    def __init__(
        self,
        labels: list[str],
        readers: list[TfidfVectorizer],
        directions: np.ndarray,
        weights: np.ndarray,
        bias: np.ndarray,
        network: Network,
        settings: Settings,
    ) -> None:
        """directions: [width, kept]; weights: [features, labels], half precision; bias: [labels]."""
        self.labels = labels
        self._readers = readers
        self._directions = directions
        self._weights = weights
        self._bias = bias
        self._network = network
        self._settings = settings

    @classmethod
    def fit(
        cls, texts: Sequence[str], vectors: np.ndarray, labels: Sequence[str], settings: Settings
    ) -> "LabelModel":
        """texts, vectors [texts, width] and labels stand in the same order."""
        readers = _make_readers(settings)
        parts = [reader.fit_transform(texts) for reader in readers]
        names = sorted(set(labels))
        number = {name: at for at, name in enumerate(names)}
        wanted = np.array([number[label] for label in labels])
        directions = _find_directions(vectors, settings.directions)
        seen = vectors @ directions
        counts = np.bincount(wanted).astype(float) ** -settings.balance
        importance = (counts / counts.mean())[wanted]
        words = hstack(parts, format="csr")
        with ThreadPoolExecutor(1) as pool:
            columns = _choose_columns(readers, words, settings)
            weighed = importance / importance.mean()
            beside = pool.submit(Network.fit, words, columns, seen * settings.embedding, wanted, weighed)
            features = _join(words, seen, settings)
            weights, bias = _train(features, wanted, importance, len(names), settings)
            network = beside.result()
        return cls(names, readers, directions, weights.astype(np.float16), bias, network, settings)

    def rank(self, texts: Sequence[str], vectors: np.ndarray) -> np.ndarray:
        """Confidences [texts, labels], each row adding up to 1."""
        words = hstack([reader.transform(texts) for reader in self._readers], format="csr")
        seen = vectors @ self._directions
        features = _join(words, seen, self._settings)
        margins = np.empty((len(texts), len(self.labels)), dtype=np.float32)
        for row in range(len(texts)):
            # Only the features that are there: turning the whole table into full precision costs more than all else.
            there = features.indices[features.indptr[row] : features.indptr[row + 1]]
            values = features.data[features.indptr[row] : features.indptr[row + 1]].astype(np.float32)
            margins[row] = values @ self._weights[there].astype(np.float32) + self._bias
        share = self._settings.network
        beside = self._network.rank(words, seen * np.float32(self._settings.embedding))
        scaled = margins * self._settings.temperature * (1 - share) + beside * share
        powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))

    def save(self, path: Path) -> None:
        """One file: arrays, and the words as JSON; nothing in it is run when it is loaded.

        Packed here, as Rasa would pack it into the model three times as slowly.
        """
        words = [sorted(r.vocabulary_, key=r.vocabulary_.__getitem__) for r in self._readers]
        told = {"labels": self.labels, "settings": asdict(self._settings), "words": words}
        with path.open("wb") as file:
            np.savez_compressed(
                file,
                directions=self._directions,
                weights=self._weights,
                bias=self._bias,
                told=np.frombuffer(json.dumps(told).encode(), dtype=np.uint8),
                **{f"rarity_{at}": r.idf_ for at, r in enumerate(self._readers)},
                **{f"network_{name}": array for name, array in self._network.arrays.items()},
            )

    @classmethod
    def load(cls, path: Path) -> "LabelModel":
        """Raises ValueError for a file that is none of ours."""
        try:
            with np.load(path, allow_pickle=False) as held:
                told = json.loads(held["told"].tobytes())
                settings = Settings(**told["settings"])
                readers = _make_readers(settings)
                for at, (reader, words) in enumerate(zip(readers, told["words"], strict=True)):
                    reader.vocabulary = {word: number for number, word in enumerate(words)}
                    reader.idf_ = held[f"rarity_{at}"]
                arrays = (held[name] for name in ("directions", "weights", "bias"))
                network = Network({name: held[f"network_{name}"] for name in PARTS})
                return cls(told["labels"], readers, *arrays, network, settings)
        except (KeyError, TypeError, ValueError, OSError, EOFError, *_BROKEN_ZIP) as error:
            raise ValueError(f"{path.name} holds no label model") from error


def _make_readers(settings: Settings) -> list[TfidfVectorizer]:
    """Words and their pairs; and pieces of words, which forgive misspelling."""
    common: dict[str, Any] = {"sublinear_tf": True, "min_df": settings.seldom, "dtype": np.float32}
    return [
        TfidfVectorizer(ngram_range=(1, 2), **common),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), **common),
    ]


def _find_directions(vectors: np.ndarray, kept: int) -> np.ndarray:
    """The directions in which the vectors lie furthest out (principal components, not centred)."""
    _, directions = np.linalg.eigh(vectors.T @ vectors)
    return np.ascontiguousarray(directions[:, ::-1][:, :kept], dtype=np.float32)


def _choose_columns(readers: list[TfidfVectorizer], words: csr_matrix, settings: Settings) -> np.ndarray:
    """What the network reads: words, pairs and pieces of 3 or 4 letters; the others cost it time and bring nothing."""
    often = np.bincount(words.indices, minlength=words.shape[1]) > settings.seldom
    whole, pieces = (reader.get_feature_names_out() for reader in readers)
    fit = np.array([True] * len(whole) + [3 <= len(piece) <= 4 for piece in pieces])
    return np.flatnonzero(often & fit)


def _join(words: csr_matrix, vectors: np.ndarray, settings: Settings) -> csr_matrix:
    return hstack([words, csr_matrix(vectors * np.float32(settings.embedding))], format="csr")


def _train(
    features: csr_matrix, wanted: np.ndarray, importance: np.ndarray, labels: int, settings: Settings
) -> tuple[np.ndarray, np.ndarray]:
    weights = np.zeros((features.shape[1], labels))
    bias = np.zeros(labels)
    # In the shape liblinear wants, before the workers share it: each would turn it round for itself.
    features = features.astype(np.float64)
    features.sort_indices()

    def train_some(mine: np.ndarray) -> None:
        # All labels of the other workers are one more label here, whose machine is thrown away.
        known = np.where(np.isin(wanted, mine), wanted, labels)
        machine = LinearSVC(C=settings.strictness, tol=TOLERANCE, random_state=0)
        machine.fit(features, known, sample_weight=importance)
        for row, label in enumerate(machine.classes_):
            if label != labels:
                # With two classes there is one machine, and it stands for the second.
                sign = -1.0 if len(machine.classes_) == 2 and row == 0 else 1.0
                at = 0 if len(machine.classes_) == 2 else row
                weights[:, label] = sign * machine.coef_[at]
                bias[label] = sign * machine.intercept_[at]

    if labels < 2 * WORKERS:
        train_some(np.arange(labels))
        return weights, bias
    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(train_some, [np.arange(start, labels, WORKERS) for start in range(WORKERS)]))
    return weights, bias
