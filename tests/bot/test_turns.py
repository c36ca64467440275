"""A kept message becomes one kept turn: all of it or nothing, once, in order, whatever fails."""

import asyncio
import io
from typing import Any

import pytest
from fake_channel import texts
from house import House
from PIL import Image
from script_engine import files_a_report, says
from sqlalchemy import text

from bot.keeping import Keeper
from bot.turns import CLAIMS_WITHOUT_VERDICT, MessageSetAside
from flows.events import (
    AnswerGiven,
    AnswerRated,
    ConsentGiven,
    DangerSeen,
    FormDropped,
    HideAsked,
    LoopStopped,
    MessagesStarted,
    MessagesStopped,
    PhotosLeftOut,
    Unanswered,
)
from flows.messages import Reply
from storage.database import Transaction
from storage.errors import ReferenceTaken, StorageBusy, VersionConflict
from storage.inbox import Inbox
from storage.messages import Messages
from storage.notices import Notices
from storage.outbox import Outbox
from storage.submissions import Submissions

KEPT_BY_A_TURN = ("messages", "outbox", "submissions", "submission_events", "consents", "audit", "notices")


def jpeg(colour: str = "green") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(file, "JPEG")
    return file.getvalue()


# One transaction


def everything(incoming: Any) -> Any:
    replies, filed = files_a_report(incoming)
    consent = ConsentGiven("encampment-contact", 1, "en")
    return replies, (
        *filed,
        consent,
        DangerSeen("emergency", "rules"),
        Unanswered("unsure", (("greet", 0.2),)),
    )


def test_all_that_a_message_leads_to_is_kept(house: House):
    house.engine.script["report"] = everything
    house.accept(1, "report")
    assert asyncio.run(house.take_all()) == 1
    assert {table: house.count(table) for table in KEPT_BY_A_TURN} == {
        "messages": 2,
        "outbox": 1,
        "submissions": 1,
        "submission_events": 1,
        "consents": 1,
        "audit": 1,
        "notices": 1,
    }
    assert house.count("unanswered") == 1
    assert house.rows("inbox", "state") == ["done"]
    assert house.rows("conversations", "version") == [2]


def test_what_is_learned_later_of_a_message_is_told_of_the_same_one(house: House):
    ranking = (("greet", 0.2), ("help", 0.1))
    unsure = Unanswered("unsure", ranking, "that thing again", id="f" * 32)
    corrected = Unanswered("corrected", ranking, "that thing again", chosen="help", id="f" * 32)
    house.engine.script["thing"] = says("Did you mean?", unsure)
    house.engine.script["2"] = says("Help.", corrected)
    house.accept(1, "thing")
    house.accept(2, "2")
    asyncio.run(house.take_all())
    with house.database.reading() as tx:
        [kept] = tx.unanswered.latest(9)
    assert (kept.reason, kept.text, kept.chosen) == ("corrected", "that thing again", "help")
    assert (kept.channel, kept.language, kept.status) == ("telegram", "en", "new")
    [sealed] = house.rows("unanswered", "text")
    assert b"that thing" not in sealed


@pytest.mark.parametrize(
    ("repository", "method"),
    [
        (Messages, "add"),
        (Outbox, "add"),
        (Outbox, "open_buttons"),
        (Submissions, "file"),
        (Notices, "add"),
        (Inbox, "finish"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_fault_at_any_step_leaves_nothing_half(house, monkeypatch, repository, method, when):
    house.engine.script["report"] = everything
    house.accept(1, "report")
    real = getattr(repository, method)

    def broken(self, *args, **kwargs):
        if when == "after":
            real(self, *args, **kwargs)
        raise RuntimeError("the process stumbles here")

    with monkeypatch.context() as broken_once:
        broken_once.setattr(repository, method, broken)
        asyncio.run(house.take_all())
    assert {table: house.count(table) for table in KEPT_BY_A_TURN} == dict.fromkeys(KEPT_BY_A_TURN, 0)
    assert house.rows("inbox", "state", "attempts") == [("waiting", 1)]
    assert house.rows("conversations", "version") == [1]
    house.clock.pass_seconds(2)
    asyncio.run(house.take_all())
    assert house.count("submissions") == 1
    assert house.count("outbox") == 1
    assert house.rows("inbox", "state", "attempts") == [("done", 2)]


def test_a_turn_is_worked_out_again_where_another_saved_first(house: House):
    house.accept(1, "hello")
    conflicts = iter([True, True, False])

    def meanwhile() -> None:
        if next(conflicts):
            house.write(
                lambda tx: tx.connection.execute(text("UPDATE conversations SET version = version + 1"))
            )

    house.engine.before_turn = meanwhile
    asyncio.run(house.take_all())
    assert house.rows("inbox", "state", "attempts") == [("done", 1)]
    assert [body["text"] for body in house.bodies()] == ["echo hello"]
    assert house.rows("conversations", "version") == [4]


def test_a_reference_that_is_taken_is_drawn_anew(house: House):
    house.numbers[:] = [5, 0, 5, 0, 6, 0]  # each turn draws one for a reference and one for a code
    house.engine.script["report"] = files_a_report
    house.accept(1, "report", sender="7")
    house.accept(2, "report", sender="8")
    asyncio.run(house.take_all())
    assert house.rows("inbox", "state", "attempts") == [("done", 1), ("done", 1)]
    assert len(set(house.rows("submissions", "reference"))) == 2
    assert house.count("outbox") == 2


@pytest.mark.parametrize("conflict", [VersionConflict, ReferenceTaken])
def test_a_conflict_that_does_not_end_counts_as_a_failed_try(house, monkeypatch, conflict):
    def always(*args, **kwargs):
        raise conflict("again")

    house.accept(1, "hello")
    with monkeypatch.context() as always_in_conflict:
        always_in_conflict.setattr(Keeper, "keep", always)
        asyncio.run(house.take_all())
    assert house.rows("inbox", "state", "attempts", "error") == [("waiting", 1, "TurnFailed")]
    house.clock.pass_seconds(2)
    asyncio.run(house.take_all())
    assert house.rows("inbox", "state") == ["done"]


def test_a_conversation_purged_meanwhile_is_begun_anew(house: House):
    house.accept(1, "hello")
    purged = iter([True, False])

    def purge() -> None:
        if next(purged):
            house.write(lambda tx: tx.connection.execute(text("DELETE FROM conversations")))

    house.engine.before_turn = purge
    asyncio.run(house.take_all())
    assert house.rows("inbox", "state", "attempts") == [("done", 1)]
    assert house.rows("conversations", "version") == [2]
    assert house.count("messages") == 2


# Order, retries, setting aside


def test_messages_of_one_conversation_are_taken_in_the_suppliers_order(house: House):
    for number in (3, 1, 2):
        house.accept(number, f"m{number}")
    assert asyncio.run(house.take_all()) == 3
    assert [body["text"] for body in house.bodies()] == ["echo m1", "echo m2", "echo m3"]


def test_a_message_that_always_fails_is_set_aside_and_the_conversation_goes_on(house: House):
    house.engine.failing.add("poison")
    house.accept(1, "poison")
    house.accept(2, "after it")
    for wait in (0, 2, 6):
        house.clock.pass_seconds(wait)
        asyncio.run(house.take_all())
    assert house.rows("inbox", "state", "error") == [("set_aside", "ValueError"), ("done", None)]
    assert [body["text"] for body in house.bodies()] == ["echo after it"]
    assert house.rows("notices", "kind") == ["message_set_aside"]
    detail = house.rows("notices", "detail")[0]
    assert detail == {"inbox": 1, "error": "ValueError"}, "a notice holds codes, never words"


def test_a_failed_message_waits_and_the_next_of_its_conversation_with_it(house: House):
    house.engine.failing.add("poison")
    house.accept(1, "poison")
    house.accept(2, "after it")
    asyncio.run(house.take_all())
    house.clock.pass_seconds(0.5)
    asyncio.run(house.take_all())
    assert house.rows("inbox", "state", "attempts") == [("waiting", 1), ("waiting", 0)]


def test_a_locked_database_is_not_held_against_a_message(house, monkeypatch):
    def locked(*args, **kwargs):
        raise StorageBusy("locked")

    house.accept(1, "hello")
    with monkeypatch.context() as for_a_while:
        for_a_while.setattr(Keeper, "keep", locked)
        for_a_while.setattr(house.database, "busy_seconds", 0.05)
        for _ in range(6):
            asyncio.run(house.take_all())
            house.clock.pass_seconds(2)
    assert house.rows("inbox", "state", "attempts") == [("waiting", 6)]
    asyncio.run(house.take_all())
    assert house.rows("inbox", "state") == ["done"]


def test_a_message_that_ends_every_process_is_set_aside_at_last(house: House):
    """Each claim is left to its lease, as a process killed in the middle leaves it."""
    house.accept(1, "kills")

    async def claim_and_die() -> int:
        items = await house.turns.claim_waiting(1)
        house.clock.pass_seconds(31)
        return items[0].attempts

    for attempt in range(3 + CLAIMS_WITHOUT_VERDICT):
        assert asyncio.run(claim_and_die()) == attempt + 1
    asyncio.run(house.take_all())
    assert house.rows("inbox", "state", "error") == [("set_aside", "no_verdict")]
    assert house.rows("notices", "kind") == ["message_set_aside"]


def test_a_turn_whose_lease_went_to_another_keeps_nothing(house: House):
    house.accept(1, "hello")

    async def take_too_late() -> None:
        items = await house.turns.claim_waiting(1)
        house.clock.pass_seconds(31)
        other = House(house.database, house.folder, clock=house.clock, owner="other")
        theirs = await other.turns.claim_waiting(1)
        await house.turns.take(items[0])
        assert house.count("messages") == 0
        await other.turns.take(theirs[0])

    asyncio.run(take_too_late())
    assert house.count("messages") == 2
    assert house.count("outbox") == 1
    assert house.rows("inbox", "state", "attempts") == [("done", 2)]


def test_a_message_nobody_can_read_is_done_without_a_turn(house: House):
    house.accept(1, unreadable=True)
    asyncio.run(house.take_all())
    assert house.rows("inbox", "state") == ["done"]
    assert house.count("conversations") == 0


def test_what_waits_for_a_door_that_is_switched_off_waits_on(house: House):
    house.accept(1, "hello", channel="sms", sender="+447700900123")
    sms = house.channels.pop("sms")
    assert asyncio.run(house.take_all()) == 0
    assert house.rows("inbox", "state", "attempts") == [("waiting", 0)]
    house.channels["sms"] = sms
    assert asyncio.run(house.take_all()) == 1


# The model


def test_the_model_is_not_asked_for_what_is_certain(house: House):
    house.accept(1, "certain: 6")
    house.accept(2, "six or so")
    asyncio.run(house.take_all())
    assert house.interpreter.asked == ["six or so"]


def test_the_model_is_never_asked_inside_a_transaction(house: House):
    """While the model thinks, others can write: on SQLite a transaction would shut everybody out."""

    async def write_meanwhile() -> None:
        await asyncio.wait_for(
            house.database.run(lambda tx: tx.notices.add("meanwhile", None, {}, house.clock())), 2
        )

    house.interpreter.while_asked = write_meanwhile
    house.accept(1, "hello")
    asyncio.run(house.take_all())
    assert house.rows("inbox", "state") == ["done"]
    assert house.rows("notices", "kind") == ["meanwhile"]


def test_words_reach_the_model_without_what_a_database_chokes_on(house: House):
    house.accept(1, "cafe\u0301 \ud800 a\x00b")
    asyncio.run(house.take_all())
    assert house.interpreter.asked == ["caf\u00e9  ab"]


# What is promised


def test_stop_cancels_what_waits_but_not_its_confirmation(house: House):
    house.engine.script["stop"] = says("You will get no more messages.", MessagesStopped())
    house.accept(1, "hello")
    house.accept(2, "again")
    asyncio.run(house.take_all())
    house.accept(3, "stop")
    asyncio.run(house.take_all())
    assert house.rows("outbox", "state") == ["cancelled", "cancelled", "pending"]
    asyncio.run(house.sender.send_due())
    assert texts(house.telegram) == ["You will get no more messages."]
    assert house.count("suppressions") == 1
    assert house.rows("audit", "action") == ["messages.stopped"]


def test_start_lifts_what_stop_laid(house: House):
    house.engine.script["stop"] = says("Stopped.", MessagesStopped())
    house.engine.script["start"] = says("Started.", MessagesStarted())
    house.accept(1, "stop")
    house.accept(2, "start")
    asyncio.run(house.take_all())
    assert house.count("suppressions") == 0
    assert house.rows("audit", "action") == ["messages.stopped", "messages.started"]


def test_an_answer_to_danger_goes_out_before_all_else_and_stop_leaves_it(house: House):
    house.engine.script["help, fire"] = says("Call 999 now.", DangerSeen("emergency", "rules"), urgent=True)
    house.engine.script["stop"] = says("Stopped.", MessagesStopped())
    house.accept(1, "hello")
    house.accept(2, "help, fire")
    house.accept(3, "stop")
    asyncio.run(house.take_all())
    asyncio.run(house.sender.send_due())
    assert texts(house.telegram) == ["Call 999 now.", "Stopped."]
    assert house.rows("notices", "kind") == ["danger"]


def test_a_citizen_who_blocks_us_gets_nothing_more_and_unblocking_opens_the_door(house: House):
    house.accept(1, "hello")
    asyncio.run(house.take_all())
    house.accept(2, blocked=True)
    asyncio.run(house.take_all())
    assert house.rows("outbox", "state") == ["cancelled"]
    assert house.count("suppressions") == 1
    house.accept(3, blocked=False)
    house.accept(4, "back again")
    asyncio.run(house.take_all())
    assert house.count("suppressions") == 0
    assert house.rows("outbox", "state") == ["cancelled", "pending"]


def test_what_the_carrier_answers_is_not_answered_twice(house: House):
    house.engine.script["STOP"] = says("Stopped.", MessagesStopped())
    house.accept(1, "STOP", channel="sms", sender="+447700900123", carrier=True, blocked=True)
    asyncio.run(house.take_all())
    assert house.count("outbox") == 0
    assert house.count("suppressions") == 1
    assert house.count("messages") == 2, "what was said and what would have been answered is kept"


def test_buttons_of_earlier_messages_are_taken_off_before_the_next_reply(house: House):
    house.engine.script["form"] = says("Whose land?\nChoose.", buttons=True)
    house.accept(1, "form")
    asyncio.run(house.take_all())
    assert house.rows("outbox", "has_buttons") == [False, True], "buttons stand under the last part alone"
    asyncio.run(house.sender.send_due())
    house.accept(2, "next", chores=[{"answered": "q1"}])
    asyncio.run(house.take_all())
    assert house.bodies()[2:] == [{"answered": "q1"}, {"retire": "ref-2"}, {"text": "echo next"}]
    house.accept(3, "and on")
    asyncio.run(house.take_all())
    assert house.bodies()[5:] == [{"text": "echo and on"}], "taken off once"


def test_a_chore_that_takes_off_the_same_buttons_is_not_doubled(house: House):
    house.engine.script["form"] = says("Whose land?", buttons=True)
    house.accept(1, "form")
    asyncio.run(house.take_all())
    asyncio.run(house.sender.send_due())
    house.accept(2, button="1:a:yes", chores=[{"retire": "ref-1"}])
    asyncio.run(house.take_all())
    assert [body for body in house.bodies() if "retire" in body] == [{"retire": "ref-1"}]


def test_a_reply_is_sent_again_when_nobody_knows_whether_it_went_out(house: House):
    house.engine.script["report"] = files_a_report
    house.accept(1, "report")
    house.accept(2, "hello")
    asyncio.run(house.take_all())
    assert house.rows("outbox", "on_unknown") == ["resend", "resend"]


def test_a_loop_that_was_stopped_is_told_to_staff(house: House):
    house.engine.script["again"] = ((), (LoopStopped(),))
    house.accept(1, "again")
    asyncio.run(house.take_all())
    assert house.rows("notices", "kind") == ["loop"]


# Photos


def test_a_photo_is_kept_once_when_its_message_is_taken_twice(house, monkeypatch):
    house.telegram.photos["f1"] = jpeg()
    house.accept(1, "look", photos=["f1"])
    real = Keeper.keep

    def stumble(*args, **kwargs):
        raise RuntimeError("after the photo was kept")

    with monkeypatch.context() as once:
        once.setattr(Keeper, "keep", stumble)
        asyncio.run(house.take_all())
    assert real is Keeper.keep
    house.clock.pass_seconds(2)
    asyncio.run(house.take_all())
    assert house.rows("inbox", "state", "attempts") == [("done", 2)]
    assert house.count("attachments") == 1
    assert house.telegram.fetched == ["f1"]
    assert len(list((house.folder / "photos").iterdir())) == 1
    [photo_id] = house.rows("attachments", "id")
    assert house.bodies()[0]["text"] == f"echo look ['{photo_id}']"


def test_the_same_photo_sent_twice_at_once_is_kept_once(house: House):
    async def both() -> list[Any]:
        kept = await house.database.run(
            lambda tx: tx.conversations.open("telegram", "7", house.key("7"), house.clock())
        )

        async def fetch() -> bytes:
            return jpeg()

        photo_id = "5e0c3f0e-7a52-4f0b-9a55-6f8d2b9e4c12"
        return await asyncio.gather(*(house.turns.photos.keep(photo_id, kept.id, fetch) for _ in range(2)))

    first, second = asyncio.run(both())
    assert first == second
    assert first.id is not None
    assert house.count("attachments") == 1
    assert len(list((house.folder / "photos").iterdir())) == 1


def test_photos_that_cannot_be_had_or_read_are_told_by_name(house: House):
    house.telegram.photos["no photo"] = b"MZ this is no photo"
    house.accept(1, "look", photos=["gone", "no photo"])
    asyncio.run(house.take_all())
    assert house.bodies()[0]["text"] == "echo look ['photo.unavailable', 'photo.not_a_photo']"
    assert house.count("attachments") == 0


def test_a_photo_that_never_comes_does_not_outlast_its_messages_lease(sqlite_database, tmp_path):
    house = House(sqlite_database, tmp_path, lease_seconds=1.0)

    async def hang() -> None:
        await asyncio.sleep(60)

    house.telegram.fetch_waits = hang
    house.accept(1, "look", photos=["f1", "f2"])
    asyncio.run(asyncio.wait_for(house.take_all(), 5))
    assert house.rows("inbox", "state", "attempts") == [("done", 1)]
    assert house.bodies()[0]["text"] == "echo look ['photo.unavailable', 'photo.unavailable']"


@pytest.mark.parametrize(
    "event",
    [lambda id: FormDropped("encampment", (id,)), lambda id: PhotosLeftOut((id,))],
    ids=["dropped", "no room"],
)
def test_photos_of_a_form_given_up_or_too_many_are_gone_with_their_files(house: House, event):
    house.telegram.photos["f1"] = jpeg()
    house.accept(1, "look", photos=["f1"])
    asyncio.run(house.take_all())
    [photo_id] = house.rows("attachments", "id")
    house.engine.script["cancel"] = says("Dropped.", event(photo_id))
    house.accept(2, "cancel")
    asyncio.run(house.take_all())
    assert house.count("attachments") == 0
    assert list((house.folder / "photos").iterdir()) == []


# Waiting for a turn (web chat)


def finish(house: House, inbox_id: int, *, sender: str = "a") -> list[str]:
    replies = asyncio.run(house.turns.finish_conversation(house.key(sender, "web"), inbox_id, None))
    return [reply.body["text"] for reply in replies]


def accept_web(house: House, message_id: int, words: str) -> int:
    def keep(tx: Transaction) -> int:
        payload = {"address": "a", "text": words}
        return tx.inbox.accept(
            "web", str(message_id), house.key("a", "web"), payload, message_id, house.clock(), 15
        ).id

    return house.write(keep)


def test_a_web_request_takes_the_turns_before_its_own_and_gets_its_own_replies(house: House):
    accept_web(house, 1, "first")
    second = accept_web(house, 2, "second")
    assert finish(house, second) == ["echo second"]
    assert house.rows("inbox", "state") == ["done", "done"]


def test_a_web_message_is_left_to_its_request_and_taken_over_when_that_died(house: House):
    accept_web(house, 1, "left behind")
    assert asyncio.run(house.take_all()) == 0
    house.clock.pass_seconds(16)
    assert asyncio.run(house.take_all()) == 1
    assert finish(house, 1) == ["echo left behind"], "asking again gives what the worker answered"


def test_a_web_request_waits_for_whoever_has_its_message(house: House):
    inbox_id = accept_web(house, 1, "hello")

    async def both() -> list[str]:
        other = House(house.database, house.folder, clock=house.clock, owner="other")
        items = await house.database.run(other.turns.claim, 1, house.key("a", "web"))
        waiting = asyncio.create_task(house.turns.finish_conversation(house.key("a", "web"), inbox_id, None))
        await asyncio.sleep(0.2)
        assert not waiting.done()
        await other.turns.take(items[0])
        return [reply.body["text"] for reply in await asyncio.wait_for(waiting, 2)]

    assert asyncio.run(both()) == ["echo hello"]


def test_a_web_request_is_told_when_its_message_was_set_aside(house: House):
    inbox_id = accept_web(house, 1, "poison")
    house.write(
        lambda tx: tx.inbox.claim(
            "test", house.clock(), 30, 1, ignore_hold=True, conversation_key=house.key("a", "web")
        )
    )
    house.write(lambda tx: tx.inbox.set_aside(inbox_id, "test", house.clock(), "ValueError"))
    with pytest.raises(MessageSetAside):
        finish(house, inbox_id)


def test_a_conversation_opens_in_the_language_asked_for_where_we_speak_it(house: House):
    for language, spoken in (("pl", "pl"), ("xx", "en")):
        address = f"address {language}"

        def begin(tx: Transaction, address: str = address, language: str = language) -> None:
            house.turns.open_conversation(tx, "web", address, house.key(address, "web"), language)

        house.write(begin)
        with house.database.reading() as tx:
            kept = tx.conversations.find(house.key(address, "web"))
        assert kept is not None
        assert kept.conversation.language == spoken


def test_replies_are_numbered_in_the_order_they_were_said(house: House):
    house.engine.script["two"] = ((Reply("one"), Reply("two")), ())
    inbox_id = accept_web(house, 1, "two")
    asyncio.run(house.turns.finish_conversation(house.key("a", "web"), inbox_id, None))
    replies = asyncio.run(house.turns.replies_to(inbox_id))
    assert [reply.body["text"] for reply in replies] == ["one", "two"]
    assert replies[0].number < replies[1].number


def test_hide_takes_away_what_was_sent_and_what_still_waits(house: House):
    house.engine.script["hello"] = says("Hello.")
    house.engine.script["hide"] = says("Done.", HideAsked())
    house.accept(1, "hello")
    asyncio.run(house.take_all())
    asyncio.run(house.sender.send_all_due())
    house.accept(2, "hello")
    asyncio.run(house.take_all())
    house.accept(3, "hide")
    asyncio.run(house.take_all())
    asyncio.run(house.sender.send_all_due())
    erased = [body["erase"] for _, body in house.telegram.sent if "erase" in body]
    assert len(erased) == 1 and len(erased[0]) == 1
    assert texts(house.telegram) == ["Hello.", "Done."], "the second greeting was cancelled before it left"


def test_answers_are_counted_and_nothing_else_is_kept_of_who_asked(house: House):
    house.engine.script["bike"] = says("Lock it.", AnswerGiven("bicycle_theft", "after"))
    house.engine.script["ta"] = says("Good.", AnswerRated("bicycle_theft", "after", helped=True))
    house.engine.script["no"] = says("Sorry.", AnswerRated("bicycle_theft", "after", helped=False))
    for number, word in enumerate(("bike", "ta", "no"), 1):
        house.accept(number, word)
    asyncio.run(house.take_all())
    rows = house.rows("answer_counts", "topic", "case", "channel", "given", "helped", "not_helped")
    assert rows == [("bicycle_theft", "after", "telegram", 1, 1, 1)]
