from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import func, select, update
from storage_samples import NOW, a_conversation, a_report, later

from flows.conversation import Conversation, FormInHand
from storage.conversations import KeptConversation
from storage.database import Database
from storage.errors import ReferenceTaken, SealBroken, VersionConflict
from storage.tables import conversations, handles, messages, people, submissions
from storage.vault import Vault


def kept(database: Database, address: str = "+447700900123") -> KeptConversation:
    with database.transaction() as tx:
        found = a_conversation(tx, address)
        tx.commit()
    return found


def test_a_first_message_begins_a_conversation_with_a_person(database: Database) -> None:
    first = kept(database)
    assert first.conversation == Conversation()
    assert (first.version, first.channel, first.address) == (1, "sms", "+447700900123")
    assert kept(database) == first
    with database.reading() as tx:
        assert tx.conversations.find(first.conversation_key) == first
        assert tx.conversations.find("nobody") is None


def test_what_a_turn_remembers_is_there_at_the_next(database: Database) -> None:
    first = kept(database)
    form = FormInHand("encampment", 1, {"caravans": 6}, asked="place", partial={"words": "the rec"})
    remembered = Conversation(language="pl", forms=(form,), step=4, offered=("a", "b"), last_reply="ok 👍")
    with database.transaction() as tx:
        tx.conversations.save(first.id, remembered, 1, later(5))
        tx.commit()
    again = kept(database)
    assert again == replace(first, conversation=remembered, version=2)


def test_the_second_of_two_turns_on_one_state_is_refused(database: Database) -> None:
    first = kept(database)
    with database.transaction() as tx:
        tx.conversations.save(first.id, Conversation(step=1), 1, NOW)
        tx.commit()
    with database.transaction() as tx, pytest.raises(VersionConflict):
        tx.conversations.save(first.id, Conversation(step=2), 1, NOW)
    assert kept(database).conversation.step == 1


def test_ten_first_messages_at_once_begin_one_conversation(database: Database) -> None:
    with ThreadPoolExecutor(10) as threads:
        found = list(threads.map(lambda _: kept(database), range(10)))
    assert len({(one.id, one.handle_id, one.person_id) for one in found}) == 1
    with database.reading() as tx:
        for table in (people, handles, conversations):
            assert tx.connection.execute(select(func.count()).select_from(table)).scalar_one() == 1


def test_one_address_on_two_doors_is_two_conversations(database: Database) -> None:
    with database.transaction() as tx:
        sms, telegram = a_conversation(tx, "1", "sms"), a_conversation(tx, "1", "telegram")
        assert sms.id != telegram.id
        assert sms.handle_id != telegram.handle_id


def test_addresses_and_states_are_sealed_and_bound_to_their_row(database: Database) -> None:
    one, other = kept(database, "+447700900123"), kept(database, "+447700900456")
    with database.transaction() as tx:
        row = tx.connection.execute(select(handles).where(handles.c.id == one.handle_id)).one()
        assert "447700900123" not in str(tuple(row))
        swap = select(conversations.c.state).where(conversations.c.id == other.id).scalar_subquery()
        tx.connection.execute(update(conversations).where(conversations.c.id == one.id).values(state=swap))
        with pytest.raises(SealBroken):
            tx.conversations.find(one.conversation_key)


def test_a_conversation_key_tells_the_door_and_nothing_else(database: Database) -> None:
    key = database.conversation_key("sms", "+447700900123")
    assert key.startswith("sms:")
    assert "7700" not in key
    assert key == database.conversation_key("sms", "+447700900123")
    assert key != database.conversation_key("sms", "+447700900124")


def test_a_conversation_is_found_again_after_the_secret_key_was_changed(
    database: Database, database_url: str
) -> None:
    old_key = database.conversation_key("sms", "+447700900123")
    with database.transaction() as tx:
        before = tx.conversations.open("sms", "+447700900123", old_key, NOW)
        tx.suppressions.add("sms", "+447700900123", NOW)
        tx.web_sessions.open("token", old_key, NOW)
        tx.commit()
    changed = Database(database_url, Vault("n" * 40, previous=("a secret that only tests know, 40 letters",)))
    new_key = changed.conversation_key("sms", "+447700900123")
    assert new_key != old_key
    with changed.transaction() as tx:
        after = tx.conversations.open("sms", "+447700900123", new_key, NOW)
        assert after == replace(before, conversation_key=new_key)
        assert tx.suppressions.is_suppressed("sms", "+447700900123")
        assert not tx.suppressions.add("sms", "+447700900123", NOW)
        assert tx.web_sessions.find("token", NOW, 60) is not None
    changed.dispose()


def test_messages_are_numbered_in_the_order_they_are_kept(database: Database) -> None:
    one, other = kept(database, "1"), kept(database, "2")
    with database.transaction() as tx:
        inbox_id = tx.inbox.accept("sms", "m1", "k", {}, 0, NOW).id
        asked = tx.messages.add(one.id, "in", {"text": "hello"}, inbox_id, NOW)
        first = tx.messages.add(one.id, "out", {"text": "1"}, inbox_id, NOW)
        tx.messages.add(other.id, "out", {"text": "not yours"}, None, NOW)
        second = tx.messages.add(one.id, "out", {"text": "2"}, inbox_id, NOW)
        staff = tx.messages.add(one.id, "out", {"text": "3"}, None, NOW)
        tx.commit()
    assert asked < first < second < staff
    with database.reading() as tx:
        assert tx.messages.replies_to(inbox_id) == [(first, {"text": "1"}), (second, {"text": "2"})]
        assert [number for number, _ in tx.messages.replies_after(one.id, 0, 10)] == [first, second, staff]
        assert tx.messages.replies_after(one.id, first, 1) == [(second, {"text": "2"})]
        assert tx.messages.replies_after(one.id, staff, 10) == []


def test_message_numbers_are_not_used_again_after_a_purge(database: Database) -> None:
    one = kept(database)
    with database.transaction() as tx:
        last = tx.messages.add(one.id, "out", {}, None, NOW)
        tx.connection.execute(messages.delete())
        assert tx.messages.add(one.id, "out", {}, None, NOW) > last


def ascii_start(text: str) -> str:
    return ascii(text[:20])


@pytest.mark.parametrize(
    "text", ["", "\x00", "half \ud83d", "👨‍👩‍👧‍👦", "‮evil", "x" * 100_000], ids=ascii_start
)
def test_any_text_a_citizen_can_send_is_kept(database: Database, text: str) -> None:
    one = kept(database)
    with database.transaction() as tx:
        inbox_id = tx.inbox.accept("sms", "m1", "k", {"text": text}, 0, NOW).id
        tx.messages.add(one.id, "out", {"text": text}, inbox_id, NOW)
        tx.conversations.save(one.id, Conversation(last_incoming=text), 1, NOW)
        tx.commit()
    with database.transaction() as tx:
        assert tx.messages.replies_to(inbox_id)[0][1] == {"text": text}
        assert tx.inbox.claim("a", NOW, 30, 1)[0].payload == {"text": text}
        found = tx.conversations.find(one.conversation_key)
        assert found is not None
        assert found.conversation.last_incoming == text


def test_messages_are_sealed_and_bound_to_their_row(database: Database) -> None:
    one = kept(database)
    with database.transaction() as tx:
        first = tx.messages.add(one.id, "out", {"text": "secret"}, None, NOW)
        second = tx.messages.add(one.id, "out", {"text": "other"}, None, NOW)
        body = tx.connection.execute(select(messages.c.body).where(messages.c.number == first)).scalar_one()
        assert b"secret" not in body
        tx.connection.execute(update(messages).where(messages.c.number == second).values(body=body))
        with pytest.raises(SealBroken):
            tx.messages.replies_after(one.id, first, 10)


def test_a_report_is_kept_whole(database: Database) -> None:
    one, filed = kept(database), a_report()
    with database.transaction() as tx:
        id = tx.submissions.file(filed, one, "en", NOW)
        tx.commit()
    with database.reading() as tx:
        found = tx.submissions.find_by_reference("EN-7K3F-2QX")
        assert found is not None
        assert (found.id, found.status, found.submitted_at, found.language) == (id, "received", NOW, "en")
        assert (found.answers, found.personal) == (filed.answers, filed.personal)
        assert (found.latitude, found.longitude, found.district) == (52.28211, -1.56789, "warwick")
        assert (found.conversation_id, found.person_id, found.channel) == (one.id, one.person_id, "sms")
        (event,) = tx.submission_events.of(id)
        assert (event.at, event.kind, event.actor, event.data) == (NOW, "received", "citizen", {})
        assert tx.submissions.find_by_reference("EN-0000-000") is None
        row = tx.connection.execute(select(submissions)).one()
        assert "Lovelace" not in str(tuple(row))


def test_a_reference_is_given_once_and_the_transaction_goes_on(database: Database) -> None:
    one = kept(database)
    with database.transaction() as tx:
        tx.submissions.file(a_report(), one, "en", NOW)
        with pytest.raises(ReferenceTaken):
            tx.submissions.file(a_report(district="rugby"), one, "en", NOW)
        tx.submissions.file(a_report("EN-2222-222"), one, "en", NOW)
        tx.commit()
    with database.reading() as tx:
        found = {s.reference: s.district for s in tx.submissions.stream("encampment")}
    assert found == {"EN-7K3F-2QX": "warwick", "EN-2222-222": "warwick"}


def test_what_postgresql_cannot_store_in_json_does_not_lose_a_report(database: Database) -> None:
    one = kept(database)
    answers = {"other": "a\x00b \ud83d", "list": ["\x00"], "number": 3, "yes": True, "none": None}
    with database.transaction() as tx:
        tx.submissions.file(a_report(answers=answers, personal={"name": "\x00 \ud83d"}), one, "en", NOW)
        tx.commit()
    with database.reading() as tx:
        found = tx.submissions.find_by_reference("EN-7K3F-2QX")
        assert found is not None
        assert found.answers == {"other": "ab ?", "list": [""], "number": 3, "yes": True, "none": None}
        assert found.personal == {"name": "\x00 \ud83d"}


def test_reports_are_read_by_form_time_and_district(database: Database) -> None:
    one = kept(database)
    with database.transaction() as tx:
        for number, (form, district) in enumerate(
            [
                ("encampment", "warwick"),
                ("encampment", "rugby"),
                ("volunteer", "rugby"),
                ("encampment", "rugby"),
            ]
        ):
            filed = a_report(f"R{number}", form=form, district=district)
            tx.submissions.file(filed, one, "en", later(number))
        found = [s.reference for s in tx.submissions.stream("encampment")]
        assert found == ["R0", "R1", "R3"]
        assert [s.reference for s in tx.submissions.stream("encampment", district="rugby")] == ["R1", "R3"]
        between = tx.submissions.stream("encampment", since=later(1), until=later(3))
        assert [s.reference for s in between] == ["R1"]


def test_a_report_takes_only_photos_of_its_own_conversation(database: Database) -> None:
    one, other = kept(database, "1"), kept(database, "2")
    with database.transaction() as tx:
        shared = {"content_type": "image/jpeg", "bytes": 9, "width": 3, "height": 2, "sha256": "0" * 64}
        mine = tx.attachments.add(one.id, path="photos/1.jpg", now=NOW, **shared)
        kept_back = tx.attachments.add(one.id, path="photos/2.jpg", now=later(1), id="given", **shared)
        assert tx.attachments.add(other.id, path="photos/9.jpg", now=NOW, id="given", **shared) is None
        theirs = tx.attachments.add(other.id, path="photos/3.jpg", now=NOW, **shared)
        id = tx.submissions.file(a_report(attachments=(mine, theirs, "unknown")), one, "en", NOW)
        assert [a.id for a in tx.attachments.for_submission(id)] == [mine]
        assert kept_back == "given"
        second = tx.submissions.file(a_report("R2", attachments=(mine,)), one, "en", NOW)
        assert tx.attachments.for_submission(second) == []
        assert tx.attachments.delete(mine) is None
        assert tx.attachments.delete(kept_back) == "photos/2.jpg"
        assert tx.attachments.find(kept_back) is None
        found = tx.attachments.find(theirs)
        assert found is not None
        assert (found.path, found.width, found.height, found.bytes) == ("photos/3.jpg", 3, 2, 9)


def test_consents_keep_the_version_agreed_to_and_when_it_was_withdrawn(database: Database) -> None:
    one = kept(database)
    with database.transaction() as tx:
        submission_id = tx.submissions.file(a_report(), one, "en", NOW)
        id = tx.consents.give(one.person_id, "contact", 3, "en", "sms", submission_id, NOW)
        assert tx.consents.withdraw(id, later(5))
        assert not tx.consents.withdraw(id, later(9))
        (consent,) = tx.consents.of_person(one.person_id)
        assert (consent.wording, consent.version, consent.given_at) == ("contact", 3, NOW)
        assert consent.withdrawn_at == later(5)
        assert consent.submission_id == submission_id


def test_who_opted_out_stays_out_until_they_come_back(database: Database) -> None:
    with database.transaction() as tx:
        assert tx.suppressions.add("sms", "+447700900123", NOW)
        assert not tx.suppressions.add("sms", "+447700900123", NOW)
        assert tx.suppressions.is_suppressed("sms", "+447700900123")
        assert not tx.suppressions.is_suppressed("telegram", "+447700900123")
        assert tx.suppressions.remove("sms", "+447700900123")
        assert not tx.suppressions.remove("sms", "+447700900123")
        assert not tx.suppressions.is_suppressed("sms", "+447700900123")


def test_who_stopped_alerts_still_gets_answers(database: Database) -> None:
    where = ("sms", "+447700900123")
    with database.transaction() as tx:
        assert tx.suppressions.add(*where, NOW, scope="alerts")
        assert not tx.suppressions.add(*where, NOW, scope="alerts")
        assert tx.suppressions.is_suppressed(*where, "alerts")
        assert not tx.suppressions.is_suppressed(*where)
        assert tx.suppressions.add(*where, NOW)
        assert tx.suppressions.remove(*where)
        assert tx.suppressions.is_suppressed(*where, "alerts")
        assert tx.suppressions.remove(*where, scope="alerts")
        assert not tx.suppressions.is_suppressed(*where, "alerts")


def test_who_stopped_everything_gets_no_alerts_either(database: Database) -> None:
    with database.transaction() as tx:
        tx.suppressions.add("sms", "+447700900123", NOW)
        assert tx.suppressions.is_suppressed("sms", "+447700900123", "alerts")
        assert not tx.suppressions.remove("sms", "+447700900123", scope="alerts")


def test_a_conversation_is_found_by_its_row_and_by_its_person(database: Database) -> None:
    one, other = kept(database, "1"), kept(database, "2")
    with database.reading() as tx:
        assert tx.conversations.find_by_id(one.id) == one
        assert tx.conversations.find_by_id("nothing") is None
        assert tx.conversations.of_person(other.person_id) == [other]
        assert tx.conversations.of_person("nobody") == []


def test_a_web_session_is_known_by_its_token_until_it_lies_idle(database: Database) -> None:
    with database.transaction() as tx:
        id = tx.web_sessions.open("the token", "web:1", NOW)
        assert tx.web_sessions.find("another token", NOW, 60) is None
        found = tx.web_sessions.find("the token", later(60), 60)
        assert found is not None
        assert (found.id, found.conversation_key, found.created_at) == (id, "web:1", NOW)
        assert tx.web_sessions.find("the token", later(61), 60) is None
        tx.web_sessions.touch(id, later(50))
        assert tx.web_sessions.find("the token", later(110), 60) is not None
        assert "the token" not in str(tx.connection.exec_driver_sql("SELECT * FROM web_sessions").all())


def test_staff_see_notices_and_what_nothing_answered_newest_first(database: Database) -> None:
    one = kept(database)
    with database.transaction() as tx:
        tx.notices.add("set_aside", one.id, {"inbox_id": 7}, NOW)
        tx.notices.add("loop", None, {}, later(1))
        first, second = tx.notices.latest(10)
        assert (first.kind, second.kind, second.detail) == ("loop", "set_aside", {"inbox_id": 7})
        assert (second.conversation_id, second.at) == (one.id, NOW)
        tx.unanswered.add("sms", "unsure", [("ask/parking", 0.4), ("help", 0.3)], NOW)
        (missed,) = tx.unanswered.latest(10)
        assert missed.ranking == (("ask/parking", 0.4), ("help", 0.3))
        assert (missed.channel, missed.reason, missed.at) == ("sms", "unsure", NOW)
