"""The list of cases: order, filters, news, who has a chat, what is overdue; and one case in full."""

from datetime import datetime, timedelta

import pytest
from staff_samples import (
    ADA,
    EVE,
    NOON,
    a_chat,
    audit,
    cases_of,
    end_chat,
    events,
    everything,
    file,
    later,
    notice,
    ref,
)

from staff.errors import StaffError
from staff.rows import CaseFilters, CaseRow
from storage.database import Database

VISIT = {"form": "custody_visit", "personal": {}, "district": None}


def listed(database: Database, at: datetime = NOON, **filters: object) -> list[CaseRow]:
    return list(cases_of(database).list(CaseFilters(**filters), actor=ADA, now=at))


def references(rows: list[CaseRow]) -> list[str]:
    return [row.reference for row in rows]


def test_a_row_tells_what_is_to_be_known(database: Database) -> None:
    file(database, ref(1), routed_to="warwick_council", urgent=True)
    cases_of(database).assign(ref(1), "eve", actor=ADA, now=NOON)
    assert listed(database, later(days=2, hours=23)) == [
        CaseRow(
            reference=ref(1),
            form="encampment",
            state="received",
            district="warwick",
            routed_to="warwick_council",
            assigned_to="eve",
            urgent=True,
            age_days=2,
            since=NOON,
            merged_into=None,
            has_news=False,
            taken=None,
            desk=None,
            due=later(hours=12),
            overdue=True,
            reports=1,
        )
    ]


def test_urgent_ones_come_first_and_then_the_oldest(database: Database) -> None:
    file(database, ref(1), at=later(days=2))
    file(database, ref(2), at=later(days=1))
    file(database, ref(3), at=later(days=3), urgent=True)
    assert references(listed(database)) == [ref(3), ref(2), ref(1)]
    assert references(listed(database, limit=1)) == [ref(3)]


def test_cases_are_asked_for_by_form_state_district_and_hand(database: Database) -> None:
    file(database, ref(1))
    file(database, ref(2), district="rugby")
    file(database, ref(3, "VC"), **VISIT)
    file(database, ref(4))
    desk = cases_of(database)
    desk.set_state(ref(2), "acknowledged", actor=ADA, now=NOON)
    desk.set_state(ref(4), "out_of_area", actor=ADA, now=NOON)
    desk.assign(ref(1), EVE, actor=ADA, now=NOON)
    assert references(listed(database, forms=("custody_visit",))) == [ref(3, "VC")]
    assert references(listed(database, states=("acknowledged", "out_of_area"))) == sorted([ref(2), ref(4)])
    assert references(listed(database, district="rugby")) == [ref(2)]
    assert references(listed(database, assigned_to=EVE)) == [ref(1)]
    assert references(listed(database, assigned_to="")) == sorted([ref(2), ref(3, "VC")])
    assert len(listed(database, include_closed=True)) == 4


@pytest.mark.parametrize(
    ("filters", "told"),
    [
        ({"forms": ("nothing",)}, "There is no form nothing. There are: adviser, "),
        ({"states": ("open",)}, "There is no state open. There are: received, "),
        ({"district": "Rugby"}, "There is no district Rugby. There are: north_warwickshire, "),
        ({"limit": 0}, "at least one"),
    ],
)
def test_what_there_is_not_cannot_be_asked_for(sqlite_database: Database, filters, told) -> None:
    with pytest.raises(StaffError, match=told):
        listed(sqlite_database, **filters)
    assert audit(sqlite_database) == []


def test_each_look_at_the_list_is_in_the_audit(database: Database) -> None:
    file(database, ref(1))
    listed(database, district="warwick", assigned_to="")
    assert audit(database) == [
        (ADA, "case.list", "cases", {"filters": ["assigned_to", "district"], "count": 1})
    ]


def test_a_case_is_as_urgent_and_as_old_as_what_was_merged_into_it(database: Database) -> None:
    file(database, ref(1), at=later(days=2))
    file(database, ref(2), at=later(days=1))
    file(database, ref(3), at=NOON, urgent=True)
    cases_of(database).merge(ref(3), ref(1), actor=ADA, now=later(days=3))
    first, second = listed(database, later(days=3))
    assert (first.reference, first.urgent, first.since, first.age_days) == (ref(1), True, NOON, 3)
    assert (second.reference, second.urgent) == (ref(2), False)
    assert references(listed(database, later(days=3), limit=1)) == [ref(1)]
    merged = {row.reference: row.merged_into for row in listed(database, include_merged=True)}
    assert merged == {ref(1): None, ref(2): None, ref(3): ref(1)}


@pytest.mark.parametrize("kind", ["person_told_more", "person_asked"])
def test_what_the_citizen_wrote_is_news_until_staff_have_looked(database: Database, kind: str) -> None:
    file(database, ref(1))
    file(database, ref(2), address="+447700900999")
    notice(database, "loop", NOON)
    assert [row.has_news for row in listed(database)] == [False, False]
    notice(database, kind, later(minutes=1))
    assert {row.reference: row.has_news for row in listed(database)} == {ref(1): True, ref(2): False}
    desk = cases_of(database)
    desk.show(ref(1), actor=ADA, now=later(minutes=2))
    desk.assign(ref(1), EVE, actor=ADA, now=later(minutes=2))
    assert any(row.has_news for row in listed(database)), "the chat itself was not looked at"
    desk.show(ref(1), "to answer", actor=ADA, now=later(minutes=3))
    assert not any(row.has_news for row in listed(database))
    notice(database, kind, later(minutes=4))
    assert any(row.has_news for row in listed(database))
    desk.reply(ref(1), "We are on it.", actor=ADA, now=later(minutes=5))
    assert not any(row.has_news for row in listed(database))


def test_news_of_a_repeat_is_news_of_its_case(database: Database) -> None:
    file(database, ref(1))
    file(database, ref(2), address="+447700900999")
    cases_of(database).merge(ref(2), ref(1), actor=ADA, now=NOON)
    notice(database, "person_asked", later(minutes=1), "+447700900999")
    assert [(row.reference, row.has_news) for row in listed(database)] == [(ref(1), True)]


def test_who_has_taken_over_is_seen_on_every_case_of_the_chat(database: Database) -> None:
    file(database, ref(1))
    file(database, ref(2))
    file(database, ref(3), address="+447700900999")
    cases_of(database).takeover(ref(1), actor=EVE, now=NOON)
    assert {row.reference: row.taken for row in listed(database, later(minutes=119))} == {
        ref(1): EVE,
        ref(2): EVE,
        ref(3): None,
    }
    assert {row.taken for row in listed(database, later(minutes=121))} == {None}


# overdue


@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("2026-11-23", "2026-11-26"),  # Monday: to Thursday
        ("2026-11-26", "2026-12-01"),  # Thursday: over a weekend
        ("2026-11-28", "2026-12-02"),  # Saturday: counted from Monday
        ("2026-12-23", "2026-12-30"),  # Christmas, and Boxing Day given on Monday 28
    ],
)
def test_three_working_days_are_given(sqlite_database: Database, since: str, until: str) -> None:
    file(sqlite_database, ref(1, "VC"), at=datetime.fromisoformat(f"{since}T10:00+00:00"), **VISIT)
    desk = cases_of(sqlite_database)
    at_the_end = datetime.fromisoformat(f"{until}T23:59+00:00")
    assert desk.find_overdue(actor=ADA, now=at_the_end) == ()
    assert len(desk.find_overdue(actor=ADA, now=at_the_end + timedelta(minutes=2))) == 1


def test_visits_and_urgent_cases_that_are_open_too_long_are_found(database: Database) -> None:
    file(database, ref(1, "VC"), **VISIT)
    file(database, ref(2, "CN"), form="concern", urgent=True)
    file(database, ref(3, "CN"), form="concern")
    file(database, ref(4, "CN"), form="concern", urgent=True)
    file(database, ref(5, "VC"), at=later(days=6), **VISIT)
    desk = cases_of(database)
    desk.set_state(ref(4, "CN"), "closed", actor=ADA, now=NOON)
    found = desk.find_overdue(actor=ADA, now=later(days=6))
    assert references(list(found)) == [ref(2, "CN"), ref(1, "VC")]
    assert desk.find_overdue(actor=ADA, now=later(days=5)) == ()
    assert audit(database)[-2:] == [
        (ADA, "case.find_overdue", "cases", {"count": 2}),
        (ADA, "case.find_overdue", "cases", {"count": 0}),
    ]


# show


def test_without_a_reason_nothing_personal_is_shown(database: Database) -> None:
    id = file(database, ref(1))
    with database.transaction() as tx:
        tx.messages.add(a_chat(tx).id, "in", {"text": "I am Grace"}, None, NOON)
        tx.commit()
    cases_of(database).note(ref(1), "Ring her", actor=EVE, now=NOON)
    detail = cases_of(database).show(ref(1), actor=ADA, now=NOON)
    assert detail.answers == {"caravans": 6, "place": {"text": "the rec off Myton Road"}}
    assert (detail.personal, detail.withheld, detail.messages) == ({}, ("name", "phone"), ())
    assert [(event.kind, event.actor, event.note) for event in detail.events] == [
        ("received", "citizen", None),
        ("note", EVE, None),
    ]
    assert audit(database)[-1] == (ADA, "case.show", id, {"fields": [], "messages": 0})


def test_with_a_reason_all_is_shown_and_the_audit_says_what(database: Database) -> None:
    id = file(database, ref(1))
    with database.transaction() as tx:
        chat = a_chat(tx)
        for number in range(25):
            said = {"text": f"line {number}"}
            tx.messages.add(chat.id, "in" if number % 2 else "out", said, None, later(seconds=number))
        tx.commit()
    detail = cases_of(database).show(ref(1).lower(), " to ring back ", actor=ADA, now=NOON)
    assert detail.personal == {"name": "Grace Hopper", "phone": "+447700900123"}
    assert detail.withheld == ()
    assert [(line.by, line.text) for line in detail.messages] == [
        ("citizen" if number % 2 else "service", f"line {number}") for number in range(5, 25)
    ]
    assert [event.kind for event in events(database, id)] == ["looked"]
    detail_in_audit = {"fields": ["name", "phone"], "messages": 20, "reason": "to ring back"}
    assert audit(database) == [(ADA, "case.show", id, detail_in_audit)]


def test_the_audit_keeps_nobodys_number_given_as_a_reason(sqlite_database: Database) -> None:
    file(sqlite_database, ref(1))
    cases_of(sqlite_database).show(ref(1), "rang from 07700 900123", actor=ADA, now=NOON)
    [(_, _, _, detail)] = audit(sqlite_database)
    assert "900123" not in detail["reason"]
    assert detail["reason"].startswith("rang from")


def test_a_case_whose_chat_is_gone_shows_what_is_left(database: Database) -> None:
    id = file(database, ref(1))
    file(database, ref(2))
    cases_of(database).merge(ref(2), ref(1), actor=ADA, now=NOON)
    end_chat(database, id)
    detail = cases_of(database).show(ref(1), "to see", actor=ADA, now=NOON)
    assert (detail.messages, detail.repeats, detail.photos) == ((), (ref(2),), 0)
    assert (detail.latitude, detail.channel, detail.wants_news) == (52.28211, "sms", True)


def test_what_was_merged_shows_into_what(database: Database) -> None:
    file(database, ref(1))
    file(database, ref(2))
    cases_of(database).merge(ref(2), ref(1), actor=ADA, now=NOON)
    assert cases_of(database).show(ref(2), actor=ADA, now=NOON).row.merged_into == ref(1)


@pytest.mark.parametrize(
    ("reference", "reason", "told"),
    [
        ("EN-7K3F", "", "EN-7K3F is no reference. They look like EN-7K3F-2QX"),
        (ref(7), "", f"There is no case {ref(7)}"),
        (ref(1), "x" * 201, "at most 200 characters"),
    ],
)
def test_a_case_there_is_not_or_a_long_reason_is_refused(sqlite_database, reference, reason, told) -> None:
    file(sqlite_database, ref(1))
    before = everything(sqlite_database)
    with pytest.raises(StaffError, match=told):
        cases_of(sqlite_database).show(reference, reason, actor=ADA, now=NOON)
    assert everything(sqlite_database) == before


@pytest.mark.parametrize(("actor", "told"), [(" ", "a name is needed"), ("a" * 101, "at most 100")])
def test_whoever_acts_has_a_name(sqlite_database: Database, actor: str, told: str) -> None:
    with pytest.raises(StaffError, match=told):
        cases_of(sqlite_database).list(actor=actor, now=NOON)


def test_a_form_that_is_no_longer_in_use_is_still_listed(sqlite_database: Database) -> None:
    file(sqlite_database, ref(1), form="lost_dog")
    assert references(listed(sqlite_database)) == [ref(1)]
