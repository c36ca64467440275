"""Who is missing from the answers, this week: the answers beside the people, and what staff may do next.

For staff alone: it counts small groups, since it is small groups that are missing. People who work for the police are
left out, since they are not asked as residents.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flows.consultations import Consultation
from staff.consulting.census import By, Group, Needed
from staff.consulting.representativeness import (
    Comparison,
    NextStep,
    ReachFile,
    Uncounted,
    compare,
    name_next_steps,
)
from staff.consulting.weighing import People
from storage.counted_answers import Arrival

WEEK = timedelta(days=7)
SEX = "sex"  # the standard question's id, in county/equality.yml


@dataclass(frozen=True)
class Missing:
    """`comparisons` are by district, by age, by both and, where the census file knows it, by sex."""

    consultation: Consultation
    answers: int
    this_week: int
    police: int
    earlier: int  # answers to an earlier version, which has results of its own
    comparisons: tuple[Comparison, ...]
    steps: tuple[NextStep, ...]
    uncounted: tuple[Uncounted, ...]
    source: str
    notes: tuple[str, ...]
    needed: tuple[Needed, ...]

    @property
    def unlike(self) -> Comparison:
        """The one that the page leads with: the finest that there is."""
        return next(
            (c for c in self.comparisons if len(c.by) == 2),
            self.comparisons[0],
        )


def find_missing(
    consultation: Consultation,
    responses: Iterable[Arrival],
    people: People,
    reach: ReachFile,
    district_names: Mapping[str, str],
    now: datetime,
    *,
    equality: Iterable[Mapping[str, Any]] = (),
) -> Missing:
    """`responses` are gone through once. `equality` are the rows kept apart, read for sex where the census knows it."""
    seen: Counter[tuple[str | None, str | None]] = Counter()
    this_week = police = earlier = 0
    since = now - WEEK
    for response in responses:
        if response.version != consultation.version:
            earlier += 1
            continue
        if response.is_police:
            police += 1
            continue
        this_week += response.answered_at >= since
        seen[response.district, people.group_of.get(response.age_band or "")] += 1
    ways: list[tuple[By, ...]] = [("district",)]
    if people.ages:
        ways += [("age",), ("district", "age")]
    comparisons = [_compare(by, seen, people) for by in ways]
    if people.census.knows_sex and (sexes := Counter(str(row.get(SEX, "")).casefold() for row in equality)):
        told: dict[Group, int] = {(sex,): count for sex, count in sexes.items()}
        comparisons.append(compare(("sex",), told, people.census.count_by(["sex"])))
    steps: dict[str, NextStep] = {}
    for found in sorted(comparisons, key=lambda c: -len(c.by)):
        for step in name_next_steps(found, reach, district_names, most=4):
            steps.setdefault(step.step, step)
    return Missing(
        consultation=consultation,
        answers=sum(seen.values()),
        this_week=this_week,
        police=police,
        earlier=earlier,
        comparisons=tuple(comparisons),
        steps=tuple(steps.values()),
        uncounted=reach.uncounted,
        source=people.census.source,
        notes=people.notes,
        needed=people.census.needed,
    )


def _compare(
    by: tuple[By, ...], seen: Mapping[tuple[str | None, str | None], int], people: People
) -> Comparison:
    population = people.census.count_by(by, people.ages)
    if by == ("age",):
        population = {
            (str(group.band),): population[str(group.band),]
            for group in people.ages
            if (str(group.band),) in population
        }
    counts: Counter[Group] = Counter()
    for (district, age), count in seen.items():
        named = {"district": district or "", "age": age or ""}
        counts[tuple(named[name] for name in by)] += count
    return compare(by, counts, population)
