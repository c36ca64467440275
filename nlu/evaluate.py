"""How well messages are understood: one line of truth each against what came out, in the figures of the contract."""

import json
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flows.understanding import DANGER, Entity, Understanding

OUT_OF_SCOPE = "out_of_scope"
# Read as words: right where what was marked and what should have been share some of the message.
SPANS = ("place", "seen_at")
SEVERAL = ("impact",)
ENTITIES = ("place", "postcode", "caravans", "vehicles", "seen_at", "land", "impact", "reference")


class BadFile(Exception):
    """The file of messages cannot be used; the text names the line and what is wrong with it."""


@dataclass(frozen=True)
class Example:
    """One message with what it means. `accept`: labels as good as `label`. `entities` is None where not written down."""

    text: str
    label: str
    accept: frozenset[str] = frozenset()
    entities: dict[str, Any] | None = None

    @property
    def right(self) -> frozenset[str]:
        """Every label that counts as right."""
        return self.accept | {self.label}


@dataclass(frozen=True)
class Judged:
    """One message, what the model made of it, whether the whole service takes it for danger, and how long it took."""

    example: Example
    found: Understanding
    is_danger: bool
    milliseconds: float = 0.0

    @property
    def is_right(self) -> bool:
        return self.found.label in self.example.right


@dataclass
class Counts:
    """Hits, and what was found that is not there, and what was there and not found."""

    hits: int = 0
    extra: int = 0
    missed: int = 0

    def figures(self) -> dict[str, float]:
        found, there = self.hits + self.extra, self.hits + self.missed
        precision = self.hits / found if found else 1.0 if not there else 0.0
        recall = self.hits / there if there else 1.0
        f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
        return {"precision": round(precision, 4), "recall": round(recall, 4), "f1": round(f1, 4)}


@dataclass
class _Tally:
    entities: dict[str, Counts] = field(default_factory=lambda: {name: Counts() for name in ENTITIES})
    labels: dict[str, Counts] = field(default_factory=dict)
    support: dict[str, int] = field(default_factory=dict)


def read_examples(path: Path, known_labels: Iterable[str] = ()) -> list[Example]:
    """The messages of a JSON Lines file: {"text", "label", "accept"?, "entities"?} a line; other keys are left alone.

        {"text": "6 caravans on the rec", "label": "report_encampment", "entities": {"caravans": 6, "land": "park"}}

    `place` and `seen_at` are {"text": literal words}; `impact` is a list. Raises BadFile.
    """
    known = frozenset(known_labels)
    examples = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(f"{path} cannot be read as text ({type(error).__name__}).") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            examples.append(_read_example(json.loads(line)))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadFile(
                f'{path}, line {number}: not {{"text", "label", "accept"?, "entities"?}}.'
            ) from error
        unknown = examples[-1].right - known
        if known and unknown:
            raise BadFile(f"{path}, line {number}: there is no label {', '.join(sorted(unknown))}.")
    if not examples:
        raise BadFile(f"{path} holds no messages.")
    return examples


def _read_example(row: dict[str, Any]) -> Example:
    entities = row.get("entities")
    for name, value in (entities or {}).items():
        if name not in ENTITIES:
            raise ValueError(name)
        if name in SPANS:
            value["text"].strip()
    text, label = row["text"], row["label"]
    if not isinstance(text, str) or not isinstance(label, str):
        raise TypeError
    return Example(text, label, frozenset(row.get("accept") or ()), entities)


def measure(judged: Sequence[Judged]) -> dict[str, Any]:
    """The figures of the contract, shares from 0 to 1, times in milliseconds.

    {"messages", "accuracy", "top3", "danger": {"recall", "false_alarms"}, "out_of_scope": {"recall"},
     "entities": {name: {"precision", "recall", "f1"}}, "labels": {label: {"precision", "recall", "f1", "support"}},
     "latency_ms": {"p50", "p95"}}. False alarms are a share of the messages that may not be taken for danger.
    """
    tally = _Tally()
    for one in judged:
        _count_label(tally, one)
        if one.example.entities is not None:
            for name, counts in tally.entities.items():
                _count_entity(counts, name, one)
    danger = [j for j in judged if j.example.label in DANGER]
    harmless = [j for j in judged if not j.example.right & DANGER]
    outside = [j for j in judged if j.example.label == OUT_OF_SCOPE]
    times = sorted(j.milliseconds for j in judged)
    return {
        "messages": len(judged),
        "accuracy": _share(j.is_right for j in judged),
        "top3": _share(is_in_top(j, 3) for j in judged),
        "danger": {
            "recall": _share(j.is_danger for j in danger),
            "false_alarms": _share((j.is_danger for j in harmless), of_none=0.0),
        },
        "out_of_scope": {"recall": _share(j.is_right for j in outside)},
        "entities": {name: counts.figures() for name, counts in tally.entities.items()},
        "labels": {
            label: {**tally.labels[label].figures(), "support": tally.support.get(label, 0)}
            for label in sorted(tally.labels)
        },
        "latency_ms": {"p50": round(_percentile(times, 50), 1), "p95": round(_percentile(times, 95), 1)},
    }


def is_in_top(judged: Judged, size: int) -> bool:
    """Whether a right label is among the likeliest `size`."""
    ranking = [r.label for r in judged.found.ranking[:size]] or [judged.found.label]
    return bool(judged.example.right & set(ranking))


def _count_label(tally: _Tally, one: Judged) -> None:
    """A label accepted in place of the written one counts as that one, so that it is nobody's mistake."""
    wanted = one.example.label
    found = wanted if one.is_right else one.found.label
    tally.support[wanted] = tally.support.get(wanted, 0) + 1
    for label in {wanted, found}:
        tally.labels.setdefault(label, Counts())
    if found == wanted:
        tally.labels[wanted].hits += 1
    else:
        tally.labels[wanted].missed += 1
        tally.labels[found].extra += 1


def _count_entity(counts: Counts, name: str, one: Judged) -> None:
    wanted = (one.example.entities or {}).get(name)
    found = one.found.get_all(name)
    if name in SEVERAL:
        values, right = {e.value for e in found}, set(wanted or [])
        counts.hits += len(values & right)
        counts.extra += len(values - right)
        counts.missed += len(right - values)
        return
    is_hit = bool(found) and wanted is not None and _is_same(name, wanted, found[0], one.example.text)
    counts.hits += is_hit
    counts.extra += bool(found) and not is_hit
    counts.missed += wanted is not None and not is_hit


def _is_same(name: str, wanted: Any, found: Entity, text: str) -> bool:
    if name not in SPANS:
        return bool(wanted == found.value)
    start = text.find(wanted["text"])
    return start >= 0 and start < found.end and found.start < start + len(wanted["text"])


def _share(hits: Iterable[bool], *, of_none: float = 1.0) -> float:
    listed = list(hits)
    return round(sum(listed) / len(listed), 4) if listed else of_none


def _percentile(ordered: Sequence[float], percent: int) -> float:
    if len(ordered) < 2:
        return ordered[0] if ordered else 0.0
    return statistics.quantiles(ordered, n=100, method="inclusive")[percent - 1]


def find_confused(judged: Iterable[Judged]) -> list[tuple[str, str, int]]:
    """Pairs (meant, taken for, how often), the most frequent first."""
    pairs: dict[tuple[str, str], int] = {}
    for one in judged:
        if not one.is_right:
            pair = one.example.label, one.found.label
            pairs[pair] = pairs.get(pair, 0) + 1
    return sorted(((*pair, n) for pair, n in pairs.items()), key=lambda p: (-p[2], p[0], p[1]))


def calibrate(
    judged: Iterable[Judged], *, bins: int = 10, confidence: Callable[[Judged], float] | None = None
) -> list[tuple[float, float, int]]:
    """Of equally wide bins of confidence: (mean confidence, share right, messages), empty ones left out."""
    get = confidence or (lambda j: j.found.confidence)
    held: dict[int, list[Judged]] = {}
    for one in judged:
        held.setdefault(min(int(get(one) * bins), bins - 1), []).append(one)
    return [
        (statistics.fmean(get(j) for j in group), sum(j.is_right for j in group) / len(group), len(group))
        for _, group in sorted(held.items())
    ]
