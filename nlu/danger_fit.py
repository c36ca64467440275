"""Learns the danger table: `.venv-nlu/bin/python -m nlu.danger_fit TABLE < messages.json`, in Rasa's environment.

Three linear support vector machines over words, pairs and pieces: emergency, crisis, and all else, each against the
other two. A softmax over three margins needs two numbers a feature: how far its kind is ahead of all else. A feature's
rarity is part of its number, so that whoever reads the table only adds up.
"""

import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.svm import LinearSVC

from nlu.danger_table import KINDS, weigh_features, write_table

SELDOM = 2  # a feature of fewer messages is left out
FEATURES_KEPT = 60_000  # those that say most; with half as many a tenth of the danger found is lost
STRICTNESS = 0.05  # liblinear's C
TEMPERATURE = 3.0  # makes confidence true on messages that were left out
REST = len(KINDS)


def fit(
    messages: Sequence[str], labels: Sequence[str]
) -> tuple[dict[str, tuple[float, float]], tuple[float, float]]:
    """Weights and bias of the table, from plain words and their labels; any label but the two is all else."""
    found = [list(weigh_features(plain)) for plain in messages]
    often = Counter(feature for groups in found for features, _ in groups for feature in features)
    names = sorted(feature for feature, count in often.items() if count >= SELDOM)
    number = {feature: at for at, feature in enumerate(names)}
    rarity = np.array([np.log((1 + len(messages)) / (1 + often[name])) + 1 for name in names])
    wanted = np.array([KINDS.index(label) if label in KINDS else REST for label in labels])
    machine = LinearSVC(C=STRICTNESS, tol=0.1, random_state=0).fit(_count(found, number, rarity), wanted)
    ahead = (machine.coef_[:REST] - machine.coef_[REST]) * rarity * TEMPERATURE
    bias = (machine.intercept_[:REST] - machine.intercept_[REST]) * TEMPERATURE
    kept = np.argsort(-np.abs(ahead).max(axis=0), kind="stable")[:FEATURES_KEPT]
    weights = {names[at]: (float(ahead[0, at]), float(ahead[1, at])) for at in kept}
    return weights, (float(bias[0]), float(bias[1]))


def _count(
    found: list[list[tuple[set[str], float]]], number: dict[str, int], rarity: np.ndarray
) -> csr_matrix:
    """A row for each message."""
    columns, values, ends = [], [], [0]
    for groups in found:
        for features, share in groups:
            known = [number[feature] for feature in sorted(features) if feature in number]
            columns += known
            values += [share] * len(known)
        ends.append(len(columns))
    data = np.array(values) * rarity[columns]
    return csr_matrix((data, columns, ends), shape=(len(found), len(number)))


def main() -> None:
    told = json.load(sys.stdin)
    weights, bias = fit(told["messages"], told["labels"])
    write_table(Path(sys.argv[1]), weights, bias)


if __name__ == "__main__":
    main()
