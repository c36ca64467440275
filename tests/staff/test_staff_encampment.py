"""An encampment's case through its states: what is asked for, who is told what, when it is due, and where it is."""

from datetime import UTC, date, datetime

import pytest
from staff_samples import (
    ADA,
    CONTENT,
    NOON,
    audit,
    cases_of,
    events,
    everything,
    file,
    got,
    later,
    pushes,
    ref,
)

from staff.case_state import Given
from staff.errors import StaffError
from staff.rows import CaseFilters
from storage.database import Database

PARK = {"answers": {"land": "park"}, "desk": "warwick_council"}
FIELD = {"answers": {"land": "farmland"}, "desk": "landowner"}
ELSEWHERE = "+447700900999"


def walk(database: Database, *states: str, reference: str = ref(1)) -> None:
    for state in states:
        cases_of(database).set_state(reference, state, "Because", actor=ADA, now=NOON)


def refused(database: Database, told: str, *arguments: str, **given: object) -> None:
    before = everything(database)
    with pytest.raises(StaffError, match=told):
        cases_of(database).set_state(*arguments, actor=ADA, now=later(minutes=5), given=Given(**given))
    assert everything(database) == before


def stages_told(database: Database) -> list[str]:
    return [push.reply["text"].partition(": ")[2] for push in pushes(database)]


def test_only_a_new_stage_is_told_and_never_what_must_stay_within(database: Database) -> None:
    id = file(database, ref(1), **PARK)
    walk(database, "acknowledged", "assigned", "police_assessed")
    desk = cases_of(database)
    desk.set_state(ref(1), "visited", "All well", actor=ADA, now=NOON, given=Given(welfare_done=True))
    told = len(pushes(database))
    until = Given(until=date(2026, 12, 4))
    quiet = desk.set_state(ref(1), "tolerated_until", "A birth is near", actor=ADA, now=NOON, given=until)
    assert quiet.told_at is None
    assert (got(database, id).state_until, got(database, id).state_at) == (date(2026, 12, 4), NOON)
    desk.set_state(ref(1), "enforcing", "Stayed on", actor=ADA, now=later(days=9))
    assert got(database, id).state_until is None
    assert len(pushes(database)) == told == 3
    desk.set_state(ref(1), "notice_served", actor=ADA, now=later(days=9))
    assert stages_told(database) == [
        "somebody has read it.",
        "it is with those who look after the land.",
        "the place has been visited.",
        "a notice has been served there.",
    ]
    kept = {event.data["state"]: event for event in events(database, id)}
    assert kept["tolerated_until"].data == {
        "state": "tolerated_until",
        "was": "visited",
        "stage": None,
        "until": "2026-12-04",
    }
    assert (kept["tolerated_until"].actor, kept["tolerated_until"].note) == (ADA, "A birth is near")
    assert kept["visited"].data["welfare_done"] is True
    with database.reading() as tx:
        assert tx.submission_events.told_since([id]) == {id: later(days=9)}
    assert "birth" not in str(audit(database))


def test_a_council_asks_after_welfare_before_it_enforces_and_an_owner_need_not(database: Database) -> None:
    file(database, ref(1), **PARK)
    file(database, ref(2), **FIELD)
    for reference in (ref(1), ref(2)):
        walk(database, "acknowledged", "assigned", "visited", reference=reference)
    refused(database, "welfare enquiries first.*--welfare-done", ref(1), "enforcing", "Must go")
    refused(database, "enforcing needs a note", ref(2), "enforcing")
    walk(database, "enforcing", reference=ref(2))
    cases_of(database).set_state(ref(1), "visited", actor=ADA, now=NOON, given=Given(welfare_done=True))
    walk(database, "enforcing", "vacated", "closed", "reopened", "visited")
    refused(database, "welfare enquiries first", ref(1), "enforcing", "It began anew")


@pytest.mark.parametrize(
    ("state", "given", "told"),
    [
        ("tolerated_until", {}, "needs a date"),
        ("tolerated_until", {"until": date(2026, 11, 25)}, "That date is over"),
        ("vacated", {"until": date(2026, 12, 25)}, "takes no date"),
        ("vacated", {"same_as": ref(2)}, "takes no other case"),
        ("duplicate_of", {}, "the reference of the other case"),
        ("duplicate_of", {"same_as": ref(9)}, "There is no case"),
        ("closed", {}, "From visited it may go to: visited, tolerated_until"),
    ],
)
def test_what_is_missing_or_of_no_use_is_named(sqlite_database: Database, state, given, told) -> None:
    file(sqlite_database, ref(1), **PARK)
    walk(sqlite_database, "acknowledged", "assigned", "visited")
    refused(sqlite_database, told, ref(1), state, "Because", **given)


def test_a_welfare_visit_is_noted_of_encampments_alone(sqlite_database: Database) -> None:
    file(sqlite_database, ref(1, "CN"), form="concern")
    refused(sqlite_database, "encampments alone", ref(1, "CN"), "closed", welfare_done=True)


def test_a_duplicate_is_merged_and_stands_where_its_case_stands(database: Database) -> None:
    root = file(database, ref(1), **PARK)
    same = file(database, ref(2), address=ELSEWHERE)
    walk(database, "acknowledged", "assigned", "visited")
    desk = cases_of(database)
    done = desk.set_state(ref(2), "duplicate_of", actor=ADA, now=NOON, given=Given(same_as=ref(1)))
    assert (done.state, done.told_at) == ("duplicate_of", NOON)
    assert stages_told(database)[-1].startswith("we knew of this place already")
    assert (got(database, same).merged_into, got(database, same).status) == (root, "visited")
    assert [event.kind for event in events(database, same)] == ["state", "merged"]
    desk.split(ref(2), actor=ADA, now=NOON)
    assert (got(database, same).merged_into, got(database, same).status) == (None, "received")


def test_a_report_of_a_known_site_stands_where_the_site_stands(database: Database) -> None:
    root = file(database, ref(1))
    walk(database, "acknowledged", "assigned")
    later_one = file(database, ref(2), at=later(days=1), joins=ref(1))
    kept = got(database, later_one)
    assert (kept.merged_into, kept.status, kept.state_at) == (root, "assigned", NOON)


def test_who_reported_is_asked_at_the_end_whether_it_is_solved(database: Database) -> None:
    file(database, ref(1))
    file(database, ref(2), address=ELSEWHERE, channel="web")
    cases_of(database).merge(ref(2), ref(1), actor=ADA, now=NOON)
    walk(database, "acknowledged", "vacated", "cleanup", "closed")
    asked = [push for push in pushes(database) if push.kind == "check"]
    assert len(asked) == 2
    question = CONTENT.texts.say("solved.ask", "en").text
    for push, reference in zip(asked, (ref(1), ref(2)), strict=True):
        assert push.reply["text"] == f"News of your report, {reference}: it is closed.\n\n{question}"
        payloads = [button["payload"] for button in push.reply["buttons"]]
        assert payloads == [f"go:solved_yes/{reference}", f"go:solved_no/{reference}"]


# the clock


def test_encampments_whose_clock_ran_out_are_overdue(database: Database) -> None:
    file(database, ref(1))
    file(database, ref(2), desk="county_encampments")
    file(database, ref(3), desk="warwick_council")
    desk = cases_of(database)
    for reference in (ref(2), ref(3)):
        walk(database, "acknowledged", "assigned", reference=reference)
    desk.set_state(ref(2), "police_assessed", actor=ADA, now=later(days=3))
    at = {
        row.reference: row.due
        for row in desk.list(CaseFilters(forms=("encampment",)), actor=ADA, now=later(days=4))
    }
    assert at == {
        ref(1): datetime(2026, 11, 27, tzinfo=UTC),
        ref(2): datetime(2026, 12, 4, tzinfo=UTC),  # from when it was assigned
        ref(3): None,
    }
    found = desk.find_overdue(actor=ADA, now=datetime(2026, 12, 3, 23, 0, tzinfo=UTC))
    assert [row.reference for row in found] == [ref(1)]
    found = desk.find_overdue(actor=ADA, now=datetime(2026, 12, 4, 1, 0, tzinfo=UTC))
    assert [row.reference for row in found] == sorted([ref(1), ref(2)])


def test_a_stay_agreed_until_a_day_is_due_when_that_is_over(sqlite_database: Database) -> None:
    file(sqlite_database, ref(1))
    walk(sqlite_database, "acknowledged", "assigned", "visited")
    desk = cases_of(sqlite_database)
    given = Given(until=date(2026, 12, 5))
    desk.set_state(ref(1), "negotiated_stop", "Terms signed", actor=ADA, now=NOON, given=given)
    given = Given(until=date(2026, 12, 12))
    desk.set_state(ref(1), "negotiated_stop", "Longer", actor=ADA, now=later(days=8), given=given)
    [row] = desk.list(actor=ADA, now=later(days=9))
    assert (row.due, row.overdue) == (datetime(2026, 12, 13, tzinfo=UTC), False)


def test_how_many_report_a_site_changes_nothing_in_the_order(database: Database) -> None:
    file(database, ref(1), at=later(minutes=-1))
    file(database, ref(2))
    for number in range(3, 23):
        file(database, ref(number), joins=ref(2), at=later(minutes=number))
    rows = cases_of(database).list(actor=ADA, now=later(hours=1))
    assert [(row.reference, row.reports) for row in rows] == [(ref(1), 1), (ref(2), 21)]
    assert cases_of(database).list(CaseFilters(limit=1), actor=ADA, now=later(hours=1))[0].reference == ref(1)


# where it is


def test_a_report_is_moved_and_district_and_desk_follow(database: Database) -> None:
    id = file(database, ref(1), **PARK, certainty="near", within_m=800)
    before = got(database, id)
    moved = cases_of(database).move(
        ref(1), 52.3705, -1.2652, "The photo shows it", actor=ADA, now=later(hours=1)
    )
    after = got(database, id)
    assert (moved.district, moved.desk) == (after.district, after.desk) == ("rugby", "rugby_council")
    assert (after.latitude, after.longitude, after.certainty) == (52.3705, -1.2652, "pin")
    assert after.cell != before.cell
    assert after.within_m is not None
    assert after.within_m < 800
    [event] = events(database, id)
    assert (event.kind, event.note) == ("moved", "The photo shows it")
    assert event.data["was"] == {
        "latitude": 52.28211,
        "longitude": -1.56789,
        "certainty": "near",
        "district": "warwick",
        "desk": "warwick_council",
    }
    [(_, action, subject, detail)] = audit(database)
    assert (action, subject) == ("case.move", id)
    assert detail == {"event": event.id, "district": "rugby", "desk": "rugby_council"}


def test_a_case_is_given_to_a_desk_by_hand_and_stays_there(database: Database) -> None:
    id = file(database, ref(1), **PARK)
    desk = cases_of(database)
    assert (
        desk.set_desk(ref(1), "national_highways", "Motorway verge", actor=ADA, now=NOON)
        == "National Highways"
    )
    moved = desk.move(ref(1), 52.3705, -1.2652, "The photo shows it", actor=ADA, now=NOON)
    assert (moved.district, moved.desk, got(database, id).desk) == ("rugby", *["national_highways"] * 2)
    [given, _] = events(database, id)
    assert (given.kind, given.note) == ("desk", "Motorway verge")
    assert given.data == {"desk": "national_highways", "was": "warwick_council"}
    assert audit(database)[0] == (ADA, "case.desk", id, {"event": given.id, **given.data})
    file(database, ref(2, "VC"), form="custody_visit", personal={}, district=None)
    before = everything(database)
    for reference, name, told in (
        (ref(1), "moon", "There are: county_encampments"),
        (ref(1), "national_highways", "already"),
        (ref(2, "VC"), "police", "no desk leads"),
    ):
        with pytest.raises(StaffError, match=told):
            desk.set_desk(reference, name, "Typed", actor=ADA, now=NOON)
    assert everything(database) == before


@pytest.mark.parametrize(
    ("latitude", "longitude", "told"),
    [
        (0.0, 0.0, "km from the county"),
        (-1.5679, 52.2821, "km from the county, more than 60. Is the latitude first"),
        (51.5, -0.12, "km from the county"),
        (95.0, 0.0, "no such point on earth"),
        (float("nan"), 0.0, "are needed"),
        (52.28211, -1.56789, "is there already"),
    ],
)
def test_a_point_that_cannot_be_is_refused(sqlite_database: Database, latitude, longitude, told) -> None:
    file(sqlite_database, ref(1))
    before = everything(sqlite_database)
    with pytest.raises(StaffError, match=told):
        cases_of(sqlite_database).move(ref(1), latitude, longitude, "Typed", actor=ADA, now=NOON)
    assert everything(sqlite_database) == before


def test_where_somebody_lives_is_not_moved(sqlite_database: Database) -> None:
    file(sqlite_database, ref(1, "VC"), form="custody_visit", personal={}, district=None)
    with pytest.raises(StaffError, match="whose place staff cannot move"):
        cases_of(sqlite_database).move(ref(1, "VC"), 52.3, -1.5, "Typed", actor=ADA, now=NOON)
