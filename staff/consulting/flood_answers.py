"""The same answers to every question, or the same buttons, within minutes."""

import json
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from staff.consulting.bursts import CHANCE, upper_tail
from staff.consulting.flood_groups import Arrived, Flood, Sign, Sure, make_flood

ANSWERS_LEAST = 4
NEAR = timedelta(minutes=10)


def find_same_answers(looked: Sequence[Arrived], by_day: bool) -> list[Flood]:
    """The same values, and the same places in the order each was shown: a robot presses the first button."""
    if by_day:
        return []
    found: list[Flood] = []
    shuffled = any(r.orders for r in looked)
    for read, said in (
        (_values, "say the same to every question"),
        (_places, "press the same buttons at every question, in whatever order they stood"),
    ):
        if read is _places and not shuffled:
            continue
        found += _alike_in_time(looked, [read(r) for r in looked], said)
    kept: list[Flood] = []
    told: set[str] = set()
    for flood in sorted(found, key=lambda each: -len(each.responses)):
        if len(told & set(flood.responses)) * 2 <= len(flood.responses):
            kept.append(flood)
            told |= set(flood.responses)
    return kept


def _values(response: Arrived) -> dict[str, str]:
    return {name: json.dumps(value, sort_keys=True) for name, value in response.answers.items()}


def _places(response: Arrived) -> dict[str, str]:
    told = {}
    for name, value in response.answers.items():
        order = list(response.orders.get(name, ()))
        if order and isinstance(value, str) and value in order:
            told[name] = str(order.index(value))
        elif order and isinstance(value, list):
            told[name] = str([order.index(each) for each in value if each in order])
        elif order and isinstance(value, dict):
            told[name] = str([value.get(each, 0) for each in order])
        else:
            told[name] = json.dumps(value, sort_keys=True)
    return told


def _alike_in_time(looked: Sequence[Arrived], read: Sequence[dict[str, str]], said: str) -> list[Flood]:
    """Binomial: among those who answered in these minutes, as many as chance gives with each answer's own share."""
    names = sorted({name for each in read for name in each})
    shares = {name: Counter(each.get(name, "") for each in read) for name in names}
    everybody = len(looked)
    whole = [tuple(each.get(name, "") for name in names) for each in read]
    groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for at, key in enumerate(whole):
        groups[key].append(at)
    moments = [r.answered_at for r in looked]
    floods = []
    for key, places in groups.items():
        # Who skipped all but one or two says the same as many.
        if len(places) < ANSWERS_LEAST or sum(value != "" for value in key) < 3:
            continue
        run = _densest(places, moments)
        if len(run) < ANSWERS_LEAST:
            continue
        others = len(places) - len(run)
        by_chance = 1.0
        for name, value in zip(names, key, strict=True):
            by_chance *= shares[name][value] / everybody
        share = max(by_chance, (others + 1) / everybody)
        since, until = moments[run[0]], moments[run[-1]]
        at_the_time = bisect_right(moments, until) - bisect_left(moments, since)
        # One of them is given: it is what was looked for.
        expected = share * max(at_the_time - 1, 1)
        chance = min(1.0, upper_tail(len(run) - 1, expected) * everybody)
        if chance > CHANCE:
            continue
        minutes = (until - since).total_seconds() / 60
        why = f"{len(run)} answers {said}, within {max(minutes, 1):.0f} min."
        members = [looked[at] for at in run]
        sure = Sure.STRONG if len(run) >= 2 * ANSWERS_LEAST else Sure.FAIR
        extra = {"expected": expected + 1, "chance": chance}
        floods.append(make_flood(Sign.SAME_ANSWERS, sure, why, members, *key, since.isoformat(), **extra))
    return floods


def _densest(places: Sequence[int], moments: Sequence[datetime]) -> list[int]:
    """The longest run in which each comes within NEAR of the one before."""
    best: list[int] = []
    run: list[int] = []
    for at in places:
        run = [*run, at] if run and moments[at] - moments[run[-1]] <= NEAR else [at]
        best = max(best, run, key=len)
    return best
