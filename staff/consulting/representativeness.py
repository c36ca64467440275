"""Whether those who answered are like those who live here, who is missing most, and what staff may do next.

The one figure is Duncan and Duncan's index of dissimilarity (American Sociological Review 20, 1955): the share of the
answers that would have to come from other groups for the answers to be like the people. An R-indicator (Schouten,
Cobben and Bethlehem, 2009) was not taken: it measures how response rates vary, and where one person in three hundred
answers it says "representative" whoever they are. By chance alone few answers look unlike the people, so the index
is lessened by its bootstrap bias (Allen, Burgess, Davidson and Windmeijer, Econometrics Journal 18, 2015).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, field_validator

from flows.yaml_lines import read_yaml
from staff.consulting.ages import AgeBand, parse_age
from staff.consulting.census import By, Group
from staff.consulting.intervals import CONFIDENCE, Estimate, estimate_share

RESAMPLES = 2000
SEED = 2021  # fixed, so that the same answers always give the same figures


@dataclass(frozen=True)
class Compared:
    """A group's answers against what they would be were they like the people. Shares from 0 to 1."""

    group: Group
    seen: int
    expected: float
    population: float
    population_share: float
    share: Estimate

    @property
    def is_missing(self) -> bool:
        """Fewer than chance explains."""
        return self.share.high < self.population_share

    @property
    def missing(self) -> float:
        return max(0.0, self.expected - self.seen)


@dataclass(frozen=True)
class Comparison:
    """By district, say, or by district and age. `unlike` is the index of dissimilarity, 0 (alike) to 1.

    `by_chance` is what it would be on average were as many picked from the people by lot, before the bias is taken
    off. Without answers there is no index. `unknown` are answers whose group is not known or not of the people.
    """

    by: tuple[By, ...]
    answers: int
    unknown: int
    groups: tuple[Compared, ...]
    unlike: Estimate | None
    by_chance: float | None

    @property
    def most_missing(self) -> list[Compared]:
        return sorted((g for g in self.groups if g.is_missing), key=lambda g: -g.missing)


def compare(
    by: Sequence[By],
    seen: Mapping[Group, int],
    population: Mapping[Group, float],
    *,
    confidence: float = CONFIDENCE,
) -> Comparison:
    """`seen` counts answers by group, and whatever else was said (no group of the people) as unknown."""
    groups = list(population)
    counts = np.array([seen.get(group, 0) for group in groups], dtype=np.int64)
    answers, people = int(counts.sum()), sum(population.values())
    shares = np.array([population[group] for group in groups]) / people
    compared = tuple(
        Compared(
            group,
            int(count),
            answers * float(share),
            population[group],
            float(share),
            estimate_share(
                int(count) / answers if answers else 0.0, answers, groups=len(groups), confidence=confidence
            ),
        )
        for group, count, share in zip(groups, counts, shares, strict=True)
    )
    unlike, by_chance = _unlike(counts, shares, confidence) if answers else (None, None)
    return Comparison(tuple(by), answers, sum(seen.values()) - answers, compared, unlike, by_chance)


def _unlike(counts: Any, shares: Any, confidence: float) -> tuple[Estimate, float]:
    answers = int(counts.sum())
    random = np.random.default_rng(SEED)
    found = float(np.abs(counts / answers - shares).sum() / 2)
    drawn = random.multinomial(answers, counts / answers, RESAMPLES) / answers
    again = np.abs(drawn - shares).sum(axis=1) / 2
    by_lot = random.multinomial(answers, shares, RESAMPLES) / answers
    tail = (1 - confidence) / 2
    low, high = np.quantile(again, [tail, 1 - tail])
    # The index leans upwards by about as much from the people to the answers as from the answers to the resamples.
    value, least, most = (
        float(np.clip(2 * found - at, 0, 1)) for at in (again.mean(), float(high), float(low))
    )
    return Estimate(value, min(least, value), max(most, value)), float(
        (np.abs(by_lot - shares).sum(axis=1) / 2).mean()
    )


class When(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    district: str | None = None
    ages: str | None = None
    sex: str | None = None

    @field_validator("ages")
    @classmethod
    def _is_age(cls, text: str | None) -> str | None:
        if text is not None:
            parse_age(text)
        return text


class ReachStep(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    when: When
    group: str
    step: str


class Uncounted(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    group: str
    step: str


class ReachFile(BaseModel):
    """county/consultation_reach.yml."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    steps: tuple[ReachStep, ...]
    uncounted: tuple[Uncounted, ...]


@dataclass(frozen=True)
class NextStep:
    """What staff read: who is missing, in figures, and what to do."""

    who: str
    step: str


def load_reach(county: Path) -> ReachFile:
    return ReachFile.model_validate(read_yaml(county / "consultation_reach.yml"))


def name_next_steps(
    found: Comparison, reach: ReachFile, districts: Mapping[str, str], *, most: int = 5
) -> list[NextStep]:
    """For the groups most missing, the greatest gap first. `districts` are names by id."""
    return [_next_step(found.by, each, reach, districts) for each in found.most_missing[:most]]


def _next_step(
    by: Sequence[By], missing: Compared, reach: ReachFile, districts: Mapping[str, str]
) -> NextStep:
    of: dict[str, str] = dict(zip(by, missing.group, strict=True))
    band = parse_age(of["age"]) if "age" in of else None
    step = next((s for s in reach.steps if _fits(s.when, of, band)), None)
    who = step.group if step else "People"
    if "age" in of:
        who = f"{who} {of['age']}"
    if "sex" in of and (step is None or step.when.sex is None):
        who = f"{who} ({of['sex']})"
    if "district" in of:
        who = f"{who} in {districts.get(of['district'], of['district'])}"
    answers = "1 answer" if missing.seen == 1 else f"{missing.seen:,} answers"
    return NextStep(
        f"{who}: {answers}, {missing.expected:,.0f} expected",
        step.step if step else "Ask the community groups that know them to share the link.",
    )


def _fits(when: When, of: Mapping[str, str], band: AgeBand | None) -> bool:
    if when.ages is not None and (band is None or not parse_age(when.ages).holds(band)):
        return False
    return all(
        wanted is None or of.get(name) == wanted
        for name, wanted in (("district", when.district), ("sex", when.sex))
    )
