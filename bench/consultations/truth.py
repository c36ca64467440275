"""Respondents skewed by district and age over a known truth: what was counted, what was weighted, and what is so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from flows.consultations import Consultation, load_consultations
from flows.county import DistrictsFile
from flows.yaml_lines import read_yaml
from staff.consulting.answer_columns import Asked, Column, questions_of
from staff.consulting.census import Census, load_census
from staff.consulting.representativeness import compare, load_reach, name_next_steps
from staff.consulting.weighing import People, find_people, find_weights, weigh_question

CONSULTATION, QUESTION = "precept_2027", "change"
OPTIONS = ("less", "same", "plus_5", "plus_10", "plus_15")
# How readily the oldest and the best heard district answer, against the youngest and the least heard.
ANSWERS_BY_AGE = {"from_16": 0.25, "from_25": 0.5, "from_45": 1.0, "from_65": 1.7}
ANSWERS_BY_DISTRICT = {
    "north_warwickshire": 0.4,
    "nuneaton_and_bedworth": 0.5,
    "rugby": 0.8,
    "stratford_on_avon": 1.6,
    "warwick": 1.2,
}
# What people want: shares by age, youngest first, and moved a little towards more by district.
WANTS = {
    "from_16": (0.34, 0.30, 0.17, 0.12, 0.07),
    "from_25": (0.30, 0.27, 0.19, 0.15, 0.09),
    "from_45": (0.18, 0.24, 0.22, 0.20, 0.16),
    "from_65": (0.10, 0.20, 0.21, 0.25, 0.24),
}
LEAN = {
    "north_warwickshire": -0.35,
    "nuneaton_and_bedworth": -0.25,
    "rugby": 0.0,
    "stratford_on_avon": 0.3,
    "warwick": 0.15,
}


@dataclass(frozen=True)
class Case:
    """How people come to answer. `by_opinion`: who wants less answers so many times as readily as all others."""

    name: str
    by_opinion: float = 1.0


CASES = (
    Case("Who answers hangs on district and age alone"),
    Case("Who wants less also answers 1.5 times as readily, whatever their district and age", by_opinion=1.5),
)


@dataclass(frozen=True)
class Drawn:
    """A response as it is weighed."""

    id: str
    district: str
    age_band: str
    answers: dict[str, Any]
    channel: str = "web"
    is_police: bool | None = False


@dataclass(frozen=True)
class OptionResult:
    """Shares, 0 to 1. `covered_*`: of all draws, the share whose interval holds the truth; for all options together
    95 in 100 were promised, so each alone has more."""

    option: str
    truth: float
    counted: float
    counted_margin: float
    weighted: float
    weighted_margin: float
    holds: bool
    covered_counted: float
    covered_weighted: float


@dataclass(frozen=True)
class CaseResult:
    """One draw in figures, and how often the intervals of all options hold together over all draws."""

    name: str
    answers: int
    draws: int
    by: str
    design_effect: float
    options: tuple[OptionResult, ...]
    all_counted: float
    all_weighted: float
    error_counted: float
    error_weighted: float
    unlike: float
    missing: tuple[str, ...] = field(default=())


def measure_truth(root: Path, *, answers: int, draws: int, seed: int) -> tuple[CaseResult, ...]:
    consultation = load_consultations(root / "county")[CONSULTATION]
    census = load_census(root / "county")
    return tuple(_Case(root, consultation, census, case, answers).measure(draws, seed) for case in CASES)


class _Case:
    def __init__(
        self, root: Path, consultation: Consultation, census: Census, case: Case, answers: int
    ) -> None:
        self._root = root
        self._case = case
        self._answers = answers
        self._people: People = find_people(consultation, census)
        self._asked: Asked = next(q for q in questions_of(consultation) if q.id == QUESTION)
        living = self._people.census.count_by(("district", "age"), self._people.ages)
        band_of = {group: value for value, group in self._people.group_of.items()}
        self._cells = [(district, band_of[age]) for district, age in living]
        self._living = np.array(list(living.values()))
        self._wants = np.array([_wants(district, age) for district, age in self._cells])
        self._truth = self._living @ self._wants / self._living.sum()

    def measure(self, draws: int, seed: int) -> CaseResult:
        random = np.random.default_rng(seed)
        held_counted, held_weighted = [], []
        off_counted, off_weighted = [], []
        first: tuple[list[Drawn], Any, Any] | None = None
        for _ in range(draws):
            drawn = self._draw(random)
            weighting = find_weights(drawn, self._people)
            found = weigh_question(
                self._asked, Column.of(d.answers[QUESTION] for d in drawn), weighting.weights
            )
            told = [found.options[option] for option in OPTIONS]
            held_counted.append(
                [e.plain.low <= t <= e.plain.high for e, t in zip(told, self._truth, strict=True)]
            )
            held_weighted.append(
                [e.weighted.low <= t <= e.weighted.high for e, t in zip(told, self._truth, strict=True)]
            )
            off_counted.append([abs(e.plain.value - t) for e, t in zip(told, self._truth, strict=True)])
            off_weighted.append([abs(e.weighted.value - t) for e, t in zip(told, self._truth, strict=True)])
            first = first or (drawn, weighting, found)
        if first is None:
            raise ValueError("at least one draw is needed")
        drawn, weighting, found = first
        counted, weighted = np.array(held_counted), np.array(held_weighted)
        options = tuple(
            OptionResult(
                option,
                round(float(self._truth[at]), 4),
                round(found.options[option].plain.value, 4),
                round(found.options[option].plain.margin, 4),
                round(found.options[option].weighted.value, 4),
                round(found.options[option].weighted.margin, 4),
                bool(weighted[0, at]),
                round(float(counted[:, at].mean()), 3),
                round(float(weighted[:, at].mean()), 3),
            )
            for at, option in enumerate(OPTIONS)
        )
        unlike, missing = self._who_is_missing(drawn)
        return CaseResult(
            self._case.name,
            self._answers,
            draws,
            weighting.by,
            round(found.design_effect, 2),
            options,
            round(float(counted.all(axis=1).mean()), 3),
            round(float(weighted.all(axis=1).mean()), 3),
            round(float(np.mean(off_counted)), 4),
            round(float(np.mean(off_weighted)), 4),
            unlike,
            missing,
        )

    def _draw(self, random: np.random.Generator) -> list[Drawn]:
        readily = np.array([ANSWERS_BY_AGE[age] * ANSWERS_BY_DISTRICT[where] for where, age in self._cells])
        said = self._wants * np.array([self._case.by_opinion, 1, 1, 1, 1])
        share = ((self._living * readily)[:, None] * said).ravel()
        picked = random.choice(len(share), size=self._answers, p=share / share.sum())
        drawn = []
        for at, number in enumerate(picked):
            where, option = divmod(int(number), len(OPTIONS))
            district, age = self._cells[where]
            drawn.append(Drawn(str(at), district, age, {QUESTION: OPTIONS[option]}))
        return drawn

    def _who_is_missing(self, drawn: Sequence[Drawn]) -> tuple[float, tuple[str, ...]]:
        county = self._root / "county"
        names = {
            d.id: d.name for d in DistrictsFile.model_validate(read_yaml(county / "districts.yml")).districts
        }
        seen: dict[tuple[str, ...], int] = {}
        for each in drawn:
            group = (each.district, self._people.group_of[each.age_band])
            seen[group] = seen.get(group, 0) + 1
        living = self._people.census.count_by(("district", "age"), self._people.ages)
        found = compare(("district", "age"), seen, living)
        steps = name_next_steps(found, load_reach(county), names)
        return round(found.unlike.value if found.unlike else 0.0, 3), tuple(
            f"{s.who}. {s.step}" for s in steps
        )


def _wants(district: str, age: str) -> list[float]:
    """Shares of the options: those of the age, tilted towards more or less by where somebody lives."""
    shares: Mapping[int, float] = dict(enumerate(WANTS[age]))
    tilted = [share * float(np.exp(LEAN[district] * (at - 2) / 2)) for at, share in shares.items()]
    return [each / sum(tilted) for each in tilted]
