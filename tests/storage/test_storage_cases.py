from typing import Any

import pytest
from sqlalchemy import select, update
from storage_samples import NOW, a_conversation, a_report, later

from storage.database import Database, Transaction
from storage.errors import SealBroken
from storage.submissions import Submission, SubmissionStatus
from storage.tables import submission_events


def filed(tx: Transaction, reference: str, seconds: float = 0, address: str = "1", **different: Any) -> str:
    report = a_report(reference, **different)
    return tx.submissions.file(report, a_conversation(tx, address), "en", later(seconds))


def got(tx: Transaction, id: str) -> Submission:
    found = tx.submissions.find(id)
    assert found is not None
    return found


def cases(tx: Transaction, **asked: Any) -> list[str]:
    return [case.reference for case in tx.submissions.list_cases(**asked)]


def test_what_is_wanted_and_where_it_goes_is_kept(database: Database) -> None:
    with database.transaction() as tx:
        one = got(tx, filed(tx, "A", wants_news=True, urgent=True, routed_to="council"))
        assert (one.wants_news, one.urgent, one.routed_to) == (True, True, "council")
        assert (one.assigned_to, one.merged_into) == (None, None)
        other = got(tx, filed(tx, "B"))
        assert (other.wants_news, other.urgent, other.routed_to) == (False, False, None)
        assert tx.submissions.find("nothing") is None


def test_a_repeat_joins_only_what_the_same_person_sent(database: Database) -> None:
    with database.transaction() as tx:
        first = filed(tx, "A")
        assert got(tx, filed(tx, "B", 1, joins="A")).merged_into == first
        assert got(tx, filed(tx, "C", 2, joins="B")).merged_into == first
        assert got(tx, filed(tx, "D", joins="A", address="2")).merged_into is None
        assert got(tx, filed(tx, "E", joins="nothing")).merged_into is None
        assert [repeat.reference for repeat in tx.submissions.merged_into(first)] == ["B", "C"]
        assert sorted(cases(tx)) == ["A", "D", "E"]


def test_what_a_person_sent_is_found(database: Database) -> None:
    with database.transaction() as tx:
        filed(tx, "B", 2)
        filed(tx, "A", 1)
        filed(tx, "C", 0, address="2")
        mine = a_conversation(tx, "1")
        assert [s.reference for s in tx.submissions.of_person(mine.person_id)] == ["A", "B"]


def test_cases_come_urgent_first_then_oldest(database: Database) -> None:
    with database.transaction() as tx:
        filed(tx, "new", 9)
        filed(tx, "old", 1)
        filed(tx, "urgent", 20, urgent=True)
        assert cases(tx) == ["urgent", "old", "new"]
        assert cases(tx, limit=2) == ["urgent", "old"]


def test_cases_are_asked_for_by_form_state_hand_and_district(database: Database) -> None:
    with database.transaction() as tx:
        ids = {
            reference: filed(tx, reference, at, form=form, district=district)
            for at, (reference, form, district) in enumerate(
                [
                    ("A", "encampment", "warwick"),
                    ("B", "volunteer", "rugby"),
                    ("C", "encampment", "rugby"),
                    ("D", "talk", None),
                ]
            )
        }
        assert tx.submissions.assign(ids["A"], "ada", later(9))
        assert tx.submissions.set_status(ids["B"], SubmissionStatus.IN_PROGRESS, later(9))
        assert tx.submissions.set_status(ids["C"], "closed", later(9))
        assert cases(tx) == ["A", "B", "D"]
        assert cases(tx, include_closed=True) == ["A", "B", "C", "D"]
        assert cases(tx, states=["closed", "in_progress"]) == ["B", "C"]
        assert cases(tx, forms=["encampment", "talk"]) == ["A", "D"]
        assert cases(tx, assigned_to="ada") == ["A"]
        assert cases(tx, assigned_to="") == ["B", "D"]
        assert cases(tx, district="rugby", include_closed=True) == ["B", "C"]


def test_a_case_changes_hands_and_state(database: Database) -> None:
    with database.transaction() as tx:
        id = filed(tx, "A")
        assert tx.submissions.assign(id, "ada", later(1))
        assert (got(tx, id).assigned_to, got(tx, id).updated_at) == ("ada", later(1))
        assert tx.submissions.assign(id, None, later(2))
        assert got(tx, id).assigned_to is None
        assert tx.submissions.set_status(id, SubmissionStatus.ACTED_ON, later(3))
        assert (got(tx, id).status, got(tx, id).updated_at) == ("acted_on", later(3))
        assert not tx.submissions.assign("nothing", "ada", NOW)
        assert not tx.submissions.set_status("nothing", "closed", NOW)


def test_cases_are_merged_and_split(database: Database) -> None:
    with database.transaction() as tx:
        a, b, c = (filed(tx, reference, address=reference) for reference in "ABC")
        assert tx.submissions.merge(b, a, later(1))
        assert tx.submissions.merge(a, c, later(2))
        assert [got(tx, id).merged_into for id in (a, b, c)] == [c, c, None]
        assert not tx.submissions.merge(c, a, later(3))
        assert not tx.submissions.merge(c, c, later(3))
        assert not tx.submissions.merge(a, "nothing", later(3))
        assert not tx.submissions.merge("nothing", a, later(3))
        assert cases(tx) == ["C"]
        assert tx.submissions.split(b, later(4))
        assert not tx.submissions.split(b, later(5))
        assert got(tx, b).updated_at == later(4)
        assert sorted(cases(tx)) == ["B", "C"]


def test_notes_of_staff_are_sealed_and_bound_to_their_event(database: Database) -> None:
    with database.transaction() as tx:
        id = filed(tx, "A")
        tx.submission_events.add(id, "note", "ada", {}, later(1), note="Ring Mrs Lovelace")
        tx.submission_events.add(id, "note", "eve", {"x": 1}, later(2), note="Rang her")
        received, first, second = tx.submission_events.of(id)
        assert (received.kind, received.note) == ("received", None)
        assert (first.note, first.actor, second.note, second.data) == (
            "Ring Mrs Lovelace",
            "ada",
            "Rang her",
            {"x": 1},
        )
        assert "Lovelace" not in str(tx.connection.execute(select(submission_events)).all())
        other = select(submission_events.c.note).where(submission_events.c.id == second.id).scalar_subquery()
        tx.connection.execute(
            update(submission_events).where(submission_events.c.id == first.id).values(note=other)
        )
        with pytest.raises(SealBroken):
            tx.submission_events.of(id)
