"""Writing to citizens where they wrote to us, and taking chats over."""

from dataclasses import replace
from datetime import timedelta

import pytest
from staff_samples import (
    ADA,
    CONTENT,
    EVE,
    NOON,
    audit,
    cases_of,
    chat_of,
    conversation_of,
    end_chat,
    events,
    everything,
    file,
    got,
    later,
    notice,
    pushes,
    ref,
    stand,
    stop,
)

from flows.office import QuietHours
from flows.texts import Said, Texts
from staff.cases import Cases
from staff.errors import StaffError
from storage.database import Database

NIGHT = NOON.replace(hour=23)
JOINED = CONTENT.texts.say("person.joined", "en")
LEFT = CONTENT.texts.say("person.left", "en")


def refused(database: Database, told: str, operation: str, *arguments: str, actor: str = ADA) -> None:
    before = everything(database)
    with pytest.raises(StaffError, match=told):
        getattr(cases_of(database), operation)(*arguments, actor=actor, now=later(minutes=5))
    assert everything(database) == before


# reply


def test_a_reply_goes_to_the_citizens_own_door_at_once(database: Database) -> None:
    id = file(database, ref(1), wants_news=False)
    cases_of(database).reply(ref(1), " The council comes on Monday. ", actor=ADA, now=NIGHT)
    [push] = pushes(database)
    [event] = events(database, id)
    assert (push.kind, push.due_at, push.key) == ("answer", NIGHT, f"reply-{id}-{event.id}")
    assert push.conversation_id == got(database, id).conversation_id
    assert push.reply["text"] == push.reply["sms"] == "The council comes on Monday."
    assert (event.kind, event.actor, event.data, event.note) == ("replied", ADA, {}, None)
    detail = {"event": event.id, "conversation": push.conversation_id}
    assert audit(database) == [(ADA, "case.reply", id, detail)]
    assert conversation_of(database, id).taken_until == ""


@pytest.mark.parametrize(("text", "told"), [("  ", "please write something"), ("x" * 901, "at most 900")])
def test_a_reply_has_one_to_nine_hundred_characters(sqlite_database: Database, text: str, told: str) -> None:
    file(sqlite_database, ref(1))
    refused(sqlite_database, told, "reply", ref(1), text)
    cases_of(sqlite_database).reply(ref(1), "x" * 900, actor=ADA, now=NOON)


@pytest.mark.parametrize("operation", ["reply", "takeover"])
@pytest.mark.parametrize("why", ["gone", "stop", "stopped"])
def test_nothing_is_written_where_nothing_may_be_sent(database: Database, operation: str, why: str) -> None:
    id = file(database, ref(1))
    if why == "gone":
        end_chat(database, id)
    elif why == "stop":
        stop(database)
    else:
        stand(database, stopped=True)
    told = "The chat of .* is gone" if why == "gone" else "wants no messages there any more"
    words = ("Hello",) if operation == "reply" else ()
    refused(database, f"{told}.*If they left a phone number", operation, ref(1), *words)


def test_who_wants_no_alerts_still_gets_an_answer(sqlite_database: Database) -> None:
    file(sqlite_database, ref(1))
    stop(sqlite_database, scope="alerts")
    cases_of(sqlite_database).reply(ref(1), "Hello", actor=ADA, now=NOON)
    assert len(pushes(sqlite_database)) == 1


def test_a_discreet_chat_is_written_to_only_while_it_is_taken_over(database: Database) -> None:
    id = file(database, ref(1))
    stand(database, discreet=True)
    refused(database, "Somebody else may see the chat", "reply", ref(1), "Hello")
    notice(database, "person_asked", NOON)
    desk = cases_of(database)
    desk.takeover(ref(1), actor=ADA, now=NOON)
    desk.reply(ref(1), "Hello", actor=ADA, now=later(minutes=1))
    assert [push.reply["text"] for push in pushes(database)] == [JOINED.text, "Hello"]
    assert conversation_of(database, id).discreet


def test_a_reply_keeps_a_takeover_going(database: Database) -> None:
    id = file(database, ref(1))
    desk = cases_of(database)
    desk.takeover(ref(1), actor=ADA, now=NOON)
    desk.reply(ref(1), "Hello", actor=ADA, now=later(minutes=90))
    assert conversation_of(database, id).taken_until == later(minutes=210).isoformat()
    desk.reply(ref(1), "Still there?", actor=ADA, now=later(minutes=211))
    assert conversation_of(database, id).taken_until == later(minutes=210).isoformat(), "it was over"


# takeover


def test_a_chat_is_taken_over_for_two_hours(database: Database) -> None:
    id = file(database, ref(1))
    stand(database, greeted=True)
    until = cases_of(database).takeover(ref(1), actor=ADA, now=NIGHT)
    conversation = conversation_of(database, id)
    assert until == NIGHT + timedelta(hours=2)
    assert conversation.taken_until == until.isoformat()
    assert conversation.greeted, "all else stands as it was"
    [push] = pushes(database)
    [event] = events(database, id)
    assert (push.kind, push.due_at, push.key) == ("answer", NIGHT, f"taken-{id}-{event.id}")
    assert (push.reply["text"], push.reply["sms"]) == (JOINED.text, JOINED.sms)
    assert (event.kind, event.actor, event.data) == ("taken", ADA, {"until": until.isoformat()})
    detail = {"event": event.id, "conversation": push.conversation_id}
    assert audit(database) == [(ADA, "case.takeover", id, detail)]


def test_a_second_one_is_told_who_has_it(database: Database) -> None:
    file(database, ref(1))
    file(database, ref(2))
    cases_of(database).takeover(ref(1), actor=ADA, now=NOON)
    for reference in (ref(1), ref(2)):
        refused(database, "ada has taken over .*, until 14:00. Ask them", "takeover", reference, actor=EVE)
    cases_of(database).takeover(ref(2), actor=EVE, now=later(minutes=121))


def test_whoever_has_it_keeps_it_longer_and_the_citizen_is_not_told_again(database: Database) -> None:
    id = file(database, ref(1))
    desk = cases_of(database)
    desk.takeover(ref(1), actor=ADA, now=NOON)
    assert desk.takeover(ref(1), actor=ADA, now=later(minutes=60)) == later(minutes=180)
    assert conversation_of(database, id).taken_until == later(minutes=180).isoformat()
    assert len(pushes(database)) == 1
    assert [event.kind for event in events(database, id)] == ["taken", "taken"]


def test_a_discreet_chat_is_taken_over_only_where_a_person_was_asked_for(database: Database) -> None:
    file(database, ref(1))
    stand(database, discreet=True)
    notice(database, "person_told_more", NOON)
    refused(database, "nobody asked there for a person", "takeover", ref(1))
    notice(database, "person_asked", NOON)
    cases_of(database).takeover(ref(1), actor=ADA, now=NOON)
    assert len(pushes(database)) == 1


# SQLite has one writer at a time, so no same moment.
@pytest.mark.parametrize("database_url", [pytest.param("postgresql", marks=pytest.mark.slow)], indirect=True)
def test_what_a_citizen_writes_in_the_same_moment_is_not_lost(database: Database) -> None:
    id = file(database, ref(1))
    written = []

    class Meanwhile(Texts):
        """The citizen's turn is kept between our reading of the chat and our saving it, twice."""

        def say(self, key: str, language: str, **values: object) -> Said:
            if key == "person.joined" and len(written) < 2:
                with database.transaction() as tx:
                    kept = chat_of(tx, got(database, id).conversation_id or "")
                    more = replace(kept.conversation, step=kept.conversation.step + 1)
                    tx.conversations.save(kept.id, more, kept.version, NOON)
                    tx.commit()
                written.append(key)
            return CONTENT.texts.say(key, language, **values)

    content = replace(CONTENT, texts=Meanwhile({"en": CONTENT.texts.file("en")}))
    Cases(database, content, QuietHours()).takeover(ref(1), actor=ADA, now=NOON)
    conversation = conversation_of(database, id)
    assert (conversation.step, conversation.is_taken(NOON)) == (2, True)
    assert [len(pushes(database)), len(events(database, id)), len(audit(database))] == [1, 1, 1]


# handback


def test_a_chat_is_handed_back(database: Database) -> None:
    id = file(database, ref(1))
    desk = cases_of(database)
    desk.takeover(ref(1), actor=ADA, now=NOON)
    desk.handback(ref(1), actor=EVE, now=later(minutes=10))
    assert conversation_of(database, id).taken_until == ""
    push = pushes(database)[-1]
    event = events(database, id)[-1]
    assert (push.kind, push.due_at, push.key) == ("answer", later(minutes=10), f"handed-{id}-{event.id}")
    assert push.reply["text"] == LEFT.text
    assert (event.kind, event.actor) == ("handed_back", EVE)
    detail = {"event": event.id, "conversation": push.conversation_id}
    assert audit(database)[-1] == (EVE, "case.handback", id, detail)
    desk.takeover(ref(1), actor=EVE, now=later(minutes=11))


def test_a_discreet_chat_is_handed_back_in_silence(database: Database) -> None:
    id = file(database, ref(1))
    desk = cases_of(database)
    desk.takeover(ref(1), actor=ADA, now=NOON)
    stand(database, discreet=True, taken_until=later(hours=2).isoformat())
    desk.handback(ref(1), actor=ADA, now=later(minutes=10))
    conversation = conversation_of(database, id)
    assert not conversation.is_taken(later(minutes=10))
    assert conversation.taken_until, "so that the service says who is speaking when they next write"
    assert [push.reply["text"] for push in pushes(database)] == [JOINED.text]


@pytest.mark.parametrize("why", ["never", "over", "gone"])
def test_what_nobody_has_cannot_be_handed_back(database: Database, why: str) -> None:
    id = file(database, ref(1))
    if why == "over":
        stand(database, taken_until=NOON.isoformat())
    if why == "gone":
        end_chat(database, id)
    refused(database, "Nobody has taken over", "handback", ref(1))
