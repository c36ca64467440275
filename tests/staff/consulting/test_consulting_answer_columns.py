"""Answers as columns: those of the record and those of its rows, one by one, say the same."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from consultation_samples import a_consultation
from consulted_people import BEGUN, keep_answers
from sqlalchemy import update

from flows.consultations import Consultation
from staff.consulting.answer_columns import AnswerColumns, questions_of
from storage.counted_answers import count_public_by_version, read_answers, read_arrivals
from storage.database import Database
from storage.tables import responses

OPTIONS = [{"value": value, "label": value.title()} for value in ("a", "b", "c", "d")]
PARKS = a_consultation()
QUESTIONS: list[dict[str, Any]] = [
    *PARKS.model_dump(mode="json")["questions"],
    {"id": "choice", "kind": "single", "options": OPTIONS},
    {"id": "steps", "kind": "scale", "options": OPTIONS, "when": {"choice": ["a", "b"]}},
    {"id": "order", "kind": "ranking", "options": OPTIONS, "unless": {"choice": ["c"]}},
    {"id": "money", "kind": "budget", "options": OPTIONS, "total": 100},
    {"id": "stars", "kind": "rating", "minimum": 1, "maximum": 5},
    {"id": "times", "kind": "number", "minimum": 0, "maximum": 30},
]


def a_survey(version: int) -> Consultation:
    named = [{"title": each["id"], "ask": each["id"], **each} for each in QUESTIONS]
    return a_consultation(version=version, questions=named)


def by_response(columns: AnswerColumns) -> dict[str, Any]:
    said = [[column.values[code] for code in column.codes] for column in columns.columns.values()]
    return dict(zip(columns.ids, zip(columns.who, *said, strict=True), strict=True))


@pytest.fixture
def kept(database: Database) -> Database:
    """Two versions, half a day's answers of each withdrawn; one answer is given by many."""
    with database.transaction() as tx:
        for version in (1, 2):
            keep_answers(tx, a_survey(version), 150, seed=version)
        of = responses.c
        few = update(responses).where(of.answered_at < BEGUN + timedelta(hours=12))
        tx.connection.execute(few.values(withdrawn_at=BEGUN))
        same = update(responses).where(of.channel == "sms")
        tx.connection.execute(same.values(answers={"choice": "a", "order": ["b", "a"], "money": {"a": 100}}))
        tx.commit()
    return database


@pytest.mark.parametrize("version", [1, 2])
def test_the_record_read_at_once_says_what_its_rows_say_one_by_one(kept: Database, version: int) -> None:
    questions = questions_of(a_survey(version))
    with kept.reading() as tx:
        rows = [row for row in tx.responses.stream("parks") if row.version == version]
        told = read_answers(tx, "parks", version)
    assert len(told.texts) < len(told.ids)
    at_once, one_by_one = AnswerColumns.read(told, questions), AnswerColumns.of(rows, questions)
    assert len(at_once.ids) == 132
    assert by_response(at_once) == by_response(one_by_one)


def test_some_of_the_columns_are_those_of_some_of_the_rows(kept: Database) -> None:
    questions = questions_of(a_survey(1))
    with kept.reading() as tx:
        rows = list(tx.responses.stream("parks"))
    police = AnswerColumns.of(rows, questions).only(lambda who: who.is_police is True)
    by_hand = AnswerColumns.of([row for row in rows if row.is_police], questions)
    assert 0 < len(police) < len(rows)
    assert by_response(police) == by_response(by_hand)
    assert [column.values for column in police.columns.values()] == [
        column.values for column in by_hand.columns.values()
    ]


def test_who_came_and_how_many_of_the_public_are_those_of_the_rows(kept: Database) -> None:
    def sorted_by_words(those: Iterable[Any]) -> list[Any]:
        return sorted(those, key=repr)

    with kept.reading() as tx:
        rows = list(tx.responses.stream("parks"))
        arrivals = sorted_by_words(read_arrivals(tx, "parks"))
        public = count_public_by_version(tx, "parks")
    assert arrivals == sorted_by_words(
        (row.version, row.district, row.age_band, row.is_police, row.answered_at) for row in rows
    )
    assert public == {
        version: sum(row.version == version and not row.is_police for row in rows) for version in (1, 2)
    }


def test_of_no_answers_there_are_columns_all_the_same(database: Database) -> None:
    questions = questions_of(a_survey(1))
    with database.reading() as tx:
        none = AnswerColumns.read(read_answers(tx, "parks", 1), questions)
    assert len(none) == len(none.only(lambda who: True)) == 0
    assert none.columns.keys() == {question.id for question in questions}
