"""Themes and codes on record: the newest counts, and what was said of words goes with the words."""

from typing import Any

import pytest
from sqlalchemy import func, select
from storage_samples import NOW, a_conversation, days_ago, later

from flows.events import ResponseGiven
from storage.coding import KeptAssignment
from storage.database import Database, Transaction
from storage.erasing_responses import erase_responses
from storage.mixing import mix
from storage.responses import PSEUDONYMOUS, Respondent
from storage.retention import RetentionPolicy, purge
from storage.tables import code_assignments, responses, theme_runs

WORDS = {"why": "It is dark by the canal", "else": "No"}


def give(tx: Transaction, person: str, **texts: str) -> str:
    """A coded answer; the id of its row."""
    who = Respondent.of(PSEUDONYMOUS, person, "")
    given = ResponseGiven("parks", 1, {"first": "lights"}, WORDS | texts)
    if tx.responses.give(given, who, "web", NOW):
        id = str(getattr(tx.responses.find_row("parks", who), "id", ""))
        for question in WORDS:
            tx.coding.assign(question, [KeptAssignment(id, ("lights",), "Ada", NOW)])
        return id
    return ""


def coded(tx: Transaction, question: str = "why") -> set[str]:
    return {given.response for given in tx.coding.assignments("parks", question)}


def test_the_last_run_and_the_newest_codebook_count(database: Database):
    with database.transaction() as tx:
        assert tx.coding.last_run("parks", "why") is None and tx.coding.codebook("parks", "why") is None
        tx.coding.keep_run("parks", "why", {"themes": [], "rest": []}, "Ada", NOW)
        tx.coding.keep_run("parks", "why", {"themes": [], "rest": ["a1"]}, "Ada", later(5))
        tx.coding.keep_run("parks", "else", {"themes": [], "rest": []}, "Ada", later(9))
        assert tx.connection.execute(select(func.count()).select_from(theme_runs)).scalar_one() == 2
        run = tx.coding.last_run("parks", "why")
        assert run is not None and (run.result["rest"], run.at) == (["a1"], later(5))
        assert tx.coding.keep_codebook("parks", "why", 1, {"codes": []}, "Ada", NOW)
        assert tx.coding.keep_codebook("parks", "why", 2, {"codes": [{"id": "lights"}]}, "Eve", NOW)
        assert not tx.coding.keep_codebook("parks", "why", 2, {"codes": []}, "Ada", NOW)
        book = tx.coding.codebook("parks", "why")
        assert book is not None and (book.version, book.actor) == (2, "Eve")


def test_what_was_said_of_words_goes_when_they_are_changed_or_taken_back(database: Database):
    with database.transaction() as tx:
        changed, back = give(tx, "p1"), give(tx, "p2")
        tx.coding.assign("why", [KeptAssignment(back, (), "Eve", later(1), settles=True)])
        assert [(given.coder, given.codes, given.settles) for given in tx.coding.assignments("parks", "why")][
            -1
        ] == ("Eve", (), True)
        give(tx, "p1", why="It is dark by the canal")
        assert coded(tx) == {changed, back}
        give(tx, "p1", why="I changed my mind")
        assert (coded(tx), coded(tx, "else")) == ({back}, {changed, back})
        tx.responses.withdraw("parks", Respondent.of(PSEUDONYMOUS, "p2", ""), NOW)
        assert left(tx) == 1


def found(tx: Transaction, *groups: list[str]) -> None:
    """A run with a theme of each group of answers."""
    themes = [
        {"id": f"T{at}", "label": ["canal"], "size": len(ids), "examples": ids, "centre": [1.0]}
        | {"members": [{"id": id, "parts": 1, "closeness": 0.9} for id in ids]}
        for at, ids in enumerate(groups)
    ]
    tx.coding.keep_run("parks", "why", {"themes": themes, "rest": []}, "Ada", NOW)


def held(tx: Transaction) -> list[tuple[list[str], list[str], int]]:
    """Of each theme of the last run: words, examples, how many answers."""
    run = tx.coding.last_run("parks", "why")
    assert run is not None
    return [(t["label"], t["examples"], len(t["members"])) for t in run.result["themes"]]


def test_a_run_holds_no_words_of_who_took_them_back_was_forgotten_or_said_something_else(database: Database):
    with database.transaction() as tx:
        tx.consultations.open("parks", 1, {"anonymity": PSEUDONYMOUS}, "0" * 64, "ada", days_ago(30))
        people = [a_conversation(tx, f"+44770090012{at}").person_id for at in range(3)]
        changed, back, erased = (give(tx, person) for person in people)
        other, *_ = stay = [give(tx, "p1"), give(tx, "p2")]
        found(tx, [changed, other], [back, other], [erased, other], stay)
        give(tx, people[0], **{"else": "Not this question"})
        assert held(tx)[0] == (["canal"], [changed, other], 2)
        give(tx, people[0], why="I changed my mind")
        tx.responses.withdraw("parks", Respondent.of(PSEUDONYMOUS, people[1], ""), NOW)
        erase_responses(tx, [people[2]], [])
        assert held(tx) == [*[([], [other], 1)] * 3, (["canal"], stay, 2)]


@pytest.mark.parametrize("stays", [False, True], ids=["answer gone", "words gone"])
def test_the_middle_of_a_theme_goes_with_the_last_who_spoke_of_it(database: Database, stays: bool):
    with database.transaction() as tx:
        tx.consultations.open("parks", 1, {"anonymity": PSEUDONYMOUS}, "0" * 64, "ada", days_ago(30))
        people = [a_conversation(tx, f"+44770090012{at}").person_id for at in range(2)]
        one, other = (give(tx, person) for person in people)
        found(tx, [one], [one, other])
        if stays:
            tx.consultations.close("parks", "ada", days_ago(1))
        erase_responses(tx, [people[0]], [])
        run = tx.coding.last_run("parks", "why")
        assert run is not None
        assert [theme["centre"] for theme in run.result["themes"]] == [[], [1.0]]


def test_a_run_keeps_what_was_counted_and_no_words_once_they_are_let_go_of(database: Database):
    with database.transaction() as tx:
        tx.consultations.open("parks", 1, {"anonymity": PSEUDONYMOUS}, "0" * 64, "ada", days_ago(500))
        person = a_conversation(tx).person_id
        ids = [give(tx, person), give(tx, "p2")]
        found(tx, [*ids, "set aside and gone"], [ids[1]])
        tx.consultations.close("parks", "ada", days_ago(400))
        erase_responses(tx, [person], [])
        assert held(tx) == [([], [ids[1], "set aside and gone"], 3), (["canal"], [ids[1]], 1)]
        tx.commit()
    policy = RetentionPolicy(responses_identifiable_days=401)
    assert purge(database, policy, NOW)["theme_runs"] == 1
    with database.reading() as tx:
        assert held(tx) == [([], [ids[1]], 2), (["canal"], [ids[1]], 1)]
    assert purge(database, RetentionPolicy(), NOW)["theme_runs"] == 1
    with database.reading() as tx:
        assert held(tx) == [([], [], 2), ([], [], 1)]
    assert purge(database, RetentionPolicy(), NOW)["theme_runs"] == 0


def test_codes_outlive_shuffling_and_go_with_who_is_forgotten(database: Database):
    def begin(tx: Transaction) -> tuple[str, str]:
        tx.consultations.open("parks", 1, {"anonymity": PSEUDONYMOUS}, "0" * 64, "ada", days_ago(30))
        person = a_conversation(tx).person_id
        return person, give(tx, person)

    person, _ = database.run_blocking(begin)
    other = database.run_blocking(lambda tx: give(tx, "p2"))
    mix(database)
    with database.transaction() as tx:
        assert len(coded(tx)) == 2
        erase_responses(tx, [person], [])
        assert coded(tx) == {other} and left(tx) == 2
        tx.connection.execute(responses.delete())
        tx.commit()
    assert purge(database, RetentionPolicy(), NOW)["code_assignments"] == 2
    with database.reading() as tx:
        assert left(tx) == 0


def left(tx: Transaction) -> Any:
    return tx.connection.execute(select(func.count()).select_from(code_assignments)).scalar_one()
