from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update
from storage_samples import NOW, a_conversation, a_promise, a_report, days_ago

from storage.database import Database, Transaction
from storage.retention import RetentionPolicy, purge
from storage.tables import conversations, handles, inbox, messages, metadata, outbox, people, submissions

POLICY = RetentionPolicy()
NOTHING = dict.fromkeys(
    [
        "unfiled_attachments",
        "messages",
        "left_words",
        "inbox_payloads",
        "outbox_bodies",
        "submissions_personal",
        "submission_notes",
        "responses_respondents",
        "responses_withdrawn",
        "theme_runs",
        "code_assignments",
        "tickets",
        "results_wanted",
        "pushes",
        "tries",
        "senders",
        "codes",
        "joins",
        "grants",
        "memberships",
        "web_sessions",
        "conversations",
        "handles",
        "consents",
        "people",
        "unanswered",
        "notices",
    ],
    0,
)


def days_later(days: float) -> Any:
    return NOW + timedelta(days=days)


def count(tx: Transaction, table: Any) -> int:
    return int(tx.connection.execute(select(func.count()).select_from(table)).scalar_one())


def a_lived_in_database(database: Database, path: str = "photos/1.jpg") -> None:
    """One of everything, all of it from NOW."""
    with database.transaction() as tx:
        kept = a_conversation(tx)
        accepted = tx.inbox.accept("sms", "m1", kept.conversation_key, {"text": "hello"}, 0, NOW)
        tx.inbox.claim("a", NOW, 30, 1)
        tx.inbox.finish(accepted.id, "a", NOW)
        tx.messages.add(kept.id, "in", {"text": "hello"}, accepted.id, NOW)
        a_promise(tx, kept, "k1")
        (item,) = tx.outbox.claim("a", NOW, 30, 1)
        tx.outbox.start_sending(item.id, "a", NOW)
        tx.outbox.sent(item.id, "a", "SM1", NOW)
        id = tx.submissions.file(a_report(), kept, "en", NOW)
        tx.consents.give(kept.person_id, "contact", 1, "en", "sms", id, NOW)
        tx.attachments.add(kept.id, "image/jpeg", 9, 3, 2, "0" * 64, path, NOW, id="photo")
        tx.suppressions.add("sms", kept.address, NOW)
        tx.web_sessions.open("token", kept.conversation_key, NOW)
        tx.notices.add("loop", kept.id, {}, NOW)
        tx.unanswered.add("sms", "unsure", [], NOW)
        tx.audit.append("a", "b", "c", {}, NOW)
        tx.commit()


def test_nothing_fresh_is_let_go_of(database: Database) -> None:
    a_lived_in_database(database)
    removed: list[str] = []
    assert purge(database, POLICY, days_later(6.9), removed.append) == NOTHING
    assert removed == []


def test_everything_goes_when_its_time_comes(database: Database) -> None:
    a_lived_in_database(database)
    removed: list[str] = []
    steps = [
        (7, {"unfiled_attachments": 1, "inbox_payloads": 1}),
        (30, {"web_sessions": 1}),
        (89.9, {}),
        (90, {"messages": 1, "outbox_bodies": 1, "conversations": 1}),
        (365, {"unanswered": 1, "notices": 1}),
        (729.9, {}),
        (730, {"submissions_personal": 1, "handles": 1}),
        (2192, {"consents": 1, "people": 1}),
    ]
    for days, expected in steps:
        assert purge(database, POLICY, days_later(days), removed.append) == NOTHING | expected, days
    assert removed == ["photos/1.jpg"]
    with database.reading() as tx:
        left = {name: count(tx, table) for name, table in metadata.tables.items() if count(tx, table)}
        assert left == {
            "inbox": 1,
            "outbox": 1,
            "submissions": 1,
            "submission_events": 1,
            "suppressions": 1,
            "audit": 1,
        }
        report = tx.submissions.find_by_reference("EN-7K3F-2QX")
        assert report is not None
        assert (report.personal, report.person_id, report.conversation_id) == ({}, None, None)
        assert report.answers["caravans"] == 6


def test_a_late_replay_is_known_after_its_words_are_gone(database: Database) -> None:
    a_lived_in_database(database)
    purge(database, POLICY, days_later(400))
    with database.transaction() as tx:
        assert tx.connection.execute(select(inbox.c.payload)).scalar_one() is None
        row = tx.connection.execute(select(outbox.c.body, outbox.c.address)).one()
        assert tuple(row) == (None, None)
        assert not tx.inbox.accept("sms", "m1", "k", {}, 0, days_later(400)).fresh
        assert tx.outbox.record_status("sms", days_later(400), provider_ref="SM1", status="delivered")
        kept = a_conversation(tx)
        assert not a_promise(tx, kept, "k1")


def test_what_is_still_to_be_done_is_never_emptied(database: Database) -> None:
    with database.transaction() as tx:
        kept = a_conversation(tx)
        tx.inbox.accept("sms", "m1", "k", {"text": "still waiting"}, 0, NOW)
        a_promise(tx, kept, "k1")
        tx.commit()
    assert purge(database, POLICY, days_later(3000), print) == NOTHING
    with database.transaction() as tx:
        assert tx.inbox.claim("a", days_later(3000), 30, 1)[0].payload == {"text": "still waiting"}
        assert tx.outbox.claim("a", days_later(3000), 30, 1)[0].body == {"text": "body of k1"}


def test_who_reported_stays_known_until_the_report_is_long_closed(database: Database) -> None:
    a_lived_in_database(database)
    with database.transaction() as tx:
        tx.connection.execute(update(submissions).values(status="closed", updated_at=days_later(10)))
        tx.commit()
    assert purge(database, POLICY, days_later(10 + 182), print)["submissions_personal"] == 0
    with database.reading() as tx:
        assert (count(tx, conversations), count(tx, handles)) == (0, 1)
    counts = purge(database, POLICY, days_later(10 + 183), print)
    assert (counts["submissions_personal"], counts["handles"]) == (1, 1)


def test_a_conversation_that_goes_on_stays(database: Database) -> None:
    a_lived_in_database(database)
    with database.transaction() as tx:
        tx.connection.execute(update(conversations).values(updated_at=days_later(80)))
        tx.commit()
    counts = purge(database, POLICY, days_later(100), print)
    assert (counts["messages"], counts["conversations"]) == (1, 0)


def test_who_comes_back_after_the_purge_begins_anew_as_the_same_person(database: Database) -> None:
    a_lived_in_database(database)
    with database.reading() as tx:
        person_id = tx.connection.execute(select(people.c.id)).scalar_one()
    purge(database, POLICY, days_later(100), print)
    with database.transaction() as tx:
        kept = a_conversation(tx)
        assert kept.person_id == person_id
        assert kept.conversation.seen_at is None


def test_a_member_is_kept_in_reach_until_long_after_leaving(database: Database) -> None:
    with database.transaction() as tx:
        kept = a_conversation(tx)
        id = tx.memberships.join(kept.person_id, "watch", "member", delivery={}, now=NOW)
        tx.commit()
    assert purge(database, POLICY, days_later(3000)) == NOTHING
    with database.transaction() as tx:
        tx.memberships.leave(id, kept.person_id, days_later(3000))
        tx.commit()
    assert purge(database, POLICY, days_later(3029)) == NOTHING
    gone = {"memberships": 1, "conversations": 1, "handles": 1, "people": 1}
    assert purge(database, POLICY, days_later(3030)) == NOTHING | gone


@pytest.mark.parametrize("part", ["role", "group"])
def test_who_holds_a_role_or_coordinates_a_group_is_kept_in_reach(database: Database, part: str) -> None:
    with database.transaction() as tx:
        kept = a_conversation(tx)
        group = tx.local_groups.add("watch", "Mill Lane", 52.0, -1.5, NOW)
        if part == "role":
            tx.grants.give(kept.person_id, "coordinator", "ada", NOW)
        else:
            tx.local_groups.set_coordinator(group, kept.person_id)
        tx.commit()
    assert purge(database, POLICY, days_later(3000)) == NOTHING
    with database.transaction() as tx:
        tx.grants.revoke(kept.person_id, "coordinator", days_later(3000))
        tx.local_groups.set_coordinator(group, None)
        tx.commit()
    counts = purge(database, POLICY, days_later(3030))
    assert (counts["handles"], counts["people"], counts["grants"]) == (1, 1, int(part == "role"))


def test_codes_tries_joins_and_pushes_go_in_days(database: Database) -> None:
    with database.transaction() as tx:
        one, other = a_conversation(tx, "1"), a_conversation(tx, "2")
        expires = {"expires_at": days_later(1), "now": NOW, "subject": None}
        tx.codes.make("join", "JN-7K3F-2QX", person_id=one.person_id, **expires)
        tx.tries.add(one.id, "join", NOW)
        tx.joining.join(other.handle_id, one.person_id, NOW)
        for key in ("settled", "waiting"):
            tx.pushes.add(key, one.id, "update", {}, NOW, NOW)
        tx.pushes.settle(tx.pushes.due(NOW, 1)[0].id, "promised", NOW)
        tx.commit()
    for days, expected in [
        (1.9, {}),
        (2, {"joins": 1}),
        (7, {"tries": 1}),
        (8, {"codes": 1}),
        (29.9, {}),
        (30, {"pushes": 1}),
        # The chat that joined, its door and who it was; a push waits in the other chat.
        (100, {"conversations": 1, "handles": 1, "people": 1}),
    ]:
        assert purge(database, POLICY, days_later(days)) == NOTHING | expected, days


def test_a_place_left_behind_by_joining_goes_once_the_join_cannot_be_undone(database: Database) -> None:
    with database.transaction() as tx:
        one, other = a_conversation(tx, "1"), a_conversation(tx, "2")
        for kept in (one, other):
            tx.memberships.join(kept.person_id, "watch", "member", postcode="CV34 6PH", delivery={}, now=NOW)
        tx.joining.join(other.handle_id, one.person_id, NOW)
        tx.commit()
    assert purge(database, POLICY, days_later(1)) == NOTHING
    assert purge(database, POLICY, days_later(2)) == NOTHING | {"joins": 1, "memberships": 1}
    with database.reading() as tx:
        assert len(tx.memberships.of_person(one.person_id)) == 1


def test_interest_in_a_scheme_is_kept_for_a_year_with_what_staff_noted(database: Database) -> None:
    with database.transaction() as tx:
        kept = a_conversation(tx)
        for form in ("interest", "encampment"):
            id = tx.submissions.file(a_report(form, form=form), kept, "en", NOW)
            tx.submission_events.add(id, "note", "ada", {}, NOW, note="Rang Mrs Lovelace")
        tx.commit()
    assert purge(database, POLICY, days_later(364)) == NOTHING | {"conversations": 1}
    gone = {"submissions_personal": 1, "submission_notes": 1}
    assert purge(database, POLICY, days_later(365)) == NOTHING | gone
    with database.reading() as tx:
        found = {s.form: s for s in tx.submissions.of_person(kept.person_id)}
        assert set(found) == {"encampment"}
        assert tx.submission_events.of(found["encampment"].id)[1].note == "Rang Mrs Lovelace"


def test_a_photo_in_a_report_stays(database: Database) -> None:
    with database.transaction() as tx:
        kept = a_conversation(tx)
        photo = tx.attachments.add(kept.id, "image/jpeg", 9, 3, 2, "0" * 64, "photos/1.jpg", NOW)
        tx.submissions.file(a_report(attachments=(photo,)), kept, "en", NOW)
        tx.commit()
    removed: list[str] = []
    purge(database, POLICY, days_later(100), removed.append)
    assert removed == []
    with database.reading() as tx:
        assert tx.attachments.find(photo) is not None


def test_a_photo_whose_file_cannot_be_removed_is_tried_again(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "1.jpg"
    file.write_bytes(b"jpeg")
    a_lived_in_database(database, "1.jpg")

    def broken(path: str) -> None:
        raise OSError(path)

    with pytest.raises(OSError, match=r"1\.jpg"):
        purge(database, POLICY, days_later(7), broken)
    with database.reading() as tx:
        assert tx.attachments.find("photo") is not None
    counts = purge(database, POLICY, days_later(7), lambda path: (tmp_path / path).unlink(missing_ok=True))
    assert counts["unfiled_attachments"] == 1
    assert not file.exists()


def test_more_than_one_helping_is_let_go_of(database: Database) -> None:
    with database.transaction() as tx:
        kept = a_conversation(tx)
        for _ in range(1_201):
            tx.messages.add(kept.id, "out", {}, None, days_ago(91))
        tx.commit()
    assert purge(database, POLICY, NOW)["messages"] == 1_201
    with database.reading() as tx:
        assert count(tx, messages) == 0


def test_what_was_let_go_of_is_no_longer_in_the_files(sqlite_database: Database, tmp_path: Path) -> None:
    marker = "a-place-nobody-else-would-write"
    with sqlite_database.transaction() as tx:
        tx.unanswered.add("sms", "unsure", [(marker, 0.5)], NOW)
        tx.commit()
    files = [path for path in tmp_path.iterdir() if path.name.startswith("frontdoor.db")]
    assert any(marker.encode() in path.read_bytes() for path in files)
    purge(sqlite_database, POLICY, days_later(366))
    assert not any(marker.encode() in path.read_bytes() for path in tmp_path.iterdir())
