"""Reports put to their sites as they are filed, on both databases."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import update
from storage_samples import NOW, a_conversation, a_report, later

from flows.events import SubmissionFiled
from flows.facts import SitesNeeded
from storage.database import Database, Transaction
from storage.erasure import strip_answers
from storage.sites import TakenUp
from storage.submissions import Submission
from storage.tables import submissions

DAY = 86_400
PIN = {"certainty": "pin", "within_m": 30}
WORDS = {"certainty": "near", "within_m": 700}


def report(reference: str, north_m: float = 0, **different: Any) -> SubmissionFiled:
    values = {**PIN, "personal": {}, "latitude": 52.28211 + north_m / 111_195, **different}
    return a_report(reference, **values)


def took(tx: Transaction, filed: SubmissionFiled, day: float = 0) -> tuple[Submission, TakenUp]:
    now = later(day * DAY)
    id = tx.submissions.file(filed, a_conversation(tx, filed.reference), "en", now)
    taken = tx.sites.take_up(id, filed, now)
    return got(tx, filed.reference), taken


def got(tx: Transaction, reference: str) -> Submission:
    found = tx.submissions.find_by_reference(reference)
    assert found is not None
    return found


def happened(tx: Transaction, reference: str) -> list[str]:
    return [event.kind for event in tx.submission_events.of(got(tx, reference).id)]


def test_a_report_near_one_of_yesterday_is_put_to_it_and_stands_where_it_stands(database: Database) -> None:
    with database.transaction() as tx:
        first, _ = took(tx, report("A"))
        tx.submissions.set_status(first.id, "visited", later(1))
        second, taken = took(tx, report("B", 30), 1)
        assert taken.into == second.merged_into == first.id
        assert (second.status, second.state_at) == ("visited", later(1))
        assert happened(tx, "B") == ["received", "grouped"]
        assert happened(tx, "A")[-1] == "repeat_added"
        grouped = tx.submission_events.of(second.id)[-1]
        assert grouped.data["into"] == "A" and 0.8 < grouped.data["sure"] <= 1
        far, taken = took(tx, report("C", 2500), 1)
        assert (far.merged_into, taken.into) == (None, None)


def test_another_form_a_closed_case_and_a_vague_place_take_nothing_up(database: Database) -> None:
    with database.transaction() as tx:
        took(tx, report("A", form="concern"))
        took(tx, report("B", 0, certainty="postcode_area", within_m=6000))
        assert took(tx, report("C"))[0].merged_into is None
        tx.submissions.set_status(got(tx, "C").id, "closed", later(1))
        seen = {"place": {}, "seen_at": {"value": NOW.isoformat()}}
        late, _ = took(tx, report("D", answers=seen), 1)
        assert late.merged_into is None
        assert tx.submission_events.of(late.id)[-1].data == {"references": ["C"]}
        assert took(tx, report("E", latitude=None, longitude=None), 1)[0].merged_into is None


def test_what_the_citizen_says_decides(database: Database) -> None:
    with database.transaction() as tx:
        first, _ = took(tx, report("A"))
        told, _ = took(tx, report("B", 1500, sighting_of="A"), 1)
        assert told.merged_into == first.id and happened(tx, "B")[-1] == "sighting"
        again, _ = took(tx, report("C", 1500, sighting_of="B"), 1)
        assert again.merged_into == first.id
        other, _ = took(tx, report("D", 10, not_same=("A",)), 1)
        assert other.merged_into is None and "not_same" in happened(tx, "D")
        assert took(tx, report("E", 3000, sighting_of="nothing"), 1)[0].merged_into is None


def test_a_report_of_a_site_closed_in_that_moment_has_the_desk_of_the_site(database: Database) -> None:
    with database.transaction() as tx:
        took(tx, report("A", desk="county_encampments"))
        told, _ = took(tx, report("B", 1500, sighting_of="A", desk="land_check"), 1)
        assert told.desk == "county_encampments"
        tx.submissions.set_status(got(tx, "A").id, "closed", later(DAY))
        late, taken = took(tx, report("C", 1500, sighting_of="A"), 1.1)
        assert (taken.into, late.merged_into, late.desk) == (None, None, "county_encampments")


def test_a_site_takes_the_point_of_a_better_placed_report_and_gives_it_back(database: Database) -> None:
    with database.transaction() as tx:
        first, _ = took(tx, report("A", **WORDS))
        _, taken = took(tx, report("B", 120), 1)
        assert taken.moved == (first.id,)
        placed = got(tx, "A")
        assert (placed.latitude, placed.certainty, placed.within_m) == (got(tx, "B").latitude, "pin", 30)
        assert placed.cell == got(tx, "B").cell
        refined = tx.submission_events.of(first.id)[-1]
        assert (refined.kind, refined.data["was"]["within_m"]) == ("place_refined", 700)
        assert tx.sites.unrefine(first.id, {"B"}, later(2 * DAY))
        assert replace(got(tx, "A"), updated_at=first.updated_at) == first
        assert not tx.sites.unrefine(first.id, {"B"}, later(2 * DAY))


def test_a_site_that_staff_moved_stays_where_they_put_it(database: Database) -> None:
    with database.transaction() as tx:
        first, _ = took(tx, report("A", **WORDS))
        tx.submission_events.add(first.id, "moved", "Ada", {}, later(1))
        second, _ = took(tx, report("B", 120), 1)
        assert second.merged_into == first.id
        assert got(tx, "A").within_m == 700


def test_two_filed_at_once_stay_two_until_a_later_report_brings_them_together(database: Database) -> None:
    with database.transaction() as tx:
        filed = [report("A", **WORDS), report("B", 250)]
        ids = [tx.submissions.file(f, a_conversation(tx, f.reference), "en", NOW) for f in filed]
        assert [got(tx, r).merged_into for r in "AB"] == [None, None]
        taken = took(tx, report("C", 240), 0.5)[1]
        assert taken.into == ids[1]
        took(tx, report("D", 255), 1)
        assert {got(tx, r).merged_into for r in "BCD"} <= {ids[0], ids[1], None}
        assert len(tx.submissions.list_cases()) >= 1


def test_a_twin_is_joined_as_staff_would_do_it_unless_somebody_parted_them(database: Database) -> None:
    with database.transaction() as tx:
        for reference, not_same in (("A", ()), ("B", ()), ("F", ("A", "B", "C"))):
            filed = report(reference, 0, not_same=not_same)
            tx.submissions.file(filed, a_conversation(tx, reference), "en", NOW)
        tx.submission_events.add(got(tx, "F").id, "not_same", "citizen", {"references": ["A", "B"]}, NOW)
        taken = took(tx, report("C", 5), 1)[1]
        assert taken.twin is not None
        joined = [r for r in "ABF" if "merged" in happened(tx, r)]
        assert len(joined) == 1
        merged = tx.submission_events.of(got(tx, joined[0]).id)[-1].data
        assert merged["was"] == "received" and merged["was_at"] == NOW.isoformat()


def test_known_sites_are_told_with_their_state_and_the_place_by_its_name_alone(database: Database) -> None:
    place = {"text": "by Mr Smith's gate", "name": "Myton Road", "within_m": 500}
    with database.transaction() as tx:
        first, _ = took(tx, report("A", answers={"place": place}))
        tx.submissions.set_status(first.id, "visited", later(DAY))
        took(tx, report("B", 4000), 1)
        need = SitesNeeded("encampment", 52.2822, -1.5679, 30)
        (known,) = tx.near_sites.known(need, later(2 * DAY))
        assert (known.reference, known.name, known.state) == ("A", "Myton Road", "visited")
        assert known.changed_on == later(DAY).date() and known.first_seen_on == NOW.date()
        assert known.distance_m < 50 and known.sure > 0.9
        tx.submissions.set_status(first.id, "closed", later(DAY))
        assert (
            tx.near_sites.known(need, later(1.1 * DAY)) == ()
        )  # who said "that one" would tell half of a new one
        tx.submissions.set_status(first.id, "visited", later(DAY))
        assert tx.near_sites.known(replace(need, form="concern"), NOW) == ()
        assert tx.near_sites.known(need, later(200 * DAY)) == ()


def test_days_of_known_sites_are_those_of_london(database: Database) -> None:
    night = datetime(2026, 6, 14, 23, 30, tzinfo=UTC)
    with database.transaction() as tx:
        tx.submissions.file(report("A"), a_conversation(tx), "en", night)
        (known,) = tx.near_sites.known(
            SitesNeeded("encampment", 52.2822, -1.5679, 30), night + timedelta(days=1)
        )
    assert known.first_seen_on == known.changed_on == date(2026, 6, 15)


def test_an_old_case_that_is_still_told_of_is_near(database: Database) -> None:
    with database.transaction() as tx:
        took(tx, report("A"))
        took(tx, report("B", 10, sighting_of="A"), 80)
        near = tx.near_sites.near("encampment", 52.28211, -1.56789, 500, later(120 * DAY))
        assert [case.reference for case in near] == ["A"]


def test_a_site_goes_on_when_who_told_of_it_first_is_forgotten(database: Database) -> None:
    place = {"text": "by the gate", "name": "Myton Road", "within_m": 700}
    with database.transaction() as tx:
        first, _ = took(tx, report("A", answers={"place": place}, **WORDS))
        took(tx, report("B", 60), 1)
        for kept, taken_up in ((frozenset({"place"}), True), (frozenset(), False)):
            gone = {"person_id": None, "conversation_id": None, **strip_answers(first.answers, kept)}
            tx.connection.execute(update(submissions).where(submissions.c.id == first.id).values(gone))
            third, _ = took(tx, report(f"C{len(kept)}", 50), 1.5)
            assert (third.merged_into == first.id) is taken_up
