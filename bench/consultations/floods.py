"""How many planted floods are shown, and how many honest answers with them, beside a plain rule."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bench.consultations.planted import FLOODS, Answer, Maker, make_flooded, make_honest
from staff.consulting.flood_groups import Sure
from staff.consulting.flooding import Looked, find_floods

# What a plain rule is told: more answers than this within an hour of the clock are a flood.
PEER_PER_HOUR = 20


@dataclass(frozen=True)
class FloodScore:
    """Over all seeds. `honest` are answers shown that nobody planted; `by_kind` the recall of each kind."""

    name: str
    precision: float
    recall: float
    planted: int
    shown: int
    honest: int
    by_kind: dict[str, float]


@dataclass(frozen=True)
class FloodsResult:
    """`false_alarms`: honest answers shown where none is planted, as a share of all."""

    seeds: tuple[int, ...]
    scores: tuple[FloodScore, ...]
    false_alarms: dict[str, float]
    seconds: float


def measure_floods(seeds: Sequence[int]) -> FloodsResult:
    found: dict[str, list[tuple[list[Answer], frozenset[str]]]] = {}
    alarms: dict[str, list[float]] = {}
    longest = 0.0
    for seed in seeds:
        answers = make_flooded(seed)
        start = time.perf_counter()
        looked = look(answers)
        longest = max(longest, time.perf_counter() - start)
        honest = make_honest(Maker(seed + 7000))
        alone = look(honest)
        for name, ids, wrongly in (
            ("Front Door, strong", looked.ids(Sure.STRONG), alone.ids(Sure.STRONG)),
            (
                "Front Door, strong and fair",
                looked.ids(Sure.STRONG, Sure.FAIR),
                alone.ids(Sure.STRONG, Sure.FAIR),
            ),
            ("Front Door, all that is shown", looked.ids(), alone.ids()),
            (
                f"More than {PEER_PER_HOUR} an hour",
                by_hour(answers, PEER_PER_HOUR),
                by_hour(honest, PEER_PER_HOUR),
            ),
        ):
            found.setdefault(name, []).append((answers, ids))
            alarms.setdefault(name, []).append(len(wrongly) / len(honest))
        # The number an hour that would have been best here, told only afterwards.
        best = max(range(5, 60), key=lambda most: _f1(answers, by_hour(answers, most)))
        name = "More than the best N an hour, chosen with the truth in hand"
        found.setdefault(name, []).append((answers, by_hour(answers, best)))
        alarms.setdefault(name, []).append(len(by_hour(honest, best)) / len(honest))
    scores = tuple(_score(name, each) for name, each in found.items())
    shares = {name: sum(each) / len(each) for name, each in alarms.items()}
    return FloodsResult(tuple(seeds), scores, shares, round(longest, 2))


def look(answers: Sequence[Answer]) -> Looked:
    return find_floods(answers, {a.id: a.words for a in answers if a.words})


def by_hour(answers: Sequence[Answer], most: int) -> frozenset[str]:
    """The peer: all answers of every hour of the clock that has more than `most`."""
    hours = Counter(map(_hour, answers))
    return frozenset(a.id for a in answers if hours[_hour(a)] > most)


def _hour(answer: Answer) -> datetime:
    return answer.answered_at.replace(minute=0, second=0, microsecond=0)


def _f1(answers: Sequence[Answer], ids: frozenset[str]) -> float:
    planted = {a.id for a in answers if a.planted}
    return 2 * len(planted & ids) / (len(planted) + len(ids))


def _score(name: str, found: Sequence[tuple[list[Answer], frozenset[str]]]) -> FloodScore:
    planted: Counter[str] = Counter()
    right: Counter[str] = Counter()
    shown = 0
    for answers, ids in found:
        shown += len(ids)
        planted.update(a.planted for a in answers if a.planted)
        right.update(a.planted for a in answers if a.planted and a.id in ids)
    total, hit = sum(planted.values()), sum(right.values())
    by_kind = {kind: round(right[kind] / planted[kind], 3) for kind in FLOODS}
    return FloodScore(
        name, round(hit / max(shown, 1), 3), round(hit / total, 3), total, shown, shown - hit, by_kind
    )
