"""A network of one hidden layer over the words and the vector of a message: it errs where the machines do not.

Runs in Rasa's environment, without Rasa. Written in numpy because it is small and its input is nearly all zeros: a
message has some 150 of 70,000 words and pieces, and only their rows are touched. Learns by Adagrad, one step size for
each word's row.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

HIDDEN = 256
PASSES = 7  # through all messages
BATCH = 128
STEP = 0.05
LAST_STEP = 0.05  # of the first
# Left out at random while it learns, so that it leans on no single word.
WORDS_LEFT_OUT, HIDDEN_LEFT_OUT = 0.3, 0.4
# Of what is wanted, spread over all labels.
SMOOTHING = 0.05
_TINY = 1e-8
PARTS = ("words", "vector", "hidden_bias", "hidden", "bias", "columns")
Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Network:
    """A trained one. `arrays`: words [columns, hidden], vector [width, hidden], hidden [hidden, labels], the two
    biases, and columns: which of the features it reads, in their order.
    """

    arrays: Arrays

    @classmethod
    def fit(
        cls,
        words: csr_matrix,
        columns: np.ndarray,
        vectors: np.ndarray,
        wanted: np.ndarray,
        importance: np.ndarray,
    ) -> "Network":
        """words [texts, features], vectors [texts, width], the number of each one's label, how much each counts."""
        random = np.random.default_rng(0)
        words, importance = words[:, columns], importance.astype(np.float32)
        labels = int(wanted.max()) + 1
        arrays = _begin(words.shape[1], vectors.shape[1], labels, random)
        past = {
            name: np.full(a.shape if name != "words" else len(a), _TINY, a.dtype)
            for name, a in arrays.items()
        }
        steps, done = PASSES * max(1, len(wanted) // BATCH), 0
        for _ in range(PASSES):
            order = random.permutation(len(wanted))
            words, vectors, wanted, importance = (
                words[order],
                vectors[order],
                wanted[order],
                importance[order],
            )
            for start in range(0, max(1, len(wanted) // BATCH) * BATCH, BATCH):
                rows = slice(start, start + BATCH)
                aim = np.full((len(wanted[rows]), labels), SMOOTHING / labels, np.float32)
                aim[np.arange(len(aim)), wanted[rows]] += 1 - SMOOTHING
                step = np.float32(STEP * max(LAST_STEP, 1 - done / steps))
                _learn(arrays, past, words[rows], vectors[rows], aim, importance[rows, None], step, random)
                done += 1
        return cls({**arrays, "words": arrays["words"].astype(np.float16), "columns": columns})

    def rank(self, words: csr_matrix, vectors: np.ndarray) -> np.ndarray:
        """Logarithms of the confidences, [texts, labels]."""
        a = self.arrays
        hidden = np.empty((words.shape[0], a["vector"].shape[1]), np.float32)
        place = np.searchsorted(a["columns"], words.indices).clip(max=len(a["columns"]) - 1)
        data = np.where(a["columns"][place] == words.indices, words.data, 0).astype(np.float32)
        for row in range(len(hidden)):
            # Only the words that are there, turned into full precision.
            there = slice(words.indptr[row], words.indptr[row + 1])
            hidden[row] = data[there] @ a["words"][place[there]].astype(np.float32)
        hidden += vectors @ a["vector"] + a["hidden_bias"]
        return _normalise(np.maximum(hidden, 0) @ a["hidden"] + a["bias"])


def _begin(features: int, width: int, labels: int, random: np.random.Generator) -> Arrays:
    def draw(rows: int, columns: int, spread: float) -> np.ndarray:
        return random.standard_normal((rows, columns), np.float32) * np.float32(spread)

    return {
        "words": draw(features, HIDDEN, 0.05),
        "vector": draw(width, HIDDEN, 0.1),
        "hidden_bias": np.zeros(HIDDEN, np.float32),
        "hidden": draw(HIDDEN, labels, HIDDEN**-0.5),
        "bias": np.zeros(labels, np.float32),
    }


def _learn(
    arrays: Arrays,
    past: Arrays,
    words: csr_matrix,
    vectors: np.ndarray,
    aim: np.ndarray,
    importance: np.ndarray,
    step: np.float32,
    random: np.random.Generator,
) -> None:
    """One step on one batch; `past` holds the squares of all slopes so far."""
    there, at = np.unique(words.indices, return_inverse=True)
    kept = (random.random(words.nnz) > WORDS_LEFT_OUT).astype(np.float32) / np.float32(1 - WORDS_LEFT_OUT)
    few = csr_matrix((words.data * kept, at.ravel(), words.indptr), shape=(words.shape[0], len(there)))
    hidden = few @ arrays["words"][there] + vectors @ arrays["vector"] + arrays["hidden_bias"]
    open_ = (hidden > 0) & (random.random(hidden.shape) > HIDDEN_LEFT_OUT)
    gate = open_.astype(np.float32) / np.float32(1 - HIDDEN_LEFT_OUT)
    hidden *= gate
    wrong = (np.exp(_normalise(hidden @ arrays["hidden"] + arrays["bias"])) - aim) * importance
    behind = (wrong @ arrays["hidden"].T) * gate
    slopes = {
        "hidden": hidden.T @ wrong,
        "bias": wrong.sum(axis=0),
        "vector": vectors.T @ behind,
        "hidden_bias": behind.sum(axis=0),
    }
    for name, slope in slopes.items():
        past[name] += slope * slope
        arrays[name] -= step * slope / np.sqrt(past[name])
    slope = few.T @ behind
    past["words"][there] += (slope * slope).mean(axis=1)
    arrays["words"][there] -= step * slope / np.sqrt(past["words"][there])[:, None]


def _normalise(scores: np.ndarray) -> np.ndarray:
    """log(softmax(scores)) of each row."""
    scores = scores - scores.max(axis=1, keepdims=True)
    return np.asarray(scores - np.log(np.exp(scores).sum(axis=1, keepdims=True)))
