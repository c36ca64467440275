"""The pencil finds what can be found by trying all, and claims no more."""

import random
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from math import inf
from pathlib import Path

import pytest
from consultation_samples import a_consultation
from consulted_people import in_columns

from bot.consultation_results_page import render_results
from flows.consultations import QuestionKind
from staff.consulting.census import load_census
from staff.consulting.intervals import Estimate
from staff.consulting.open_data import list_tables
from staff.consulting.page_sums import LEFT_OUT
from staff.consulting.pencil import Contradiction, Pencil
from staff.consulting.result_values import GroupLine, Line, Measure, QuestionResult, Results
from staff.consulting.results import make_results
from staff.consulting.told_together import find_told, withhold
from staff.consulting.weighing import find_people
from staff.small_numbers import PEOPLE, Hidden

FEW, OTHER = PEOPLE.few, Hidden.OTHER
MOST = 13
A_DAY = datetime(2027, 1, 5, 12, tzinfo=UTC)


def test_a_least_and_a_most_are_what_trying_all_finds() -> None:
    chance = random.Random(5)
    for _ in range(40):
        truth = [chance.randrange(MOST) for _ in range(3)]
        known = [(max(0, n - chance.randrange(5)), min(MOST, n + chance.randrange(5))) for n in truth]
        whole = (sum(truth) - chance.randrange(2), sum(truth) + chance.randrange(2))
        pencil: Pencil[str] = Pencil()
        for name, bounds in zip("abc", known, strict=True):
            pencil.learn(name, *bounds)
        pencil.learn("all", *whole)
        pencil.add_up("abc", "all")
        pencil.find_told()
        ways = [
            way
            for way in product(*(range(low, high + 1) for low, high in known))
            if whole[0] <= sum(way) <= whole[1]
        ]
        for at, name in enumerate("abc"):
            assert pencil.known[name] == (min(w[at] for w in ways), max(w[at] for w in ways))


def test_sums_that_share_a_number_are_carried_from_one_to_the_other() -> None:
    pencil: Pencil[str] = Pencil()
    for name, shown in (("all", 40), ("web", 28), ("paper", OTHER), ("yes", FEW), ("no", 10)):
        pencil.read(name, shown)
    pencil.add_up(["web", "paper"], "all")
    pencil.add_up(["yes", "no"], "paper")
    assert list(pencil.find_told()) == ["yes"]
    assert pencil.known["yes"] == (2, 2)


def test_an_endless_part_tells_nothing_of_the_others_and_is_bounded_by_them() -> None:
    pencil: Pencil[str] = Pencil()
    pencil.learn("a", 3, 5)
    pencil.learn("all", 20, 20)
    pencil.add_up(["a", "b"], "all")
    pencil.add_up(["all", "c"], "more")
    pencil.find_told()
    assert (pencil.known["b"], pencil.known["more"]) == ((15, 17), (20, inf))


def test_what_cannot_be_so_is_said() -> None:
    pencil: Pencil[str] = Pencil()
    pencil.read("a", OTHER, hidden_is_large=True)
    pencil.learn("all", 8, 8)
    pencil.add_up(["a"], "all")
    with pytest.raises(Contradiction):
        pencil.find_told()


def a_page(kind: QuestionKind, lines: list[Line], rest: list[Line], total: Line, **told) -> Results:
    """A page of one question, of a hundred people; `unless`: to whom it is not put."""
    unless = told.pop("unless", {})
    survey = a_consultation(
        questions=[
            *(q.model_dump(exclude_none=True) for q in a_consultation().questions if q.id in ("home", "age")),
            {
                "id": "asked",
                "kind": kind.value,
                "title": "Asked",
                "ask": "Which?",
                **({"total": 100} if kind is QuestionKind.BUDGET else {}),
                "options": [{"value": line.id, "label": line.label} for line in lines],
                "unless": unless,
            },
        ],
        about={"district": "home", "age_band": "age"},
        ends=[],
    )
    census = load_census(Path(__file__).parents[3] / "county")
    measure = told.pop("measure", Measure.SHARE)
    question = QuestionResult("asked", "Asked", "Which?", kind, measure, tuple(lines), tuple(rest), total)
    empty = make_results(survey, in_columns(survey, []), find_people(survey, census), {})
    return replace(empty, **{"public": 100, "districts": (), "ages": (), "questions": (question,), **told})


def test_doors_beside_what_is_flagged_tell_no_small_number() -> None:
    """Of those who said A 30 came by the web and a few on paper: if 38 of them are not flagged, 8 or 9 did."""
    lines = [
        Line("a", "A", OTHER, doors=(30, FEW), without_flagged=38),
        Line("b", "B", OTHER, doors=(30, OTHER), without_flagged=42),
    ]
    total = Line("total", "All", 100, doors=(60, 40), without_flagged=80)
    page = a_page(
        QuestionKind.SINGLE, lines, [], total, doors=("Web chat", "Paper"), door_counts=(60, 40), flagged=20
    )
    assert ("asked", "a", "Paper") in find_told(page, {})
    less = withhold(page, {})
    assert not find_told(less, {})
    [question] = less.questions
    assert [line.doors for line in question.lines] == [(30, FEW), (30, OTHER)], "more left out than needed"
    assert all(line.without_flagged is None for line in (*question.lines, question.total))


def test_a_question_that_some_are_not_asked_tells_not_how_many_those_are() -> None:
    """Ages are hidden, three bands of them; the young, who are not asked, would stand beside the question."""
    ages = [GroupLine(label, n, None, 0.3) for label, n in (("16-24", OTHER), ("25-64", FEW), ("65+", 80))]
    lines = [Line("a", "A", 50), Line("b", "B", 35)]
    page = a_page(
        QuestionKind.SINGLE,
        lines,
        [Line("not_asked", "Not asked", 15)],
        Line("total", "All", 100),
        ages=tuple(ages),
        unless={"age": "under_16"},
    )
    age_of = {"under_16": "16-24", "from_25": "25-64", "from_65": "65+"}
    assert ("age", "25-64") in find_told(page, age_of), "5 = 100 - 80 - 15"
    assert not find_told(page, {**age_of, "from_18": "16-24"}), "the band holds others, who are asked"
    less = withhold(page, age_of)
    assert less.questions[0].says == (LEFT_OUT,)
    assert not find_told(less, age_of)


def test_what_was_given_together_tells_not_how_few_gave() -> None:
    """14.9 of 100 on average, of 60 people: who gave at most 100 were nine, no fewer."""
    lines = [
        Line("roads", "Roads", FEW, Estimate(14.9, 13, 16)),
        Line("towns", "Towns", 60, Estimate(85.1, 80, 90)),
    ]
    page = a_page(
        QuestionKind.BUDGET,
        lines,
        [Line("no_answer", "No answer", 40)],
        Line("total", "All", 100),
        measure=Measure.AMOUNT,
    )
    assert find_told(page, {}) == {("asked", "roads", "all")}
    less = withhold(page, {})
    assert not find_told(less, {})
    assert less.questions[0].says == (LEFT_OUT,)
    assert LEFT_OUT in render_results(less, A_DAY, public=True)
    cheaper = replace(page.questions[0], lines=(replace(lines[0], plain=Estimate(4.94, 4, 6)), lines[1]))
    untouched = replace(page, questions=(cheaper,))
    assert withhold(untouched, {}) == untouched
    amounts = [row[5] for row in list_tables(untouched)[1].rows if row[1] == "roads"]
    assert amounts == [4.9], "more places than on the page"


def test_how_many_were_flagged_is_told_in_tens() -> None:
    lines = [Line("a", "A", 60), Line("b", "B", 40)]
    page = a_page(QuestionKind.SINGLE, lines, [], Line("total", "All", 100), flagged=20)
    assert "About 20 people answered in a way" in render_results(page, A_DAY, public=True)
