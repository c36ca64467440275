"""How well messages are understood: one line of truth each against what came out, in the figures of the contract."""

import json
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

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
    """One message with what it means. `accept`: labels as good as `label`. `entities`: None where not written down."""

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
    """One message, what the model made of it, whether the whole service takes it for danger, and how long it took.

    A message without an answer is wrong whatever stands in `found`.
    """

    example: Example
    found: Understanding
    is_danger: bool
    milliseconds: float = 0.0
    is_answered: bool = True

    @property
    def is_right(self) -> bool:
        return self.is_answered and self.found.label in self.example.right

    @property
    def is_missed_danger(self) -> bool:
        return self.example.label in DANGER and not self.is_danger

    @property
    def is_false_alarm(self) -> bool:
        return self.is_danger and not self.example.right & DANGER


class Confusion(NamedTuple):
    """How often messages that mean `label` were taken for `found`."""

    label: str
    found: str
    messages: int


class Bin(NamedTuple):
    """Messages of about the same confidence: how sure the model was of them on average, and how many were right."""

    confidence: float
    right: float
    messages: int


@dataclass
class Counts:
    """Hits, and what was found that is not there, and what was there and not found."""

    hits: int = 0
    extra: int = 0
    missed: int = 0

    def add(self, other: "Counts") -> None:
        self.hits += other.hits
        self.extra += other.extra
        self.missed += other.missed

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

    `place` and `seen_at` are {"text": literal words}, `impact` is a list, null says it is not there. Raises BadFile.
    """
    try:
        # Only a line feed ends a line of JSON Lines: people's words may hold the other separators.
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(f"{path} cannot be read as text ({type(error).__name__}).") from error
    known = frozenset(known_labels)
    examples = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            examples.append(_read_example(json.loads(line), known))
        except BadFile as error:
            raise BadFile(f"{path}, line {number}: {error}.") from error
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            shape = '{"text", "label", "accept"?, "entities"?}'
            raise BadFile(f"{path}, line {number}: this is not {shape}.") from error
    if not examples:
        raise BadFile(f"{path} holds no messages.")
    return examples


def _read_example(row: dict[str, Any], known: frozenset[str]) -> Example:
    text, label, accept = row["text"], row["label"], row.get("accept") or []
    if not isinstance(text, str) or not isinstance(label, str) or not isinstance(accept, list):
        raise TypeError
    example = Example(text, label, frozenset(accept), _read_entities(row.get("entities")))
    unknown = sorted(example.right - known)
    if known and unknown:
        raise BadFile(f"there is no label {', '.join(unknown)}")
    return example


def _read_entities(written: dict[str, Any] | None) -> dict[str, Any] | None:
    if written is None:
        return None
    there = {name: value for name, value in written.items() if value is not None}
    unknown = sorted(there.keys() - set(ENTITIES))
    if unknown:
        raise BadFile(f"there is no entity {', '.join(unknown)}")
    return {name: _read_value(name, value) for name, value in there.items()}


def _read_value(name: str, value: Any) -> Any:
    """Words alone stand for {"text": words}, and one impact for a list of one."""
    if name in SPANS:
        words = value if isinstance(value, str) else value["text"]
        if not words.strip():
            raise ValueError
        return {"text": words}
    if name in SEVERAL and not isinstance(value, list):
        return [str(value)]
    return value


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
                counts.add(count_entity(name, one))
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
    if not judged.is_answered:
        return False
    ranking = [r.label for r in judged.found.ranking[:size]] or [judged.found.label]
    return bool(judged.example.right & set(ranking))


def _count_label(tally: _Tally, one: Judged) -> None:
    """A label accepted in place of the written one counts as that one, so that it is nobody's mistake."""
    wanted, found = one.example.label, one.found.label
    counts = tally.labels.setdefault(wanted, Counts())
    tally.support[wanted] = tally.support.get(wanted, 0) + 1
    if one.is_right:
        counts.hits += 1
        return
    counts.missed += 1
    if one.is_answered:
        tally.labels.setdefault(found, Counts()).extra += 1


def count_entity(name: str, one: Judged) -> Counts:
    """One entity of one message. Where it was found several times the first counts, as in `frontdoor parse`."""
    wanted = (one.example.entities or {}).get(name)
    found = one.found.get_all(name)
    if name in SEVERAL:
        values, right = {e.value for e in found}, set(wanted or [])
        return Counts(len(values & right), len(values - right), len(right - values))
    is_hit = bool(found) and wanted is not None and _is_same(name, wanted, found[0], one.example.text)
    return Counts(int(is_hit), int(bool(found) and not is_hit), int(wanted is not None and not is_hit))


def _is_same(name: str, wanted: Any, found: Entity, text: str) -> bool:
    if name not in SPANS:
        return bool(wanted == (found.text if found.value is None else found.value))
    words = wanted["text"]
    start = text.find(words)
    while start >= 0:
        if start < found.end and found.start < start + len(words):
            return True
        start = text.find(words, start + 1)
    return False


def _share(hits: Iterable[bool], *, of_none: float = 1.0) -> float:
    listed = list(hits)
    return round(sum(listed) / len(listed), 4) if listed else of_none


def _percentile(ordered: Sequence[float], percent: int) -> float:
    if len(ordered) < 2:
        return ordered[0] if ordered else 0.0
    return statistics.quantiles(ordered, n=100, method="inclusive")[percent - 1]


def find_confused(judged: Iterable[Judged]) -> list[Confusion]:
    """Every pair of labels that was confused, the most frequent first; messages without an answer are in none."""
    pairs = Counter((j.example.label, j.found.label) for j in judged if j.is_answered and not j.is_right)
    confused = (Confusion(label, found, messages) for (label, found), messages in pairs.items())
    return sorted(confused, key=lambda c: (-c.messages, c.label, c.found))


def calibrate(judged: Iterable[Judged], *, bins: int = 10) -> list[Bin]:
    """Bins of equally wide confidence, the least sure first; empty ones and messages without an answer left out."""
    held: dict[int, list[Judged]] = {}
    for one in judged:
        if one.is_answered:
            held.setdefault(min(int(one.found.confidence * bins), bins - 1), []).append(one)
    return [
        Bin(
            statistics.fmean(j.found.confidence for j in group),
            sum(j.is_right for j in group) / len(group),
            len(group),
        )
        for _, group in sorted(held.items())
    ]


def measure_calibration(bins: Sequence[Bin]) -> float:
    """Expected calibration error: how far confidence and share right lie apart, by messages (Naeini et al., 2015)."""
    messages = sum(b.messages for b in bins)
    return sum(abs(b.confidence - b.right) * b.messages for b in bins) / messages if messages else 0.0


def find_worst_labels(figures: dict[str, Any], size: int) -> list[str]:
    """The labels there were messages of that came out worst by F1, of `measure`'s figures; none that is perfect."""
    labels = [(name, f) for name, f in figures["labels"].items() if f["support"] and f["f1"] < 1]
    return [
        name for name, _ in sorted(labels, key=lambda one: (one[1]["f1"], -one[1]["support"], one[0]))[:size]
    ]
