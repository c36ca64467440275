"""What is left of a person in the whole database, sealed columns opened, once they are forgotten."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import LargeBinary, Row, func, select
from sqlalchemy.exc import IntegrityError
from storage_samples import NOW, a_conversation, a_promise, a_report, later

from flows.conversation import Conversation, FormInHand
from flows.events import ResponseGiven
from storage.conversations import KeptConversation
from storage.database import Database, Transaction, write_back
from storage.erasure import Forgotten, forget_person
from storage.responses import ANONYMOUS, IDENTIFIED, NOBODY, PSEUDONYMOUS, Respondent
from storage.retention import RetentionPolicy, purge
from storage.tables import (
    attachments,
    codes,
    conversations,
    handles,
    inbox,
    metadata,
    outbox,
    people,
    responses,
    submissions,
)

MARKER = "ZANZIBAR"
PHONE = "+447700900123"
# The place each sealed column is bound to, by table and column.
PLACES: dict[tuple[str, str], Callable[[Row[Any]], str]] = {
    ("handles", "address"): lambda row: f"handles.address:{row.id}",
    ("conversations", "state"): lambda row: f"conversations.state:{row.id}",
    ("inbox", "payload"): lambda row: f"inbox.payload:{row.channel}:{row.provider_id}",
    ("messages", "body"): lambda row: f"messages.body:{row.id}",
    ("outbox", "address"): lambda row: f"outbox.address:{row.key}",
    ("outbox", "body"): lambda row: f"outbox.body:{row.key}",
    ("submissions", "personal"): lambda row: f"submissions.personal:{row.id}",
    ("submission_events", "note"): lambda row: f"submission_events.note:{row.note_id}",
    ("unanswered", "text"): lambda row: f"unanswered.text:{row.id}",
    ("memberships", "postcode"): lambda row: f"memberships.postcode:{row.id}",
    ("codes", "address"): lambda row: f"codes.address:{row.id}",
    ("pushes", "reply"): lambda row: f"pushes.reply:{row.key}",
    ("responses", "texts"): lambda row: f"responses.texts:{row.id}",
}


def everything(tx: Transaction) -> set[tuple[str, str]]:
    """(table, row as text) of the whole database, opened."""
    return {
        (table.name, str({name: opened(tx, table.name, name, row) for name in row._mapping}))
        for table in metadata.sorted_tables
        for row in tx.connection.execute(select(table))
    }


def opened(tx: Transaction, table: str, column: str, row: Row[Any]) -> Any:
    value = row._mapping[column]
    place = PLACES.get((table, column))
    return value if value is None or place is None else tx.vault.open_text(value, place(row))


def sealed(tx: Transaction) -> list[bytes]:
    """Every sealed value of the database, as it lies on the disk."""
    return [
        bytes(value)
        for name, column in PLACES
        for value in tx.connection.execute(select(metadata.tables[name].c[column])).scalars()
        if value is not None
    ]


def tables_with(tx: Transaction, word: str) -> set[str]:
    return {table for table, row in everything(tx) if word.lower() in row.lower().replace(" ", "")}


def a_life(tx: Transaction, address: str, word: str, channel: str = "sms") -> KeptConversation:
    """One of everything a person may leave behind, with a word of theirs in each text there is."""
    kept = a_conversation(tx, address, channel)
    key, own = kept.conversation_key, {"text": f"{word} of {address}"}
    form = FormInHand("encampment", 1, {"place": own}, asked="caravans")
    tx.conversations.save(kept.id, Conversation(forms=(form,), last_reply=word), kept.version, NOW)
    done = tx.inbox.accept(channel, "1" + key, key, own, 0, NOW)
    (item,) = tx.inbox.claim("w", NOW, 30, 1, conversation_key=key)
    tx.inbox.finish(item.id, "w", NOW)
    tx.inbox.accept(channel, "2" + key, key, own, 1, NOW)
    tx.messages.add(kept.id, "in", own, done.id, NOW)
    tx.messages.add(kept.id, "out", own, done.id, NOW)
    for at, settled in enumerate(["sent", "unknown", "waiting"]):
        other_line = f"{key}/{at}"  # so that each can be brought into its own state
        due = later(600) if settled == "waiting" else NOW
        line = {"body": own, "conversation_key": other_line, "channel": channel, "next_at": due}
        a_promise(tx, kept, f"{at}{key}", **line)
        if settled == "waiting":
            continue
        (promise,) = [i for i in tx.outbox.claim("w", NOW, 30, 9) if i.conversation_key == other_line]
        tx.outbox.start_sending(promise.id, "w", NOW)
        if settled == "sent":
            tx.outbox.sent(promise.id, "w", "ref", NOW)
        else:
            tx.outbox.mark_unknown(promise.id, "w", NOW)
    tx.pushes.add("p" + key, kept.id, "update", own, later(60), NOW)
    tx.tries.add(kept.id, "join", NOW)
    tx.unanswered.add(channel, "unsure", [("help", 0.5)], NOW, text=word, conversation_id=kept.id)
    tx.notices.add("danger", kept.id, {"kind": "emergency"}, NOW)
    tx.web_sessions.open(f"token {key}", key, NOW)
    photos = [
        tx.attachments.add(kept.id, "image/jpeg", 9, 3, 2, "0" * 64, f"photos/{key}{at}.jpg", NOW)
        for at in range(2)
    ]
    filed = a_report(
        f"E{key}"[:32],
        answers={
            "caravans": 6,
            "other": word,
            "place": {"text": word, "name": word, "postcode": word, "outside": "far"},
        },
        personal={"name": word, "phone": address},
        attachments=(photos[0],),
    )
    report = tx.submissions.file(filed, kept, "en", NOW)
    talk = a_report(f"T{key}"[:32], form="talk", answers={"about": word}, personal={"phone": address})
    tx.submissions.file(talk, kept, "en", NOW)
    tx.submission_events.add(report, "note", "ada", {}, NOW, note=f"rang {word} at {address}")
    tx.consents.give(kept.person_id, "contact", 1, "en", channel, report, NOW)
    tx.consultations.open("plan", 1, {"anonymity": IDENTIFIED}, "0" * 64, "ada", NOW)
    tx.results_wanted.add("plan", kept.id)
    answered = ResponseGiven("plan", 1, {"first": "roads"}, {"why": word})
    tx.responses.give(answered, Respondent.of(IDENTIFIED, kept.person_id, ""), channel, NOW)
    group = tx.local_groups.add("watch", "Mill Lane", 52.0, -1.5, NOW)
    tx.local_groups.set_coordinator(group, kept.person_id)
    tx.memberships.join(
        kept.person_id, "watch", "member", postcode=word, group_id=group, delivery={"topics": [word]}, now=NOW
    )
    tx.grants.give(kept.person_id, "coordinator", "ada", NOW)
    code = {"person_id": kept.person_id, "expires_at": later(60), "now": NOW, "subject": None}
    tx.codes.make("phone", f"PH-{key[-4:]}-{key[-7:-4]}", address=address, **code)
    tx.audit.append("citizen", "submission.filed", report, {}, NOW)
    return kept


def kept_answers(form: str) -> frozenset[str]:
    return frozenset({"caravans", "place"}) if form == "encampment" else frozenset()


def forget(tx: Transaction, person_id: str, **asked: Any) -> Forgotten:
    return forget_person(tx, person_id, later(9), kept_answers=kept_answers, **asked)


def count(tx: Transaction, table: Any) -> int:
    return int(tx.connection.execute(select(func.count()).select_from(table)).scalar_one())


def test_every_sealed_column_is_looked_into() -> None:
    columns = {
        (table.name, column.name)
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    assert columns == set(PLACES)


def test_nothing_of_a_person_is_left_and_nobody_else_is_touched(database: Database, tmp_path: Path) -> None:
    with database.transaction() as tx:
        a_life(tx, "+447700900456", "OTHER")
        others, of_others = everything(tx), set(sealed(tx))
        tx.commit()
    with database.transaction() as tx:
        kept = a_life(tx, PHONE, MARKER)
        second = a_life(tx, "770090", MARKER, "telegram")
        tx.joining.join(second.handle_id, kept.person_id, NOW)
        own = [value for value in sealed(tx) if value not in of_others]
        tx.commit()
    with database.reading() as tx:
        # Else the test below would find nothing because nothing was there.
        assert tables_with(tx, MARKER) == {table for table, _ in PLACES} - {"handles", "codes"}
        assert tables_with(tx, PHONE) >= {"handles", "codes", "outbox", "submissions", "submission_events"}
    with database.transaction() as tx:
        forgotten = forget(tx, kept.person_id)
        tx.commit()
    write_back(database)
    assert (forgotten.submissions, len(forgotten.photos)) == (4, 4)
    assert forgotten.kept == ("encampment", "consent")
    with database.reading() as tx:
        assert tables_with(tx, MARKER) == set()
        assert tables_with(tx, PHONE) == set()
        assert tables_with(tx, '770090"') == set()
        left = everything(tx)
        assert others <= left
        assert {table for table, _ in left - others} == {
            *("people", "consents", "submissions", "submission_events", "attachments", "inbox", "outbox"),
            *("notices", "local_groups", "audit"),
        }
    if database.is_sqlite:
        on_disk = b"".join(p.read_bytes() for p in tmp_path.iterdir() if p.name.startswith("frontdoor.db"))
        assert not any(value in on_disk for value in (MARKER.encode(), PHONE.encode(), *own))
        assert all(value in on_disk for value in of_others)


def test_what_a_report_saw_stays_without_words_and_without_whoever_sent_it(database: Database) -> None:
    with database.transaction() as tx:
        kept = a_life(tx, PHONE, MARKER)
        forget(tx, kept.person_id)
        found = {row.form: row for row in tx.connection.execute(select(submissions))}
        report, talk = found["encampment"], found["talk"]
        assert report.answers == {"caravans": 6, "place": {"outside": "far"}}
        assert (report.district, report.latitude, report.certainty) == ("warwick", 52.28211, "sure")
        assert (report.personal, report.person_id, report.conversation_id) == (None, None, None)
        assert (talk.answers, talk.district, talk.latitude, talk.longitude) == ({}, None, None, None)
        assert [event.kind for event in tx.submission_events.of(report.id)] == ["received", "note"]
        assert tx.submission_events.of(report.id)[1].note is None


def test_photos_go_with_the_next_purge(database: Database) -> None:
    with database.transaction() as tx:
        kept = a_life(tx, PHONE, MARKER)
        paths = set(tx.connection.execute(select(attachments.c.path)).scalars())
        forget(tx, kept.person_id)
        tx.commit()
    removed: list[str] = []
    purge(database, RetentionPolicy(), later(10), removed.append)
    assert paths and sorted(removed) == sorted(paths)
    with database.reading() as tx:
        assert count(tx, attachments) == 0


@pytest.mark.parametrize("agreed", [True, False])
def test_the_bare_person_stays_only_as_evidence(database: Database, agreed: bool) -> None:
    with database.transaction() as tx:
        kept = a_conversation(tx)
        if agreed:
            tx.consents.give(kept.person_id, "contact", 1, "en", "sms", None, NOW)
        assert forget(tx, kept.person_id).kept == (("consent",) if agreed else ())
        assert count(tx, people) == int(agreed)
        assert len(tx.consents.of_person(kept.person_id)) == int(agreed)
        assert (count(tx, handles), count(tx, conversations)) == (0, 0)


def test_what_stayed_behind_when_doors_were_joined_is_forgotten_too(database: Database) -> None:
    """Two in one scheme: the place that was left, with its postcode, hangs on a person without a door."""
    with database.transaction() as tx:
        first, second, third = (a_life(tx, f"{PHONE}{at}", MARKER) for at in range(3))
        tx.joining.join(first.handle_id, second.person_id, NOW)
        for handle_id in (first.handle_id, second.handle_id):
            tx.joining.join(handle_id, third.person_id, later(1))
        forget(tx, third.person_id)
        assert tables_with(tx, MARKER) == set()
        assert tables_with(tx, PHONE) == set()
        assert count(tx, people) == 1  # all consents had moved to the last


@pytest.mark.parametrize("scope", ["all", "alerts"])
def test_a_stop_outlives_the_person(database: Database, scope: Any) -> None:
    with database.transaction() as tx:
        kept = a_conversation(tx)
        tx.suppressions.add("sms", kept.address, NOW, scope=scope)
        assert forget(tx, kept.person_id).kept == ("stop",)
        assert tx.suppressions.is_suppressed("sms", kept.address, "alerts")


def test_a_web_chat_goes_on_empty_with_somebody_new(database: Database) -> None:
    with database.transaction() as tx:
        web = a_life(tx, "random address", MARKER, "web")
        sms = a_life(tx, PHONE, MARKER)
        tx.joining.join(sms.handle_id, web.person_id, NOW)
        forget(tx, web.person_id, keep_web_conversation=web.id)
        assert tables_with(tx, MARKER) == set()
        kept = tx.conversations.find(web.conversation_key)
        assert kept is not None
        assert (kept.id, kept.handle_id, kept.conversation) == (web.id, web.handle_id, Conversation())
        assert kept.person_id not in (web.person_id, sms.person_id)
        assert tx.consents.of_person(kept.person_id) == []
        assert tx.conversations.find(sms.conversation_key) is None
        assert tx.web_sessions.find(f"token {web.conversation_key}", NOW, 60) is not None
        assert tx.web_sessions.find(f"token {sms.conversation_key}", NOW, 60) is None
        assert tx.unanswered.latest(9) == []
        tx.messages.add(kept.id, "out", {"text": "You are forgotten."}, None, later(10))


def test_messages_not_yet_read_are_done_without_being_read(database: Database) -> None:
    with database.transaction() as tx:
        kept = a_life(tx, PHONE, MARKER)
        waiting = tx.inbox.counts()["waiting"]
        assert waiting == 1
        forget(tx, kept.person_id)
        assert tx.inbox.counts() == {"waiting": 0, "leased": 0, "set_aside": 0}
        rows = tx.connection.execute(select(inbox)).all()
        assert [(row.state, row.payload) for row in rows] == [("done", None)] * 2
        assert not tx.inbox.accept("sms", rows[0].provider_id, kept.conversation_key, {}, 0, NOW).fresh


def test_the_message_that_asked_for_it_is_emptied_and_finished_by_its_turn(database: Database) -> None:
    with database.transaction() as tx:
        kept = a_conversation(tx)
        for at in range(2):
            tx.inbox.accept("sms", f"m{at}", kept.conversation_key, {"text": MARKER}, at, NOW)
        (asking,) = tx.inbox.claim("w", NOW, 30, 1)
        forget(tx, kept.person_id, spare_inbox=frozenset({asking.id, asking.id + 1}))
        assert tx.connection.execute(select(inbox.c.payload).where(inbox.c.id == asking.id)).scalar() is None
        tx.inbox.finish(asking.id, "w", NOW)
        assert [item.payload for item in tx.inbox.claim("w", NOW, 30, 1)] == [{"text": MARKER}]


def test_the_goodbye_goes_out_and_is_emptied_then(database: Database) -> None:
    with database.transaction() as tx:
        kept = a_conversation(tx)
        a_promise(tx, kept, "goodbye")
        a_promise(tx, kept, "earlier")
        forget(tx, kept.person_id, spare_outbox=frozenset({"goodbye"}))
        (item,) = tx.outbox.claim("w", NOW, 30, 9)
        assert (item.key, item.address, item.conversation_id) == ("goodbye", PHONE, None)
        assert tx.outbox.start_sending(item.id, "w", NOW)
        assert tx.outbox.sent(item.id, "w", "SM1", NOW)
        rows = tx.connection.execute(select(outbox)).all()
        assert {(row.key, row.state, row.body, row.address) for row in rows} == {
            ("goodbye", "sent", None, None),
            ("earlier", "cancelled", None, None),
        }


def test_nothing_more_goes_out_and_nothing_is_asked_of_the_supplier(database: Database) -> None:
    with database.transaction() as tx:
        kept = a_life(tx, PHONE, MARKER)
        forget(tx, kept.person_id)
        assert tx.outbox.claim("w", later(999), 30, 9) == []
        assert tx.outbox.unknown(9, later(999)) == []
        assert tx.pushes.due(later(999), 9) == []
        assert set(tx.connection.execute(select(outbox.c.state)).scalars()) == {"sent", "cancelled"}


def test_a_code_of_another_forgets_who_used_it(database: Database) -> None:
    with database.transaction() as tx:
        mine, theirs = a_conversation(tx, "1"), a_conversation(tx, "2")
        id = tx.codes.make(
            "invite", "IN-2222-222", person_id=theirs.person_id, subject=None, expires_at=later(60), now=NOW
        )
        tx.codes.use(id, mine.person_id, NOW)
        forget(tx, mine.person_id)
        row = tx.connection.execute(select(codes)).one()
        assert (row.used_by, row.used_at, row.person_id) == (None, NOW, theirs.person_id)


def test_forgetting_twice_or_nobody_does_nothing(database: Database) -> None:
    with database.transaction() as tx:
        kept = a_life(tx, PHONE, MARKER)
        forget(tx, kept.person_id)
        before = everything(tx)
        assert forget(tx, kept.person_id) == Forgotten(0, (), ("consent",))
        assert forget(tx, "nobody") == Forgotten(0, (), ())
        assert everything(tx) == before


def test_words_of_a_chat_long_gone_are_found_by_its_name(database: Database) -> None:
    """The conversation went with retention; what waits at the supplier's still has the number."""
    with database.transaction() as tx:
        key = database.conversation_key("sms", PHONE)
        kept = tx.conversations.open("sms", PHONE, key, NOW)
        a_promise(tx, kept, "k1")
        tx.inbox.accept("sms", "m1", key, {"from": PHONE}, 0, NOW)
        tx.connection.execute(conversations.delete())
        forget(tx, kept.person_id)
        assert tables_with(tx, PHONE) == set()


def test_somebody_who_writes_while_being_forgotten_leaves_nothing_behind(database: Database) -> None:
    with database.transaction() as tx:
        kept = a_life(tx, PHONE, MARKER)
        tx.commit()

    def write(_: int) -> None:
        with suppress(IntegrityError):  # the conversation is gone: this turn is lost, as it should be
            database.run_blocking(lambda tx: tx.messages.add(kept.id, "in", {"text": MARKER}, None, NOW))

    with ThreadPoolExecutor(6) as threads:
        writing = [threads.submit(write, at) for at in range(20)]
        forgotten = database.run_blocking(forget, kept.person_id)
        for one in writing:
            one.result()
    assert forgotten.submissions == 2
    with database.reading() as tx:
        assert tables_with(tx, MARKER) == set()


def test_answers_to_what_has_closed_stay_as_nobodys_and_the_others_go(database: Database) -> None:
    ticket = "TK-7K3F-2QX"
    with database.transaction() as tx:
        kept = a_conversation(tx, PHONE)
        tickets = {"young": ticket, "old_young": ticket}
        tx.conversations.save(kept.id, Conversation(tickets=tickets), kept.version, NOW)
        kinds = {"plan": IDENTIFIED, "precept": PSEUDONYMOUS, "young": ANONYMOUS}
        for name, anonymity in [*kinds.items(), *((f"old_{n}", a) for n, a in kinds.items())]:
            tx.consultations.open(name, 1, {"anonymity": anonymity}, "0" * 64, "ada", NOW)
            given = ResponseGiven(name, 1, {"first": "roads"}, {"why": MARKER})
            tx.responses.give(given, Respondent.of(anonymity, kept.person_id, ticket), "sms", NOW)
            tx.tickets.give(name, kept.person_id)
            if name.startswith("old"):
                tx.consultations.close(name, "ada", NOW)
        # What no chat of theirs holds a ticket for is found by nobody.
        lost = ResponseGiven("young", 1, {"first": "parks"}, {"why": "another"})
        tx.responses.give(lost, Respondent.of(ANONYMOUS, kept.person_id, "TK-1111-111"), "sms", NOW)
        tx.commit()
    with database.transaction() as tx:
        assert forget(tx, kept.person_id).kept == ("consultation",)
        tx.commit()
    with database.reading() as tx:
        assert tables_with(tx, MARKER) == set()
        rows = {row.consultation: row for row in tx.connection.execute(select(responses))}
        assert set(rows) == {"young", "old_plan", "old_precept", "old_young"}
        assert rows.pop("young").answers == {"first": "parks"}
        assert all(row.respondent_index.startswith(NOBODY) and row.person_id is None for row in rows.values())
        assert {row.answers["first"] for row in rows.values()} == {"roads"}
        assert not any(tx.tickets.had(name, kept.person_id) for name in ("plan", "young", "old_young"))
