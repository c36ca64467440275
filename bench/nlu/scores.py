"""What a system made of labelled messages, in figures with their uncertainty."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from flows.understanding import DANGER, Ranked, Understanding
from nlu.evaluate import Example, Judged, is_in_top, measure

RESAMPLES = 1_000
SEED = 20_26
NOT_KNOWN = "nlu_fallback"


@dataclass(frozen=True)
class Share:
    """A share from 0 to 1 with its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


@dataclass(frozen=True)
class Judgement:
    """How right a system was. Danger is by the model's best label alone, without the rules of flows/safety.py.

    danger_recall and false_alarms are None where a set knows no danger. `unanswered` messages count as wrong.
    """

    messages: int
    accuracy: Share
    top3: Share
    danger_recall: float | None
    false_alarms: float | None
    p50_ms: float
    p95_ms: float
    unanswered: int = 0


@dataclass(frozen=True)
class Profile:
    """Where the main thread of a server stood: shares from 0 to 1, the largest first; of `samples` moments."""

    samples: int
    parts: Mapping[str, float]
    places: Mapping[str, float]


@dataclass(frozen=True)
class Throughput:
    """Several messages in flight at one process. `cores`: how many it kept busy on average."""

    at_a_time: int
    messages: int
    messages_per_second: float
    p95_ms: float
    cores: float
    profile: Profile | None = None


@dataclass(frozen=True)
class SystemScore:
    """One system; where it could not be measured `error` says why and the rest is empty.

    trained_on is 0 and train_seconds None where nobody knows. `told` says what is particular about it.
    """

    id: str
    name: str
    trained_on: int = 0
    judgement: Judgement | None = None
    train_seconds: float | None = None
    memory_mb: float = 0.0
    throughput: Throughput | None = None
    told: str = ""
    error: str = ""


@dataclass(frozen=True)
class SetScores:
    """All systems on one set. `train` and `test` count its messages."""

    name: str
    train: int
    test: int
    labels: int
    systems: tuple[SystemScore, ...] = field(default=())


def find_interval(hits: Sequence[bool]) -> Share:
    """The share of hits; its interval holds the middle 95 % of the shares of RESAMPLES draws with replacement."""
    if not hits:
        return Share(0.0, 0.0, 0.0)
    counted = np.asarray(hits, dtype=np.float64)
    draws = np.random.default_rng(SEED).integers(0, len(counted), size=(RESAMPLES, len(counted)))
    low, high = np.percentile(counted[draws].mean(axis=1), [2.5, 97.5])
    return Share(round(float(counted.mean()), 4), round(float(low), 4), round(float(high), 4))


def judge(
    examples: Sequence[Example], found: Sequence[Understanding | None], milliseconds: Sequence[float]
) -> Judgement:
    """Judges answers against what was meant, all in the same order; None is a message nobody answered."""
    judged = [
        Judged(example, heard := undo_fallback(one), heard.label in DANGER, ms)
        for example, one, ms in zip(examples, found, milliseconds, strict=True)
    ]
    figures = measure(judged)
    has_danger = any(example.label in DANGER for example in examples)
    return Judgement(
        messages=len(judged),
        accuracy=find_interval([one.is_right for one in judged]),
        top3=find_interval([is_in_top(one, 3) for one in judged]),
        danger_recall=figures["danger"]["recall"] if has_danger else None,
        false_alarms=figures["danger"]["false_alarms"] if has_danger else None,
        p50_ms=figures["latency_ms"]["p50"],
        p95_ms=figures["latency_ms"]["p95"],
        unanswered=sum(one is None for one in found),
    )


def undo_fallback(found: Understanding | None) -> Understanding:
    """The answer without FallbackClassifier's "not known", as Rasa's own `rasa test nlu` judges it."""
    if found is None:
        return Understanding("", 0.0)
    ranking = tuple(ranked for ranked in found.ranking if ranked.label != NOT_KNOWN)
    if found.label != NOT_KNOWN or not ranking:
        return Understanding(found.label, found.confidence, ranking, found.entities)
    return Understanding(ranking[0].label, ranking[0].confidence, ranking, found.entities)


def from_labels(ranking: Sequence[str]) -> Understanding:
    """An answer of a system that ranks labels without confidences."""
    return Understanding(ranking[0], 0.0, tuple(Ranked(label, 0.0) for label in ranking))
