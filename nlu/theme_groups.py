"""Parts of answers to groups of one matter each. Runs in Rasa's environment, without Rasa.

What one person says in one breath is mostly of one matter. So of the many directions of the sentence embedding those
are kept in which parts of the same answer lie together and parts of different answers apart (the generalised
eigenvectors of linear discriminant analysis, with answers as classes), and each part is seen beside its answer's mean.
The groups are k-means; how many there are is told by the silhouette, the fewest among those that are as good as the best.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score
from sklearn.preprocessing import normalize
from threadpoolctl import threadpool_limits

SEED = 7
DIRECTIONS = 16
# Of the mean spread within answers, added in every direction: what few answers show is believed little.
STEADYING = 0.4
FEWEST_GROUPS, MOST_GROUPS = 3, 30
FEWEST_PARTS_A_GROUP = 8
SILHOUETTE_PARTS = 2500
AS_GOOD = 0.012
# A part no nearer than this to the middle of its group is of no theme.
FEWEST_CLOSENESS = 0.5
# How much of its answer is seen with a part: while groups are looked for, and when it is put to one.
CONTEXT_TO_FIND, CONTEXT_TO_PUT = 1.0, 0.5
ALIKE = 0.5


@dataclass(frozen=True)
class Groups:
    """`labels` number a group for each part, -1 for none; `closeness` is the cosine to the middle of the group."""

    labels: np.ndarray
    closeness: np.ndarray
    count: int


def group_parts(vectors: np.ndarray, answers: np.ndarray) -> Groups:
    """vectors: [parts, width]; answers: the number of the answer each part is of.

    The same for the same rows in the same order: whoever calls sorts them by what they say.
    """
    parts = len(vectors)
    most = min(MOST_GROUPS, parts // FEWEST_PARTS_A_GROUP)
    if most < FEWEST_GROUPS:
        return Groups(np.full(parts, -1), np.zeros(parts), 0)
    # One thread: several add up in an order of their own, and the last digit decides now and then.
    with threadpool_limits(limits=1):
        seen = _find_directions(vectors - vectors.mean(axis=0), answers)
        to_find = _with_context(seen, answers, CONTEXT_TO_FIND)
        middles = normalize(_choose(to_find, most))
        near = _with_context(seen, answers, CONTEXT_TO_PUT) @ middles.T
    labels = near.argmax(axis=1)
    closeness = near.max(axis=1)
    return Groups(np.where(closeness >= FEWEST_CLOSENESS, labels, -1), closeness, len(middles))


def match_groups(now: np.ndarray, before: np.ndarray) -> dict[int, int]:
    """Which group of now is which of before (rows are middles of length 1); those unlike all are left out."""
    if not len(now) or not len(before):
        return {}
    alike = now @ before.T
    pairs = zip(*linear_sum_assignment(-alike), strict=True)
    return {int(a): int(b) for a, b in pairs if alike[a, b] >= ALIKE}


def _find_directions(vectors: np.ndarray, answers: np.ndarray) -> np.ndarray:
    width = vectors.shape[1]
    several = np.bincount(answers)[answers] > 1
    within = vectors[several] - _means(vectors, answers)[answers][several]
    scatter = within.T @ within / max(len(within), 1)
    overall = vectors.T @ vectors / len(vectors)
    # Few answers with several parts: the overall spread decides, which makes it principal components.
    trust = len(within) / (len(within) + width)
    steady = STEADYING * trust + (1 - trust)
    scatter += steady * max(np.trace(scatter), np.trace(overall) * (1 - trust)) / width * np.eye(width)
    _, directions = eigh(overall, scatter)
    return normalize(vectors @ directions[:, -min(DIRECTIONS, width) :])


def _means(vectors: np.ndarray, answers: np.ndarray) -> np.ndarray:
    sums = np.zeros((answers.max() + 1, vectors.shape[1]))
    np.add.at(sums, answers, vectors)
    return sums / np.maximum(np.bincount(answers), 1)[:, None]


def _with_context(vectors: np.ndarray, answers: np.ndarray, weight: float) -> np.ndarray:
    return normalize(vectors + weight * _means(vectors, answers)[answers])


def _choose(vectors: np.ndarray, most: int) -> np.ndarray:
    some = np.random.RandomState(SEED).permutation(len(vectors))[:SILHOUETTE_PARTS]
    tried = []
    for count in range(FEWEST_GROUPS, most + 1):
        found = KMeans(count, n_init=3, random_state=SEED).fit(vectors)
        labels = found.labels_[some]
        if len(set(labels)) > 1:
            tried.append((float(silhouette_score(vectors[some], labels)), found.cluster_centers_))
    best = max(score for score, _ in tried)
    return next(middles for score, middles in tried if score >= best - AS_GOOD)
