"""Whoever adds up all that one page of results tells learns no hidden number: bounds, carried through every sum."""

import re
from math import ceil, floor, inf
from pathlib import Path

import pytest
from consulted_people import make_answers

from flows.consultations import QuestionKind, load_consultations
from flows.content import load_gazetteer
from staff.consulting.census import load_census
from staff.consulting.result_values import Line, Measure, QuestionResult, Results
from staff.consulting.results import make_results
from staff.consulting.weighing import find_people
from staff.small_numbers import LEAST_DOUBT, PEOPLE, Hidden, Shown

COUNTY = Path(__file__).parents[3] / "county"
SURVEYS = load_consultations(COUNTY)
CENSUS = load_census(COUNTY)
NAMES = load_gazetteer(COUNTY).district_names
CHOSEN_APART = (QuestionKind.SEVERAL, QuestionKind.BUDGET)  # their counts do not add up to who answered
Name = tuple[str, ...]


class Pencil:
    """What is known of every number, shown or not: the least and the most it can be."""

    def __init__(self) -> None:
        self.known: dict[Name, tuple[float, float]] = {}
        self.hidden: set[Name] = set()
        self._sums: list[tuple[list[Name], Name]] = []

    def read(self, name: Name, shown: Shown) -> None:
        if isinstance(shown, Hidden):
            self.hidden.add(name)
        self.learn(name, *PEOPLE.tells(shown) if shown is not Hidden.OTHER else (0, inf))

    def learn(self, name: Name, least: float, most: float) -> bool:
        before = self.known.get(name, (0, inf))
        now = max(before[0], ceil(least - 1e-9)), min(before[1], floor(most + 1e-9) if most < inf else inf)
        self.known[name] = now
        return now != before

    def add_up(self, parts: list[Name], whole: Name) -> None:
        self._sums.append((parts, whole))
        for name in (*parts, whole):
            self.known.setdefault(name, (0, inf))

    def find_told(self) -> list[Name]:
        """Hidden numbers that are known to within less than two."""
        while any(self._reckon(parts, whole) for parts, whole in self._sums):
            pass
        return [name for name in self.hidden if self.known[name][1] - self.known[name][0] < LEAST_DOUBT]

    def _reckon(self, parts: list[Name], whole: Name) -> bool:
        moved = self.learn(whole, sum(self.known[p][0] for p in parts), sum(self.known[p][1] for p in parts))
        for part in parts:
            others = [self.known[p] for p in parts if p != part]
            least, most = self.known[whole]
            high = sum(each[1] for each in others)
            moved |= self.learn(
                part, least - high if high < inf else 0, most - sum(each[0] for each in others)
            )
        return moved


def read_page(results: Results) -> Pencil:
    pencil = Pencil()
    pencil.read(("all",), results.public)
    doors = results.doors if len(results.doors) > 1 else ()
    for door, count in zip(doors, results.door_counts, strict=False):
        pencil.read(("door", door), count)
    if doors:
        pencil.add_up([("door", door) for door in doors], ("all",))
    for by, groups in (("district", results.districts), ("age", results.ages)):
        for group in groups:
            pencil.read((by, group.label), group.count)
        if groups:
            pencil.add_up([(by, group.label) for group in groups], ("all",))
    for question in results.questions:
        read_question(pencil, question, doors)
    return pencil


def read_question(pencil: Pencil, question: QuestionResult, doors: tuple[str, ...]) -> None:
    def cell(line: Line, column: str) -> Name:
        return question.id, line.id, column

    for line in (*question.lines, *question.rest):
        pencil.read(cell(line, "all"), line.count)
        if line.doors and doors:
            for door, count in zip(doors, line.doors, strict=True):
                pencil.read(cell(line, door), count)
            pencil.add_up([cell(line, door) for door in doors], cell(line, "all"))
    for column in ("all", *(doors if question.total.doors else ())):
        answered = (question.id, "answered", column)
        everybody = ("all",) if column == "all" else ("door", column)
        pencil.add_up([answered, *(cell(line, column) for line in question.rest)], everybody)
        if question.kind in CHOSEN_APART:
            for line in question.lines:
                pencil.add_up([cell(line, column), (question.id, f"not {line.id}", column)], answered)
        elif question.kind is not QuestionKind.NUMBER:
            pencil.add_up([cell(line, column) for line in question.lines], answered)
    if question.measure is Measure.SHARE:
        told = re.search(r"nearest (\d+) in", " ".join(question.says))
        half = (int(told[1]) if told else 1) / 200
        for line in question.lines:
            if line.plain is not None and not isinstance(line.count, Hidden) and line.count:
                share = round(line.plain.value, 2)
                most = line.count / (share - half) if share > half else inf
                pencil.learn((question.id, "answered", "all"), line.count / (share + half), most)


@pytest.mark.parametrize("id", SURVEYS)
@pytest.mark.parametrize("number", [60, 120, 250])
def test_no_hidden_number_of_a_page_can_be_worked_out(id: str, number: int) -> None:
    survey = SURVEYS[id]
    people = find_people(survey, CENSUS)
    hidden = 0
    for seed in range(3):
        pencil = read_page(make_results(survey, list(make_answers(survey, number, seed)), people, NAMES))
        assert pencil.find_told() == []
        hidden += len(pencil.hidden)
    assert hidden, "nothing was hidden, so nothing was shown by this"
