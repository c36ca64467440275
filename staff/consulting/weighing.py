"""The answers of the public weighted to be like the people who live here: which weights, and what comes of them."""

import re
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from flows.consultations import Consultation, QuestionKind
from flows.forms import DONT_KNOW
from staff.consulting.ages import AgeBand, AgeGroup, parse_age
from staff.consulting.answer_columns import NOWHERE, Asked, Column
from staff.consulting.census import By, Census
from staff.consulting.intervals import Estimate, estimate_mean, estimate_share
from staff.consulting.raking import LIMITS, CannotRake, Raked, Weighed, find_design_effect, join_thin, rake

FEWEST = 50  # below, weights would say more of single people than of groups
FEWEST_OF_A_GROUP = 5
NOTABLE_GAP = 0.01  # of all people

Floats = NDArray[np.float64]


class Placed(Protocol):
    @property
    def district(self) -> str | None: ...
    @property
    def age_band(self) -> str | None: ...


@dataclass(frozen=True)
class People:
    """Who was asked: the census cut to their ages, and the groups of age both sides know.

    `group_of` is the group's name by the answer that tells the age. Without a question on age all are one group.
    """

    census: Census
    ages: tuple[AgeGroup, ...]
    group_of: Mapping[str, str]
    labels: Mapping[str, str]

    @property
    def notes(self) -> tuple[str, ...]:
        named = [
            replace(group, members=tuple(self.labels.get(m, m) for m in group.members)) for group in self.ages
        ]
        return (*self.census.notes, *(group.note for group in named if group.note))


def find_people(consultation: Consultation, census: Census, *, least_age: int = 16) -> People:
    """`least_age` counts where ages are not asked."""
    question = consultation.find_question(consultation.about.age_band)
    if question is None:
        return People(census.from_age(least_age), (), {}, {})
    audience = _audience(consultation)
    turned_away = {
        value for end in consultation.ends if end.forget for value in end.when.get(question.id, ())
    }
    bands = {
        option.value: AgeBand.of_option(option.ages)
        for option in question.options
        if option.ages is not None and option.value not in turned_away
    }
    bands = {value: band for value, band in bands.items() if audience.holds(band)} or bands
    if not bands:
        return People(census.from_age(least_age), (), {}, {})
    least = min(band.low for band in bands.values())
    highest = (
        None if any(b.high is None for b in bands.values()) else max(b.high or 0 for b in bands.values())
    )
    asked = census.from_age(least)
    if highest is not None:
        within = tuple(r for r in asked.residents if r.age.high is not None and r.age.high <= highest)
        asked = replace(asked, residents=within)
    groups = asked.age_groups(bands, least_age=least)
    if highest is not None and groups:
        # Nobody older was asked: the last group ends there.
        groups = (*groups[:-1], replace(groups[-1], band=AgeBand(groups[-1].band.low, highest)))
    group_of = {value: str(group.band) for group in groups for value in group.members}
    return People(asked, groups, group_of, {option.value: option.label for option in question.options})


def _audience(consultation: Consultation) -> AgeBand:
    """The ages it is for, as its audience says in words ("aged 13 to 24", "aged 16 or over"); otherwise all."""
    found = re.search(r"aged (\d+ to \d+|\d+ (?:or|and) over)", consultation.audience)
    return parse_age(found[1]) if found else AgeBand(0)


@dataclass(frozen=True)
class Weighting:
    """`weights` are one for each answer; `by` says what of (district, age), in words; empty: none could be made."""

    weights: Floats
    by: str
    raked: Raked | None
    notes: tuple[str, ...] = ()


def find_weights(responses: Sequence[Placed], people: People) -> Weighting:
    """By the join of district and age where each group of it has answers enough, else by both for themselves."""
    even = np.ones(len(responses))
    if len(responses) < FEWEST:
        return Weighting(even, "", None, (f"Fewer than {FEWEST} answered: no weights were made.",))
    districts = [response.district for response in responses]
    ages = [people.group_of.get(response.age_band or "") for response in responses]
    living = {of: people.census.count_by(of, people.ages) for of in _ways(people)}
    if people.ages:
        pairs = list(zip(districts, ages, strict=True))
        seen = Counter(pairs)
        joined = living["district", "age"]
        if min(seen[pair] for pair in joined) >= FEWEST_OF_A_GROUP:  # type: ignore[index]
            both = "district and age"
            together = rake({both: pairs}, {both: _any_group(joined)})
            return Weighting(together.weights, f"{both} together", together, _say_gap(together))
    groups: dict[str, Sequence[Hashable]] = {}
    targets: dict[str, dict[Hashable, float]] = {}
    notes: list[str] = []
    found = Counter(districts)
    where = {group[0]: count for group, count in living["district",].items()}
    if min(found[district] for district in where) >= 1:
        groups["district"], targets["district"] = districts, _any_group(where)
    else:
        notes.append("Nobody answered from one district or more: districts are left out of the weights.")
    if people.ages:
        told = Counter(ages)
        names = [str(group.band) for group in people.ages]
        under = join_thin({name: told[name] for name in names}, least=FEWEST_OF_A_GROUP)
        groups["age"] = [under.get(age) if age is not None else None for age in ages]
        summed: Counter[Hashable] = Counter()
        for (age,), count in living["age",].items():
            summed[under[age]] += count  # type: ignore[assignment]
        targets["age"] = dict(summed)
    try:
        raked = rake(groups, targets) if targets else None
    except CannotRake as error:
        return Weighting(even, "", None, (*notes, f"No weights were made: {error}"))
    if raked is None:
        return Weighting(even, "", None, tuple(notes))
    return Weighting(raked.weights, " and ".join(targets), raked, (*notes, *_say_gap(raked)))


def _say_gap(raked: Raked) -> tuple[str, ...]:
    """Without a number: how far off they are would tell how few answered."""
    if raked.greatest_gap < NOTABLE_GAP:
        return ()
    return (
        f"Some people answer so seldom that no fair weight makes up for it: no answer counts more than {LIMITS[1]:g} "
        "times as much as the average. In the weighted figures too they are fewer than they are in the county.",
    )


def _any_group(counts: Mapping[Any, float]) -> dict[Hashable, float]:
    return dict(counts)


def _ways(people: People) -> list[tuple[By, ...]]:
    return [("district",), ("age",), ("district", "age")] if people.ages else [("district",)]


@dataclass(frozen=True)
class Weighted:
    """Of a question: by option the share (of a budget the mean amount, of a ranking the mean points), and the mean."""

    options: Mapping[str, Weighed]
    mean: Weighed | None
    design_effect: float


def weigh_question(question: Asked, column: Column, weights: Floats) -> Weighted:
    """What does not fit the question is left out, as staff/consulting/counting.py does."""
    codes = column.codes
    values = [_said(question, value) for value in column.values]
    kept = [at for at, value in enumerate(values) if value is not None]
    counts: Floats = np.bincount(codes, minlength=len(values))[kept].astype(np.float64)
    held: Floats = np.bincount(codes, weights=weights, minlength=len(values))[kept].astype(np.float64)
    theirs = weights[np.isin(codes, kept)]
    effect = find_design_effect(theirs)
    answered = int(counts.sum())
    if not answered:
        return Weighted({}, None, 1.0)
    options, table = _table(question, [values[at] for at in kept])
    weigh = _Weigh(answered, effect, counts, held)
    kind = question.kind
    mean = None
    if kind in (QuestionKind.SCALE, QuestionKind.RATING, QuestionKind.NUMBER):
        steps = {option: step for step, option in enumerate(question.options, 1)}
        told = [steps[values[at]] if kind is QuestionKind.SCALE else float(str(values[at])) for at in kept]
        mean = weigh.mean(np.array(told, dtype=np.float64))
    if kind in (QuestionKind.BUDGET, QuestionKind.RANKING):
        by_option = {option: weigh.mean(table[:, at]) for at, option in enumerate(options)}
    else:
        groups = 1 if kind is QuestionKind.SEVERAL else len(options)
        by_option = {option: weigh.share(table[:, at], groups) for at, option in enumerate(options)}
    return Weighted(by_option, mean, effect)


@dataclass(frozen=True)
class _Weigh:
    answers: int
    effect: float
    counts: Floats
    held: Floats

    def share(self, said: Floats, groups: int) -> Weighed:
        plain = float(self.counts @ said / self.counts.sum())
        weighted = min(1.0, float(self.held @ said / self.held.sum()))
        return Weighed(
            self.answers,
            estimate_share(plain, self.answers, groups=groups),
            estimate_share(weighted, self.answers / self.effect, groups=groups),
            self.effect,
        )

    def mean(self, said: Floats) -> Weighed:
        return Weighed(
            self.answers,
            self._mean(said, self.counts, self.answers),
            self._mean(said, self.held, self.answers / self.effect),
            self.effect,
        )

    def _mean(self, said: Floats, held: Floats, effective: float) -> Estimate:
        mean = float(held @ said / held.sum())
        spread = float(held @ (said - mean) ** 2 / held.sum()) * self.answers / max(self.answers - 1, 1)
        return estimate_mean(mean, spread, effective)


def _said(question: Asked, value: Any) -> Any:
    """What an answer says, or None: nothing, "don't know", or what does not fit."""
    options, kind = question.options, question.kind
    if value is None or value in (DONT_KNOW, (DONT_KNOW,)):
        return None
    if kind in (QuestionKind.SINGLE, QuestionKind.SCALE):
        return value if isinstance(value, str) and value in options else None
    if kind is QuestionKind.YES_NO:
        return {True: "yes", False: "no", "yes": "yes", "no": "no"}.get(value)
    if kind in (QuestionKind.SEVERAL, QuestionKind.RANKING):
        fits = isinstance(value, tuple) and value and set(value) <= set(options)
        return value if fits and len(set(value)) == len(value) else None
    if kind is QuestionKind.BUDGET:
        half = len(value) // 2 if isinstance(value, tuple) else 0
        given = dict(zip(value[:half], value[half:], strict=True)) if half else {"": None}
        fits = given.keys() <= set(options) and all(isinstance(n, (int, float)) for n in given.values())
        return tuple(given.get(option, 0) for option in options) if fits else None
    if kind in (QuestionKind.RATING, QuestionKind.NUMBER):
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            return None
        low, high = question.steps or (value, value)
        return value if low <= value <= high else None
    return value if kind is QuestionKind.PLACE and isinstance(value, str) and value != NOWHERE else None


def _table(question: Asked, values: Sequence[Any]) -> tuple[tuple[str, ...], Floats]:
    """A row for each different answer, a column for each option: 1 where it says it, the amount, or the points."""
    kind, options = question.kind, question.options
    if kind is QuestionKind.BUDGET:
        return options, np.array(values, dtype=np.float64)
    if kind is QuestionKind.YES_NO:
        options = ("yes", "no")
    elif kind is QuestionKind.RATING:
        low, high = question.steps or (1, 5)
        options = tuple(str(step) for step in range(low, high + 1))
    elif kind is QuestionKind.PLACE:
        options = tuple(sorted(set(values)))
    elif kind is QuestionKind.NUMBER:
        options = ()
    number = {option: column for column, option in enumerate(options)}
    table = np.zeros((len(values), len(options)))
    for row, value in enumerate(values if options else ()):
        if kind is QuestionKind.RANKING:
            # Those left out share the points that are left.
            table[row] = (len(options) - len(value) - 1) / 2
            for place, option in enumerate(value, 1):
                table[row, number[option]] = len(options) - place
        elif kind is QuestionKind.SEVERAL:
            table[row, [number[option] for option in value]] = 1
        else:
            table[row, number[str(value)]] = 1
    return options, table
