"""Many answers that may be one hand's, or one campaign's: shown to staff with why and how sure, never dropped.

Six signs are looked for: far more answers at a time than usual (bursts.py), the same words, nearly the same words, the
same answers within minutes, one network, and answering faster than anybody reads. None of them proves bad faith: a
school class is one network and one hour, a letter that many sign is the same words. So nothing is left out by itself:
staff look, may count a group apart with a reason (flood_marks.py), and figures are then shown with it and without.
What staff typed from paper is not looked at, since a pile of letters comes in one hour.
"""

import hashlib
import json
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from math import log
from statistics import NormalDist, median, quantiles
from typing import Any, Protocol

from rapidfuzz import fuzz

from flows.county import LONDON
from staff.consulting.bursts import CHANCE, Burst, find_bursts, upper_tail

SAME_WORDS_LEAST = 3
SAME_WORDS_SURE = 6
NETWORK_LEAST = 10
QUICK_LEAST = 5
ANSWERS_LEAST = 4
NEAR = timedelta(minutes=10)
# Who takes less than this share of the middle time is taken for too quick to have read (as in Greszki, Meyer and
# Schoen, "Exploring the effects of removing too fast responses", Public Opinion Quarterly 79, 2015: 30, 40, 50%).
QUICK_SHARE = 0.3
QUICK_SECONDS_PER_ANSWER = 3.0
# Words: answers shorter than this are alike by chance; above so many pairs a comparison of each is not cheap.
ALIKE_WORDS = 10
ALIKE_LEAST_PERCENT = 82
SHINGLE = 3
MOST_SHARING = 60
MOST_PAIRS = 300_000


class Sign(StrEnum):
    BURST = "burst"
    SAME_WORDS = "same_words"
    ALIKE_WORDS = "alike_words"
    SAME_ANSWERS = "same_answers"
    SAME_NETWORK = "same_network"
    TOO_QUICK = "too_quick"


class Sure(StrEnum):
    """How sure it is that chance did not make the group; why it was made is for people to judge."""

    STRONG = "strong"
    FAIR = "fair"
    WEAK = "weak"


class Arrived(Protocol):
    """What is looked at of a response (storage/responses.py CountedResponse)."""

    @property
    def id(self) -> str: ...
    @property
    def channel(self) -> str: ...
    @property
    def answers(self) -> Mapping[str, Any]: ...
    @property
    def orders(self) -> Mapping[str, Sequence[str]]: ...
    @property
    def text_index(self) -> str | None: ...
    @property
    def network_index(self) -> str | None: ...
    @property
    def seconds(self) -> int | None: ...
    @property
    def entered_by(self) -> str | None: ...
    @property
    def answered_at(self) -> datetime: ...


@dataclass(frozen=True)
class Flood:
    """A group of responses (ids). `id` stays the same as long as what they have in common does.

    `expected` is how many chance or custom explains, `chance` how often chance alone would make such a group; None
    where neither can be told.
    """

    id: str
    sign: Sign
    sure: Sure
    why: str
    responses: tuple[str, ...]
    since: datetime
    until: datetime
    expected: float | None = None
    chance: float | None = None


@dataclass(frozen=True)
class Looked:
    """`looked_at` responses; `typed` were left out, since staff typed them. `notes` say what could not be looked at."""

    floods: tuple[Flood, ...]
    looked_at: int
    typed: int
    notes: tuple[str, ...] = ()

    def ids(self, *least: Sure) -> frozenset[str]:
        """Of all groups, or of those that are so sure."""
        return frozenset(
            id for flood in self.floods if not least or flood.sure in least for id in flood.responses
        )


def find_floods(responses: Iterable[Arrived], words: Mapping[str, str] | None = None) -> Looked:
    """`words` are masked free answers by response id; without them nearly the same words are not looked for."""
    everything = list(responses)
    looked = sorted((r for r in everything if r.entered_by is None), key=lambda r: (r.answered_at, r.id))
    by_day = bool(looked) and all(
        not (r.answered_at.hour or r.answered_at.minute or r.answered_at.second) for r in looked
    )
    notes = []
    if by_day:
        notes.append("It is anonymous: only the day of each answer is kept, so bursts are looked for by day.")
    if not any(r.network_index for r in looked):
        notes.append(
            "No answer has a network: only those of a consultation by web chat that is not anonymous do."
        )
    floods = [
        *_bursts(looked, by_day),
        *_same_words(looked, words or {}),
        *_same_answers(looked, by_day),
        *_same_network(looked),
        *_too_quick(looked),
    ]
    if words:
        found, note = _alike_words(looked, words)
        floods += found
        notes += [note] if note else []
    order = [*Sure]
    floods.sort(key=lambda flood: (order.index(flood.sure), -len(flood.responses), flood.id))
    return Looked(tuple(floods), len(looked), len(everything) - len(looked), tuple(notes))


def _make(
    sign: Sign,
    sure: Sure,
    why: str,
    members: Sequence[Arrived],
    *key: str,
    expected: float | None = None,
    chance: float | None = None,
) -> Flood:
    id = hashlib.sha256("|".join((sign, *key)).encode()).hexdigest()[:10]
    ids = tuple(sorted(m.id for m in members))
    moments = [m.answered_at for m in members]
    return Flood(id, sign, sure, why, ids, min(moments), max(moments), expected, chance)


# --- bursts ------------------------------------------------------------------------------------------------------


def _bursts(looked: Sequence[Arrived], by_day: bool) -> list[Flood]:
    """Over all doors and over each alone: the more unlikely of two that share most of their answers."""
    streams: dict[str, list[Arrived]] = {"": list(looked)}
    for response in looked:
        streams.setdefault(response.channel, []).append(response)
    if len(streams) == 2:
        del streams[""]
    found: list[tuple[Burst, str, list[Arrived]]] = []
    for door, stream in streams.items():
        for burst in find_bursts([r.answered_at for r in stream], by_day=by_day):
            found.append((burst, door, [stream[at] for at in burst.members]))
    floods: list[Flood] = []
    told: set[str] = set()
    for burst, door, members in sorted(found, key=lambda each: (each[0].chance, each[1])):
        if len(told & {m.id for m in members}) * 2 > len(members):
            continue
        told |= {m.id for m in members}
        chance = min(1.0, burst.chance * len(streams))
        if chance > CHANCE:
            continue
        floods.append(_make_burst(burst, door, members, chance))
    return floods


def _make_burst(burst: Burst, door: str, members: Sequence[Arrived], chance: float) -> Flood:
    since = burst.since.astimezone(LONDON)
    within = "that day" if burst.hours == 24 and not since.hour else f"within {burst.hours} h"
    over = f" by {door}" if door else ""
    why = (
        f"{len(members)} answers{over} {within} from {since:%d/%m/%Y %H:%M}; {burst.expected:.1f} were to be expected. "
        "A newsletter or a meeting makes such a burst too."
    )
    # By its time alone a single answer of a day cannot be told from those that come every day.
    excess = 1 - burst.expected / len(members)
    sure = Sure.STRONG if burst.hours < 24 and excess > 0.8 else Sure.FAIR if excess > 0.7 else Sure.WEAK
    key = (door, burst.since.isoformat(), str(burst.hours))
    return _make(Sign.BURST, sure, why, members, *key, expected=burst.expected, chance=chance)


# --- words -------------------------------------------------------------------------------------------------------


def _group(looked: Iterable[Arrived], key: Callable[[Arrived], str | None]) -> dict[str, list[Arrived]]:
    groups: dict[str, list[Arrived]] = defaultdict(list)
    for response in looked:
        if (of := key(response)) is not None:
            groups[of].append(response)
    return groups


def _same_words(looked: Sequence[Arrived], words: Mapping[str, str]) -> list[Flood]:
    floods = []
    for index, members in _group(looked, lambda r: r.text_index).items():
        if len(members) < SAME_WORDS_LEAST:
            continue
        why = f"{len(members)} answers have the same words. A letter that many sign does that too."
        sure = Sure.STRONG if len(members) >= SAME_WORDS_SURE else Sure.FAIR
        if 0 < len(words.get(members[0].id, "").split()) < ALIKE_WORDS:
            sure = Sure.WEAK
            why = f"{len(members)} answers have the same few words, which many people may say."
        floods.append(_make(Sign.SAME_WORDS, sure, why, members, index))
    return floods


def _alike_words(looked: Sequence[Arrived], words: Mapping[str, str]) -> tuple[list[Flood], str]:
    """Only answers that share a run of three words which few have are compared: the rest cannot be nearly the same."""
    by_id = {r.id: r for r in looked}
    plain = {id: " ".join(text.casefold().split()) for id, text in words.items() if id in by_id}
    long = {id: text for id, text in plain.items() if len(text.split()) >= ALIKE_WORDS}
    runs: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for id, text in long.items():
        parts = text.split()
        for run in {tuple(parts[at : at + SHINGLE]) for at in range(len(parts) - SHINGLE + 1)}:
            runs[run].append(id)
    shared: Counter[tuple[str, str]] = Counter()
    for ids in runs.values():
        if len(ids) < 2:
            continue
        # What very many say is held against its neighbours alone: a chain joins them as well as every pair would.
        pairs = (
            ((a, b) for at, a in enumerate(ids) for b in ids[at + 1 :])
            if len(ids) <= MOST_SHARING
            else pairwise(ids)
        )
        shared.update(pairs)
        if len(shared) > MOST_PAIRS:
            return [], "There are too many free answers to look for nearly the same words."
    heads = {id: id for id in long}

    def head(id: str) -> str:
        while heads[id] != id:
            heads[id] = heads[heads[id]]
            id = heads[id]
        return id

    for (a, b), common in shared.items():
        joined = common < 2 or head(a) == head(b)
        if not joined and fuzz.token_sort_ratio(long[a], long[b], score_cutoff=ALIKE_LEAST_PERCENT):
            heads[head(a)] = head(b)
    groups = _group((by_id[id] for id in long), lambda r: head(r.id))
    floods = []
    for members in groups.values():
        texts = {by_id[m.id].text_index for m in members}
        if len(members) < SAME_WORDS_LEAST or (len(texts) == 1 and None not in texts):
            continue  # the very same words are told already
        sure = Sure.STRONG if len(members) >= SAME_WORDS_SURE else Sure.FAIR
        why = f"{len(members)} answers have nearly the same words, as if from one pattern."
        floods.append(_make(Sign.ALIKE_WORDS, sure, why, members, min(m.id for m in members)))
    return floods, ""


# --- answers -----------------------------------------------------------------------------------------------------


def _same_answers(looked: Sequence[Arrived], by_day: bool) -> list[Flood]:
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
        floods.append(_make(Sign.SAME_ANSWERS, sure, why, members, *key, since.isoformat(), **extra))
    return floods


def _densest(places: Sequence[int], moments: Sequence[datetime]) -> list[int]:
    """The longest run in which each comes within NEAR of the one before."""
    best: list[int] = []
    run: list[int] = []
    for at in places:
        run = [*run, at] if run and moments[at] - moments[run[-1]] <= NEAR else [at]
        best = max(best, run, key=len)
    return best


# --- network and time --------------------------------------------------------------------------------------------


def _same_network(looked: Sequence[Arrived]) -> list[Flood]:
    """Many people share a network: a school, an office, a mobile operator. Surer where they also answer alike."""
    floods = []
    for network, members in _group(looked, lambda r: r.network_index).items():
        if len(members) < NETWORK_LEAST:
            continue
        lean = _find_lean(members, looked)
        why = f"{len(members)} answers came from one network. A school, an office or a mobile operator is one too."
        sure, chance = Sure.WEAK, None
        if lean is not None:
            question, inside, outside, chance = lean
            sure = Sure.STRONG if inside - outside > 0.4 else Sure.FAIR
            why += f" They answer {question} alike: {inside:.0%} say the same, of all others {outside:.0%}."
        floods.append(_make(Sign.SAME_NETWORK, sure, why, members, network, chance=chance))
    return floods


def _find_lean(
    members: Sequence[Arrived], looked: Sequence[Arrived]
) -> tuple[str, float, float, float] | None:
    """(question, share inside, share of all others, chance) of the answer they have most more often than others."""
    inside = {m.id for m in members}
    others = [r for r in looked if r.id not in inside]
    found = []
    tested = 0
    for name in sorted({name for m in members for name in m.answers}):
        said = Counter(json.dumps(m.answers[name], sort_keys=True) for m in members if name in m.answers)
        theirs = Counter(json.dumps(r.answers[name], sort_keys=True) for r in others if name in r.answers)
        answered, total = sum(said.values()), max(sum(theirs.values()), 1)
        tested += len(said)
        for value, count in said.items():
            share = (theirs[value] + 0.5) / (total + 1)
            chance = upper_tail(count, answered * share)
            found.append((chance, name, count / answered, share, value))
    # Where somebody lives is no opinion, but a network has a place: a lean in that alone says nothing.
    best = min((each for each in found if not each[4].startswith("{")), default=None)
    if best is None or best[0] * tested > CHANCE / 10 or best[2] - best[3] < 0.2:
        return None
    return best[1], best[2], best[3], min(1.0, best[0] * tested)


def _too_quick(looked: Sequence[Arrived]) -> list[Flood]:
    """By door, since a text message takes longer; each held against how many questions it answers."""
    floods = []
    for door, stream in sorted(_group(looked, lambda r: r.channel).items()):
        paces = {
            r.id: r.seconds / len(r.answers) for r in stream if r.seconds is not None and len(r.answers) > 1
        }
        if len(paces) < 4 * QUICK_LEAST:
            continue
        middle = median(paces.values())
        limit = min(QUICK_SHARE * middle, QUICK_SECONDS_PER_ANSWER)
        members = [r for r in stream if paces.get(r.id, limit) < limit]
        if len(members) < QUICK_LEAST:
            continue
        expected = _expect_below(limit, list(paces.values()))
        chance = upper_tail(len(members), expected)
        why = (
            f"{len(members)} answers by {door} took less than {limit:.1f} s a question; the middle is {middle:.0f} s. "
            "Who knows the questions, or skips most, may be so quick."
        )
        sure = Sure.FAIR if chance < CHANCE else Sure.WEAK
        floods.append(_make(Sign.TOO_QUICK, sure, why, members, door, expected=expected, chance=chance))
    return floods


def _expect_below(limit: float, paces: Sequence[float]) -> float:
    """How many would be so quick were the logarithms of the times normal, as those of most tasks nearly are."""
    low, middle, high = quantiles(map(log, (max(pace, 0.1) for pace in paces)), n=4)
    spread = max((high - low) / 1.349, 0.1)  # a normal's quartiles lie 1.349 deviations apart
    return len(paces) * NormalDist(middle, spread).cdf(log(limit))
