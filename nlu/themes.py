"""Groups the free answers of a consultation into themes. Runs in Rasa's environment, without Rasa and without network.

    python -m nlu.themes [--before FILE] [--seconds N] < answers.jsonl > themes.json

Reads {"id", "text"} a line, already masked (staff/consulting/masking.py). Writes one JSON object:

    {"themes": [{"id": "T1", "label": ["lamp", "light"], "size": 412, "examples": ["a17"], "centre": [0.1],
                 "members": [{"id": "a17", "parts": 2, "closeness": 0.91}]}],
     "rest": ["a3"]}

An answer may be a member of several themes: `parts` are how many of its parts are of this one. `examples` are the
answers nearest the middle, each in words of its own. `rest` are answers of no theme.
`--before` is what an earlier run wrote: a theme that is still there keeps its id. What is done at the moment goes to
standard error, a JSON object a line: {"step": "reading", "done": 120, "of": 5000}.
"""

import argparse
import hashlib
import json
import signal
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nlu.clauses import says_nothing, split_answer
from nlu.components import encoder
from nlu.theme_groups import group_parts, match_groups
from nlu.theme_words import label_themes

# All that were published: to tell matters apart, unlike to tell a known label, the last three layers are most of it
# (bench/themes, tuning phrases: adjusted Rand index 0.24 with three, 0.60 with six).
ALL_LAYERS = 6
THREADS = 2
AT_A_TIME = 256
EXAMPLES = 5
FEWEST_MEMBERS = 3


def main() -> None:
    """Read, group, write."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--before", type=Path)
    asked.add_argument("--seconds", type=int, default=0, help="end by then, whoever started this or not")
    options = asked.parse_args()
    signal.alarm(options.seconds)
    answers = [json.loads(line) for line in sys.stdin if line.strip()]
    before = json.loads(options.before.read_text(encoding="utf-8"))["themes"] if options.before else []
    json.dump(find_themes(answers, before), sys.stdout)


def find_themes(answers: Iterable[dict[str, str]], before: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    """What main writes. The order of the answers makes no difference."""
    ordered = sorted(answers, key=lambda answer: (_hash(answer["text"]), answer["id"]))
    parts, owners = [], []
    for at, answer in enumerate(ordered):
        found = [] if says_nothing(answer["text"]) else split_answer(answer["text"])
        parts += found
        owners += [at] * len(found)
    if not parts:
        return {"themes": [], "rest": [answer["id"] for answer in ordered]}
    vectors = _embed(parts)
    _tell("grouping", 0, len(parts))
    # Answers without parts would be empty classes; numbers without gaps leave them out.
    groups = group_parts(vectors, np.unique(owners, return_inverse=True)[1])
    texts: dict[int, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    members: dict[int, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for at, (label, closeness) in enumerate(
        zip(groups.labels.tolist(), groups.closeness.tolist(), strict=True)
    ):
        if label >= 0:
            texts[label][owners[at]].append(parts[at])
            members[label][owners[at]].append(closeness)
    kept = sorted(
        (label for label in members if len(members[label]) >= FEWEST_MEMBERS), key=lambda g: -len(members[g])
    )
    middle = vectors.mean(axis=0)
    centres = [_unit(vectors[groups.labels == label].mean(axis=0) - middle) for label in kept]
    ids = _name(centres, before)
    labels = label_themes([[". ".join(said) for said in texts[label].values()] for label in kept])
    themes = [
        _describe(ids[at], labels[at], members[label], ordered, centres[at]) for at, label in enumerate(kept)
    ]
    placed = {owner for label in kept for owner in members[label]}
    rest = sorted(answer["id"] for at, answer in enumerate(ordered) if at not in placed)
    return {"themes": themes, "rest": rest}


def _embed(parts: Sequence[str]) -> np.ndarray:
    """A row for each part; what is said twice, in capitals or not, is read once."""
    encoder.LAYERS = ALL_LAYERS
    reader = encoder.Encoder(threads=THREADS)
    different = sorted({part.casefold() for part in parts}, key=lambda part: (len(part), part))
    rows = []
    for start in range(0, len(different), AT_A_TIME):
        _tell("reading", start, len(different))
        rows.append(reader.encode(different[start : start + AT_A_TIME]))
    vectors = np.concatenate(rows).astype(np.float64)
    row_of = {part: row for row, part in enumerate(different)}
    return vectors[[row_of[part.casefold()] for part in parts]]


def _name(centres: Sequence[np.ndarray], before: Sequence[dict[str, Any]]) -> list[str]:
    """T1, T2 ... by size; a theme of before keeps its id, and an id once given is given to no other."""
    # One whose words were let go of has no middle to be known by.
    known = [theme for theme in before if theme["centre"]]
    same = match_groups(np.array(centres), np.array([theme["centre"] for theme in known]))
    number = max((int(theme["id"][1:]) for theme in before), default=0)
    ids = []
    for at in range(len(centres)):
        if at in same:
            ids.append(str(known[same[at]]["id"]))
        else:
            number += 1
            ids.append(f"T{number}")
    return ids


def _describe(
    name: str,
    label: list[str],
    members: dict[int, list[float]],
    answers: Sequence[dict[str, str]],
    centre: np.ndarray,
) -> dict[str, Any]:
    nearest = sorted(members, key=lambda at: (-max(members[at]), at))
    examples: dict[str, str] = {}
    for at in nearest:
        examples.setdefault(answers[at]["text"].casefold(), answers[at]["id"])
        if len(examples) == EXAMPLES:
            break
    return {
        "id": name,
        "label": label,
        "size": len(members),
        "examples": list(examples.values()),
        "members": [
            {"id": answers[at]["id"], "parts": len(members[at]), "closeness": round(max(members[at]), 4)}
            for at in nearest
        ],
        "centre": [round(float(number), 4) for number in centre],
    }


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / (np.linalg.norm(vector) or 1.0)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _tell(step: str, done: int, of: int) -> None:
    print(json.dumps({"step": step, "done": done, "of": of}), file=sys.stderr, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
