"""Whoever adds up all that is told of one consultation, page, open data and ledger together, learns no hidden number.

What is added up is read from what leaves the house, not from what the house knows of it.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from math import inf
from pathlib import Path
from typing import Any

import pytest
from consultation_samples import a_consultation
from consulted_people import in_columns, make_answers

from flows.consultations import Consultation, QuestionKind, load_consultations
from flows.content import load_gazetteer
from staff.consulting.answer_columns import questions_of
from staff.consulting.census import load_census
from staff.consulting.gunning import Answered, make_ledger
from staff.consulting.open_data import list_tables
from staff.consulting.page_sums import LEFT_OUT
from staff.consulting.pencil import Contradiction, Pencil
from staff.consulting.result_told import keep_told, read_told
from staff.consulting.result_values import Line, Results
from staff.consulting.results import make_results
from staff.consulting.told_together import find_told as find_told_of_page
from staff.consulting.told_together import withhold
from staff.consulting.weighing import find_people
from staff.small_numbers import PEOPLE, Hidden, Shown

COUNTY = Path(__file__).parents[3] / "county"
CENSUS = load_census(COUNTY)
NAMES = load_gazetteer(COUNTY).district_names
CHOSEN_APART = (QuestionKind.SEVERAL, QuestionKind.BUDGET)  # their counts do not add up to who answered
ALL, WITHOUT, POLICE = "all", "without_flagged", "police"
REST = ("dont_know", "skipped", "not_asked", "no_answer")
Name = tuple[str, ...]

HANGING = a_consultation(
    id="hanging",
    questions=[
        *(q.model_dump(exclude_none=True) for q in a_consultation().questions if q.id in ("home", "age", "police")),
        {"id": "went", "kind": "yes_no", "title": "Went", "ask": "Did you go there last year?"},
        {
            "id": "liked",
            "kind": "scale",
            "title": "Liked",
            "ask": "Do you agree or disagree: it was good?",
            "when": {"went": True},
            "options": [{"value": v, "label": v.title()} for v in ("agree", "between", "disagree")],
        },
        {
            "id": "kept_away",
            "kind": "several",
            "title": "Kept away",
            "ask": "What kept you away?",
            "unless": {"went": True},
            "most": 2,
            "options": [{"value": v, "label": v.title()} for v in ("far", "dark", "dear")],
        },
    ],
)  # fmt: skip
SURVEYS = {**load_consultations(COUNTY), HANGING.id: HANGING}


def only_what_is_asked(
    survey: Consultation, answers: list[Any], went: float, lot: random.Random
) -> Iterator[Any]:
    """As the conversation asks: nobody answers what was not put to them. `went`: how many did, of all."""
    asked = questions_of(survey)
    for each in answers:
        given = (
            {**each.answers, "went": lot.random() < went} if "went" in each.answers else dict(each.answers)
        )
        for question in asked:
            if question.is_asked is not None and not question.is_asked(given):
                given.pop(question.id, None)
        yield replace(each, answers=given)


def results_of(id: str, number: int, seed: int) -> Results:
    survey, lot = SURVEYS[id], random.Random(seed)
    went = lot.choice((0.04, 0.5, 0.93))
    answers = list(only_what_is_asked(survey, list(make_answers(survey, number, seed)), went, lot))
    few = lot.choice((0, 0, 4, 12, 40))
    flagged = {each.id for each in lot.sample(answers, min(few, number // 2))}
    return make_results(
        survey, in_columns(survey, answers), find_people(survey, CENSUS), NAMES, flagged=flagged
    )


class Reader:
    """Takes down open data, the sentences of the page and the table of the ledger, and what adds up to what."""

    def __init__(self, results: Results, large: frozenset[str]) -> None:
        self.pencil: Pencil[Name] = Pencil()
        self.large = large  # questions of which what is not shown is taken to be ten or more
        self.results = results
        self.survey = results.consultation
        _, self.answers, self.by_group, self.who = (
            [dict(zip([c.name for c in table.columns], row, strict=True)) for row in table.rows]
            for table in list_tables(results)
        )
        self.doors = [
            *dict.fromkeys(r["group"] for r in self.by_group if r["group"] not in (WITHOUT, POLICE))
        ]

    def read(self) -> Pencil[Name]:
        self._read_who()
        self._read_ledger()
        left_out = {q.id for q in self.results.questions if LEFT_OUT in q.says}
        for id in dict.fromkeys(
            str(row["question"]) for row in self.answers if row["question"] not in left_out
        ):
            columns = self._read_cells(id)
            for column in columns:
                self._add_up(id, column)
            doors = [column for column in columns if column in self.doors]
            if doors:
                self.pencil.add_up([(id, "answered", door) for door in doors], (id, "answered", ALL))
            if WITHOUT in columns:
                self.pencil.watch((id, "answered", "flagged"))
                both = [(id, "answered", WITHOUT), (id, "answered", "flagged")]
                self.pencil.add_up(both, (id, "answered", ALL))
        return self.pencil

    def _read_who(self) -> None:
        self.pencil.read((ALL,), self.results.public)
        self.pencil.read((POLICE,), self.results.police)
        for by in ("district", "age"):
            rows = [row for row in self.who if row["by"] == by]
            for row in rows:
                self.pencil.read((by, str(row["group"])), shown_in(row))
            if rows:
                self.pencil.add_up([(by, str(row["group"])) for row in rows], (ALL,))
            hidden = [(by, str(row["group"])) for row in rows if row["hidden"]]
            if len(hidden) > 1:
                self.pencil.watch((by, "hidden together"))
                self.pencil.add_up(hidden, (by, "hidden together"))
        if self.results.flagged:
            self.pencil.watch(("flagged",))
            self.pencil.add_up([("flagged",), (WITHOUT,)], (ALL,))
            if not isinstance(self.results.flagged, Hidden):
                self.pencil.learn(("flagged",), self.results.flagged - 5, self.results.flagged + 4)

    def _read_ledger(self) -> None:
        told = read_told({"told": keep_told(self.results)})
        assert told is not None
        ledger = make_ledger(self.survey, [], Answered.of(told), [], None, ())
        rows = dict(ledger.parts[2].sheets[0].rows)
        assert rows.pop("All") == str(self.results.public)
        for door, count in rows.items():
            self.pencil.read((door,), int(count) if count.isdecimal() else Hidden(count))
        if rows:
            self.pencil.add_up([(door,) for door in rows], (ALL,))

    def _read_cells(self, id: str) -> list[str]:
        columns = {ALL: [row for row in self.answers if row["question"] == id and row["option"] != "average"]}
        for row in self.by_group:
            if row["question"] == id:
                columns.setdefault(str(row["group"]), []).append(row)
        for column, rows in columns.items():
            for row in rows:
                of_all = row["option"] == "total"
                name = (column,) if of_all else (id, str(row["option"]), column)
                self.pencil.read(name, shown_in(row), hidden_is_large=id in self.large)
        asked = self.survey.find_question(id)
        assert asked is not None
        for column, rows in columns.items():
            hidden = [
                (id, str(row["option"]), column) for row in rows if row["hidden"] and row["option"] != "total"
            ]
            if len(hidden) > 1 and asked.kind not in CHOSEN_APART:
                self.pencil.watch((id, "hidden together", column))
                self.pencil.add_up(hidden, (id, "hidden together", column))
        options = [str(row["option"]) for row in columns[ALL] if row["option"] != "total"]
        doors = [column for column in columns if column in self.doors]
        for option in options:
            if doors:
                self.pencil.add_up([(id, option, door) for door in doors], (id, option, ALL))
            if WITHOUT in columns:
                self.pencil.watch((id, option, "flagged"))
                self.pencil.add_up([(id, option, WITHOUT), (id, option, "flagged")], (id, option, ALL))
        return list(columns)

    def _add_up(self, id: str, column: str) -> None:
        asked = self.survey.find_question(id)
        assert asked is not None
        rows = [row for row in self.answers if row["question"] == id]
        options = [str(r["option"]) for r in rows if r["option"] not in (*REST, "total", "average")]
        rest = [str(row["option"]) for row in rows if row["option"] in REST]
        answered = (id, "answered", column)
        self.pencil.watch(answered)
        self.pencil.add_up([answered, *((id, name, column) for name in rest)], (column,))
        if asked.kind in CHOSEN_APART:
            for name in options:
                self.pencil.watch((id, f"not {name}", column))
                self.pencil.add_up([(id, name, column), (id, f"not {name}", column)], answered)
            if asked.kind is QuestionKind.SEVERAL and options:
                least = sum(self.pencil.known[id, name, column][0] for name in options)
                self.pencil.learn(answered, least / min(asked.most or len(options), len(options)), inf)
                most = sum(self.pencil.known[id, name, column][1] for name in options)
                self.pencil.learn(answered, 0, most)
        elif options:
            self.pencil.add_up([(id, name, column) for name in options], answered)
        if column == ALL:
            self._read_shares(id, asked.kind, rows)
        self._read_condition(id, column, rest)

    def _read_shares(self, id: str, kind: QuestionKind, rows: list[dict[str, Any]]) -> None:
        question = next(q for q in self.results.questions if q.id == id)
        told = re.search(r"nearest (\d+) in", " ".join(question.says))
        half = (int(told[1]) if told else 1) / 200
        for row in rows:
            count, share = row["answers"], row["counted_value"]
            if question.measure == "share" and count and share is not None and row["option"] != "average":
                most = count / (share - half) if share > half else inf
                self.pencil.learn((id, "answered", ALL), count / (share + half), most)

    def _read_condition(self, id: str, column: str, rest: list[str]) -> None:
        if self.survey.id != HANGING.id or id not in ("liked", "kept_away"):
            return
        went, other = ("went", "yes", column), (id, "other way", column)
        if went in self.pencil.known:
            were_not = (id, "not_asked", column) if "not_asked" in rest else (id, "were not", column)
            if "no_answer" in rest and "not_asked" not in rest:
                self.pencil.watch((id, "in vain", column))
                self.pencil.add_up([were_not, (id, "in vain", column)], (id, "no_answer", column))
            self.pencil.add_up([went, other], (column,))
            self.pencil.watch(were_not)
            self.pencil.add_up([other] if id == "liked" else [went], were_not)


def shown_in(row: dict[str, Any]) -> Shown:
    return Hidden(row["hidden"]) if row["hidden"] else int(row["answers"])


def find_told(results: Results) -> set[Name]:
    told = set(Reader(results, frozenset()).read().find_told())
    large = frozenset(question.id for question in results.questions)
    while large:
        try:
            return told | set(Reader(results, large).read().find_told())
        except Contradiction as fault:  # there it is not so
            wrong = large & {part for name in fault.names if isinstance(name, tuple) for part in name}
            large -= wrong or {min(large)}
    return told


@pytest.mark.parametrize("id", SURVEYS)
@pytest.mark.parametrize("number", [60, 120, 250])
def test_no_hidden_number_can_be_worked_out(id: str, number: int) -> None:
    hidden = 0
    for seed in range(6):
        results = results_of(id, number, seed)
        assert not find_told(results), seed
        cells = [c for q in results.questions for line in q.lines for c in (line.count, *line.doors)]
        hidden += sum(isinstance(count, Hidden) for count in cells)
    assert hidden, "nothing was hidden, so nothing was shown by this"


@pytest.mark.parametrize("id", SURVEYS)
def test_little_is_hidden_where_many_answered(id: str) -> None:
    results = results_of(id, 2000, 1)
    counts = [line.count for q in results.questions for line in (*q.lines, *q.rest, q.total)]
    assert sum(isinstance(count, Hidden) for count in counts) <= 1 + len(counts) // 10


def test_a_question_put_to_some_alone_keeps_its_figures_where_enough_were_asked() -> None:
    """Who was not asked stands apart: so nine of 95 without an answer cost an option, and not the question."""
    questions = [
        q for n in (120, 250, 400) for seed in range(6) for q in results_of(HANGING.id, n, seed).questions
    ]
    left_out = [q for q in questions if LEFT_OUT in q.says]
    assert len(left_out) <= len(questions) // 20


@pytest.mark.parametrize("id", SURVEYS)
def test_a_total_is_told_or_hidden_in_every_table_alike(id: str) -> None:
    """Hidden in one and told in another it hides nothing."""
    for number, seed in ((12, 2), (60, 1), (120, 2), (250, 3)):
        results = results_of(id, number, seed)
        for question in results.questions:
            if LEFT_OUT not in question.says:
                assert question.total.count == results.public
                assert question.total.doors in ((), results.door_counts)


def test_who_was_not_asked_is_everybody_who_answered_otherwise() -> None:
    """47 were not asked, 44 of them since they said no: three gave no answer, however many there are in all."""
    results = results_of(HANGING.id, 60, 100)
    few, other = PEOPLE.few, Hidden.OTHER
    went, liked, _ = results.questions
    went = replace(
        went,
        lines=(Line("yes", "Yes", few), Line("no", "No", 44)),
        rest=(Line("no_answer", "No answer", few),),
        total=Line("total", "All", other),
    )
    liked = replace(
        liked,
        lines=(Line("agree", "Agree", few), Line("between", "Between", 0), Line("disagree", "Disagree", few)),
        rest=(Line("not_asked", "Not asked", 47),),
        total=Line("total", "All", other),
    )
    page = replace(results, public=other, doors=(), door_counts=(), districts=(), ages=(), flagged=0)
    page = replace(page, questions=(went, liked))
    assert ("went", "no_answer", "all") in find_told_of_page(page, {})
    assert not find_told_of_page(withhold(page, {}), {})
