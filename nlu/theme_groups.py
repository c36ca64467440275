"""Parts of answers to groups of one matter each. Runs in Rasa's environment, without Rasa.

What one person says in one breath is mostly of one matter. So of the many directions of the sentence embedding those
are kept in which parts of the same answer lie together and parts of different answers apart (the generalised
eigenvectors of linear discriminant analysis, with answers as classes), and each part is seen beside its answer's
mean. The groups are k-means; how many there are is told by the silhouette.
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
FURTHEST = 7
# The mean cosine of parts of one answer (of any two it is nought) from which on they are fully believed.
ALIKE_ENOUGH = 0.03
FEWEST_GROUPS, MOST_GROUPS = 3, 30
FEWEST_PARTS_A_GROUP = 8
SILHOUETTE_PARTS = 2500
# What each further group must add to the silhouette: where few phrases come again and again it grows without end.
COST_OF_A_GROUP = 0.005
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
    one, other = _pair(answers)
    overall = vectors.T @ vectors / len(vectors)
    apart = (vectors[one] - vectors[other]) / np.sqrt(2)
    within = apart.T @ apart / max(len(one), 1)
    trust = _find_trust(normalize(vectors), one, other)
    steady = trust * STEADYING * np.trace(within) + (1 - trust) * np.trace(overall)
    # Without trust the overall spread alone decides, which makes it principal components.
    _, directions = eigh(overall, trust * within + steady / width * np.eye(width))
    return normalize(vectors @ directions[:, -min(DIRECTIONS, width) :])


def _pair(answers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows of parts of the same answer, not further from each other than FURTHEST."""
    order = np.argsort(answers, kind="stable")
    sorted_answers = answers[order]
    gaps = [
        (gap, np.flatnonzero(sorted_answers[gap:] == sorted_answers[:-gap])) for gap in range(1, FURTHEST + 1)
    ]
    return (
        np.concatenate([order[at] for _, at in gaps]),
        np.concatenate([order[at + gap] for gap, at in gaps]),
    )


def _find_trust(units: np.ndarray, one: np.ndarray, other: np.ndarray) -> float:
    """0 to 1: nothing is learned from few pairs, nor from parts that are as unlike as those of any two answers."""
    if not len(one):
        return 0.0
    alike = float((units[one] * units[other]).sum(axis=1).mean())
    return float(np.clip(alike / ALIKE_ENOUGH, 0, 1)) * len(one) / (len(one) + units.shape[1])


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
            score = float(silhouette_score(vectors[some], labels)) - COST_OF_A_GROUP * count
            tried.append((score, -count, found.cluster_centers_))
    return max(tried, key=lambda one: one[:2])[2]
