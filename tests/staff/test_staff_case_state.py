"""Who has a case, where it stands, what is noted of it, and who is told."""

import pytest
from sqlalchemy import select
from staff_samples import (
    ADA,
    CONTENT,
    EVE,
    NOON,
    audit,
    cases_of,
    end_chat,
    events,
    everything,
    file,
    got,
    later,
    pushes,
    ref,
    stand,
    stop,
)

from flows.office import QuietHours
from staff.errors import StaffError
from storage.database import Database
from storage.tables import submission_events

VISIT = {"form": "custody_visit", "personal": {}, "district": None}


def refused(database: Database, told: str, operation: str, *arguments: str) -> None:
    """The operation says why, and nothing was changed."""
    before = everything(database)
    with pytest.raises(StaffError, match=told):
        getattr(cases_of(database), operation)(*arguments, actor=ADA, now=later(minutes=5))
    assert everything(database) == before


# assign


def test_a_case_changes_hands(database: Database) -> None:
    id = file(database, ref(1))
    desk = cases_of(database)
    desk.assign(ref(1), " Eve  Moneypenny ", actor=ADA, now=NOON)
    assert got(database, id).assigned_to == "Eve Moneypenny"
    desk.assign(ref(1), "", actor=EVE, now=NOON)
    assert got(database, id).assigned_to is None
    first, second = events(database, id)
    assert (first.kind, first.actor, first.data) == ("assigned", ADA, {"to": "Eve Moneypenny"})
    assert (second.kind, second.actor, second.data) == ("assigned", EVE, {"to": ""})
    assert audit(database) == [
        (ADA, "case.assign", id, {"event": first.id, "to": "Eve Moneypenny"}),
        (EVE, "case.assign", id, {"event": second.id, "to": ""}),
    ]


def test_a_name_too_long_is_refused(sqlite_database: Database) -> None:
    file(sqlite_database, ref(1))
    refused(sqlite_database, "at most 100", "assign", ref(1), "x" * 101)


@pytest.mark.parametrize(("operation", "argument"), [("assign", "eve"), ("set_state", "waiting")])
def test_what_was_merged_is_seen_to_with_its_case(sqlite_database: Database, operation, argument) -> None:
    file(sqlite_database, ref(1))
    file(sqlite_database, ref(2))
    cases_of(sqlite_database).merge(ref(2), ref(1), actor=ADA, now=NOON)
    refused(
        sqlite_database, f"merged into {ref(1)}. Do it to {ref(1)}, or split", operation, ref(2), argument
    )


# note


def test_a_note_is_sealed_and_not_in_the_audit(database: Database) -> None:
    id = file(database, ref(1))
    cases_of(database).note(ref(1), " Ring Mrs Hopper\nafter five ", actor=ADA, now=NOON)
    [event] = events(database, id)
    assert (event.kind, event.actor, event.note, event.data) == (
        "note",
        ADA,
        "Ring Mrs Hopper\nafter five",
        {},
    )
    assert audit(database) == [(ADA, "case.note", id, {"event": event.id})]
    with database.reading() as tx:
        assert "Hopper" not in str(tx.connection.execute(select(submission_events)).all())
    assert pushes(database) == []


@pytest.mark.parametrize(("text", "told"), [(" \n", "please write something"), ("x" * 2001, "at most 2000")])
def test_a_note_has_words(sqlite_database: Database, text: str, told: str) -> None:
    file(sqlite_database, ref(1))
    refused(sqlite_database, told, "note", ref(1), text)
    refused(sqlite_database, told if text.strip() else "already", "set_state", ref(1), "received", text)


# set_state


@pytest.mark.parametrize("state", ["in_progress", "waiting", "acted_on", "closed"])
def test_a_state_is_set_and_who_asked_for_news_is_told(database: Database, state: str) -> None:
    id = file(database, ref(1, "CN"), form="concern")
    done = cases_of(database).set_state(ref(1, "CN"), state, "Rang the council", actor=ADA, now=NOON)
    assert (done.state, done.told_at) == (state, NOON)
    assert got(database, id).status == state
    [event] = events(database, id)
    assert (event.kind, event.actor, event.note) == ("state", ADA, "Rang the council")
    assert event.data == {"state": state, "was": "received", "stage": f"state.{state}"}
    detail = {"event": event.id, "state": state, "was": "received", "note": True}
    assert audit(database) == [(ADA, "case.set_state", id, detail)]
    [push] = pushes(database)
    assert (push.kind, push.key, push.due_at) == ("update", f"state-{id}-{event.id}", NOON)
    assert push.conversation_id == got(database, id).conversation_id
    words = CONTENT.texts.say(f"state.{state}", "en").text
    thing = CONTENT.forms["concern"].thing
    assert push.reply["text"] == f"News of {thing}, {ref(1, 'CN')}: {words}"
    assert push.reply["sms"]


def test_the_news_is_in_the_language_of_the_chat(sqlite_database: Database) -> None:
    file(sqlite_database, ref(1))
    stand(sqlite_database, language="pl")
    cases_of(sqlite_database).set_state(ref(1), "acknowledged", actor=ADA, now=NOON)
    [push] = pushes(sqlite_database)
    texts = CONTENT.texts
    state = texts.say("stage.acknowledged", "pl").text
    thing = texts.form("encampment", "pl").thing or CONTENT.forms["encampment"].thing
    assert (
        push.reply["text"] == texts.say("update.state", "pl", thing=thing, reference=ref(1), state=state).text
    )


def test_news_waits_for_the_morning(database: Database) -> None:
    file(database, ref(1))
    night = NOON.replace(hour=22)
    done = cases_of(database).set_state(ref(1), "acknowledged", actor=ADA, now=night)
    [push] = pushes(database)
    assert push.due_at == done.told_at == QuietHours().next_allowed(night) == NOON.replace(day=27, hour=8)


def test_nobody_is_told_who_did_not_ask(database: Database) -> None:
    file(database, ref(1), wants_news=False)
    assert cases_of(database).set_state(ref(1), "acknowledged", actor=ADA, now=NOON).told_at is None
    assert pushes(database) == []


@pytest.mark.parametrize("why", ["gone", "stop", "stop_alerts", "stopped", "discreet", "no_form"])
def test_nobody_is_told_where_nothing_may_be_sent(database: Database, why: str) -> None:
    id = file(database, ref(1), form="lost_dog" if why == "no_form" else "encampment")
    if why == "gone":
        end_chat(database, id)
    elif why in ("stop", "stop_alerts"):
        stop(database, scope="all" if why == "stop" else "alerts")
    elif why != "no_form":
        stand(database, **{why: True})
    state = "waiting" if why == "no_form" else "acknowledged"
    assert cases_of(database).set_state(ref(1), state, actor=ADA, now=NOON).told_at is None
    assert got(database, id).status == state
    assert pushes(database) == []


def test_repeats_follow_their_case_and_each_chat_is_told_once(database: Database) -> None:
    root = file(database, ref(1))
    same = file(database, ref(2))
    other = file(database, ref(3), address="+447700900999")
    desk = cases_of(database)
    for repeat in (ref(2), ref(3)):
        desk.merge(repeat, ref(1), actor=ADA, now=NOON)
    desk.set_state(ref(1), "not_encampment", "A film crew", actor=ADA, now=NOON)
    assert {got(database, id).status for id in (root, same, other)} == {"not_encampment"}
    last = {id: events(database, id)[-1] for id in (root, same, other)}
    assert [last[id].note for id in (root, same, other)] == ["A film crew", None, None]
    told_of = {"state": "not_encampment", "was": "received", "stage": "stage.not_encampment"}
    assert last[other].data == {**told_of, "with": ref(1)}
    told = {push.key: push.reply["text"] for push in pushes(database)}
    assert set(told) == {f"state-{root}-{last[root].id}", f"state-{other}-{last[other].id}"}
    assert ref(3) in told[f"state-{other}-{last[other].id}"]
    done = [subject for _, action, subject, _ in audit(database) if action == "case.set_state"]
    assert sorted(done) == sorted([root, same, other])


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("done", "There is no state done. There are: received, acknowledged, duplicate_of"),
        ("visited", "received cannot become visited. From received it may go to: acknowledged, duplicate_of"),
        ("received", "is received already"),
    ],
)
def test_a_state_there_is_not_or_that_it_has_is_refused(sqlite_database, state, told) -> None:
    file(sqlite_database, ref(1))
    refused(sqlite_database, told, "set_state", ref(1), state)


def test_a_custody_visit_is_closed_only_after_something_was_done(database: Database) -> None:
    id = file(database, ref(1, "VC"), **VISIT)
    desk = cases_of(database)
    refused(
        database, "only after it was acted on. Set it to acted_on first", "set_state", ref(1, "VC"), "closed"
    )
    refused(database, "say in a note what was done", "set_state", ref(1, "VC"), "acted_on", " ")
    desk.set_state(ref(1, "VC"), "acted_on", "Blankets were bought", actor=ADA, now=NOON)
    desk.set_state(ref(1, "VC"), "in_progress", actor=ADA, now=NOON)
    refused(database, "only after it was acted on", "set_state", ref(1, "VC"), "closed")
    desk.set_state(ref(1, "VC"), "acted_on", "And given out", actor=ADA, now=NOON)
    desk.set_state(ref(1, "VC"), "closed", actor=ADA, now=NOON)
    assert got(database, id).status == "closed"
    assert [e.data["state"] for e in events(database, id)] == [
        "acted_on",
        "in_progress",
        "acted_on",
        "closed",
    ]


def test_other_cases_are_acted_on_without_a_note(sqlite_database: Database) -> None:
    id = file(sqlite_database, ref(1, "CN"), form="concern")
    cases_of(sqlite_database).set_state(ref(1, "CN"), "acted_on", actor=ADA, now=NOON)
    assert [event.note for event in events(sqlite_database, id)] == [None]
