"""What was promised goes out once, in order, at the supplier's pace; what nobody knows is asked about."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from fake_channel import FakeChannel, texts
from house import House

from bot.channel import ContactStopped, Rejected, Throttled, Uncertain, Unreachable
from bot.outbox import RETRY_SECONDS, UNKNOWN_GRACE_SECONDS, Sender
from flows.messages import ChannelName
from storage.errors import StorageBusy
from storage.outbox import Outbox
from storage.states import OutboxState, Priority


def promise(house: House, key: str, *, to: str = "7", channel: str = "telegram", **more: Any) -> None:
    """A message for `to`; its words are its key."""

    def add(tx: Any) -> None:
        kept = tx.conversations.open(channel, to, house.key(to, channel), house.clock())
        values: dict[str, Any] = {
            "priority": Priority.REPLY,
            "on_unknown": "resend",
            "has_buttons": False,
            "body": {"text": key},
        } | more
        tx.outbox.add(
            key=key,
            conversation_id=kept.id,
            conversation_key=kept.conversation_key,
            channel=channel,
            address=to,
            now=house.clock(),
            **values,
        )

    house.write(add)


def send_all(house: House) -> int:
    return asyncio.run(house.sender.send_due())


def reconcile(house: House) -> int:
    house.clock.pass_seconds(UNKNOWN_GRACE_SECONDS)
    return asyncio.run(house.sender.reconcile())


# What each outcome leads to


def test_a_message_goes_out_once_and_keeps_the_suppliers_id(house: House):
    promise(house, "a")
    assert send_all(house) == 1
    assert send_all(house) == 0
    assert house.telegram.sent == [("7", {"text": "a"})]
    assert house.telegram.keys == ["a"]
    assert house.rows("outbox", "state", "provider_ref", "attempts") == [("sent", "ref-1", 1)]


@pytest.mark.parametrize(
    ("failure", "state", "attempts", "notices"),
    [
        (Unreachable("no_line"), "pending", 1, []),
        (Throttled("429", retry_after_seconds=7, whole_door=False), "pending", 0, []),
        (Throttled("429", retry_after_seconds=7, whole_door=True), "pending", 0, []),
        (Uncertain("timeout"), "unknown", 1, []),
        (Rejected("bad_chat"), "failed", 1, ["not_delivered"]),
        (ContactStopped("blocked"), "failed", 1, []),
        (ZeroDivisionError("our own fault"), "unknown", 1, []),
    ],
    ids=["unreachable", "throttled", "door_throttled", "uncertain", "rejected", "stopped", "our_fault"],
)
def test_each_failure_is_kept_as_what_it_is(house, failure, state, attempts, notices):
    promise(house, "a")
    house.telegram.failures = [failure]
    send_all(house)
    assert house.rows("outbox", "state", "attempts") == [(state, attempts)]
    assert house.rows("notices", "kind") == notices
    assert house.count("suppressions") == (1 if isinstance(failure, ContactStopped) else 0)


def test_an_unreachable_supplier_is_tried_ever_later_and_at_last_given_up(house: House):
    promise(house, "a")
    house.telegram.failures = [Unreachable("no_line")] * (len(RETRY_SECONDS) + 1)
    tried = 0
    for wait in (0, *RETRY_SECONDS):
        assert send_all(house) == 0 or wait == 0, "too early"
        house.clock.pass_seconds(wait)
        tried += send_all(house) if wait else 1
    assert tried == len(RETRY_SECONDS) + 1
    assert house.rows("outbox", "state", "error") == [("failed", "no_line")]
    assert house.rows("notices", "kind") == ["not_delivered"]


def test_a_citizen_who_stopped_gets_nothing_that_was_still_waiting(house: House):
    promise(house, "a")
    promise(house, "b")
    promise(house, "danger", priority=Priority.ALERT)
    house.telegram.failures = [ContactStopped("blocked")]
    send_all(house)
    assert house.rows("outbox", "state") == ["failed", "cancelled", "cancelled"]
    assert house.telegram.sent == []


def test_stop_between_claim_and_call_is_heeded_for_what_was_not_begun(house: House):
    """The claim marks "sending": what STOP finds after that is on its way already."""
    promise(house, "a")
    promise(house, "b")

    async def stop_in_between() -> None:
        [item] = await house.sender.claim(20)
        await house.database.run(lambda tx: tx.outbox.cancel_waiting(item.conversation_id, house.clock()))
        await house.sender.send(item)

    asyncio.run(stop_in_between())
    send_all(house)
    assert texts(house.telegram) == ["a"]
    assert house.rows("outbox", "state") == ["sent", "cancelled"]


def test_a_locked_database_does_not_make_a_sent_message_go_out_again(house, monkeypatch):
    promise(house, "a")
    real, refused = Outbox.sent, iter([True, True, False])

    def locked(self, *args):
        if next(refused):
            raise StorageBusy("locked")
        return real(self, *args)

    house.database.busy_seconds = 0.01
    monkeypatch.setattr(Outbox, "sent", locked)
    send_all(house)
    assert house.rows("outbox", "state") == ["sent"]
    assert texts(house.telegram) == ["a"]


# Order


def test_a_conversation_is_sent_in_order_even_where_one_is_late(house: House):
    for key in "abc":
        promise(house, key)
    house.telegram.failures = [Unreachable("no_line")]
    send_all(house)
    assert house.telegram.sent == []
    house.clock.pass_seconds(RETRY_SECONDS[0])
    send_all(house)
    assert texts(house.telegram) == ["a", "b", "c"]


def test_what_failed_for_good_does_not_hold_up_the_rest(house: House):
    promise(house, "a")
    promise(house, "b")
    house.telegram.failures = [Rejected("bad")]
    send_all(house)
    assert texts(house.telegram) == ["b"]


def test_urgent_messages_of_any_conversation_go_first(house: House):
    promise(house, "alert", to="1", priority=Priority.ALERT)
    promise(house, "reply", to="2")
    promise(house, "danger", to="3", priority=Priority.URGENT)
    items = asyncio.run(house.sender.claim(3))
    assert [item.key for item in items] == ["danger", "reply", "alert"]


def test_only_the_doors_that_are_there_are_sent_for(house: House):
    promise(house, "a", channel="sms", to="+447700900123")
    for channels in ({ChannelName.TELEGRAM: house.telegram}, {}):
        sender = Sender(house.database, channels, house.source)
        assert asyncio.run(sender.send_due()) == 0
    assert house.rows("outbox", "state") == ["pending"]


# Pace


def slow_channel(house: House, *, rate: float, burst: int) -> FakeChannel:
    house.telegram.rate_per_second = rate
    house.telegram.burst = burst
    return house.telegram


def test_a_door_sends_at_its_rate_and_no_faster(house: House):
    channel = slow_channel(house, rate=10, burst=5)
    for number in range(60):
        promise(house, f"m{number}", to=str(number))
    moments: list[int] = []
    for tenth in range(60):
        before = len(channel.sent)
        send_all(house)
        moments += [tenth] * (len(channel.sent) - before)
        house.clock.pass_seconds(0.1)
    assert moments.count(0) == 5, "the burst"
    assert all(sum(1 for m in moments if start <= m < start + 10) <= 15 for start in range(50))
    assert sum(1 for m in moments if m < 50) >= 45, "the rate is made use of"
    assert len(set(texts(channel))) == 60


def test_what_finds_no_place_is_looked_at_again_soon_and_not_at_once(house: House):
    slow_channel(house, rate=10, burst=1)
    told: list[float] = []
    sender = Sender(house.database, house.channels, house.source, told.append)
    for number in range(5):
        promise(house, f"m{number}", to=str(number))
    assert asyncio.run(sender.send_due()) == 1
    assert told == [pytest.approx(0.2)]
    assert house.rows("outbox", "state").count("pending") == 4
    assert house.rows("outbox", "attempts").count(0) == 4


def test_a_command_that_sends_everything_waits_for_a_rate_and_not_for_a_shut_door(sqlite_house):
    house = sqlite_house
    slow_channel(house, rate=10, burst=2)
    house.clock.follow()
    for number in range(6):
        promise(house, f"m{number}", to=str(number))
    assert asyncio.run(house.sender.send_all_due()) == 6
    promise(house, "later", to="9")
    house.write(lambda tx: tx.gate.pause("telegram", house.clock() + timedelta(hours=1)))
    assert asyncio.run(asyncio.wait_for(house.sender.send_all_due(), 2)) == 0


def test_nobody_is_called_before_the_supplier_allows_it(house: House):
    promise(house, "a", to="1")
    promise(house, "b", to="2")
    promise(house, "text", to="+447700900123", channel="sms")
    house.telegram.failures = [Throttled("429", retry_after_seconds=30, whole_door=True)]

    async def first_alone() -> None:
        [first] = await house.sender.claim(1)
        await house.sender.send(first)

    asyncio.run(first_alone())
    for _ in range(29):
        send_all(house)
        house.clock.pass_seconds(1)
    assert house.telegram.sent == []
    assert texts(house.sms) == ["text"], "another door is not held"
    house.clock.pass_seconds(1.5)
    send_all(house)
    assert sorted(texts(house.telegram)) == ["a", "b"]


def test_a_throttled_chat_waits_alone(house: House):
    promise(house, "a", to="1")
    promise(house, "b", to="2")
    house.telegram.failures = [Throttled("429", retry_after_seconds=30, whole_door=False)]
    send_all(house)
    assert texts(house.telegram) == ["b"]
    house.clock.pass_seconds(31)
    send_all(house)
    assert texts(house.telegram) == ["b", "a"]


# Nobody knows


def test_what_a_crash_left_in_the_middle_is_asked_about(house: House):
    promise(house, "a", channel="sms", to="+447700900123")
    house.sms.answers["a"] = "SM1"
    asyncio.run(house.sender.claim(1))  # and the process dies before the answer
    assert house.rows("outbox", "state") == ["sending"]
    assert reconcile(house) == 0, "its lease still runs"
    house.clock.pass_seconds(61)
    assert reconcile(house) == 1
    assert house.rows("outbox", "state", "provider_ref") == [("sent", "SM1")]
    assert house.sms.sent == []


@pytest.mark.parametrize(
    ("answer", "on_unknown", "state", "notices"),
    [
        ("ref", "resend", OutboxState.SENT, []),
        (None, "park", OutboxState.PENDING, []),
        (LookupError(), "resend", OutboxState.PENDING, []),
        (LookupError(), "park", OutboxState.FAILED, ["not_delivered"]),
        (Unreachable("down"), "resend", OutboxState.UNKNOWN, []),
        (Throttled("429", retry_after_seconds=1, whole_door=True), "resend", OutboxState.UNKNOWN, []),
        (Rejected("401"), "park", OutboxState.UNKNOWN, []),
    ],
    ids=["found", "not_found", "no_list_prompt", "no_list_case_number", "down", "throttled", "refused"],
)
def test_an_unknown_outcome_is_settled_by_what_the_supplier_knows(house, answer, on_unknown, state, notices):
    promise(house, "a", on_unknown=on_unknown)
    house.telegram.failures = [Uncertain("timeout")]
    house.telegram.answers["a"] = answer
    send_all(house)
    assert reconcile(house) == (0 if state is OutboxState.UNKNOWN else 1)
    assert house.rows("outbox", "state") == [state]
    assert house.rows("notices", "kind") == notices


def test_one_that_cannot_be_asked_about_does_not_keep_others_from_it(house: House):
    for key, to in (("a", "1"), ("b", "2")):
        promise(house, key, to=to)
    house.telegram.failures = [Uncertain("timeout"), Uncertain("timeout")]
    house.telegram.answers = {"a": Rejected("401"), "b": "ref"}
    send_all(house)
    assert reconcile(house) == 1
    assert house.rows("outbox", "state") == ["unknown", "sent"]
    house.telegram.answers["a"] = "ref"
    assert reconcile(house) == 0, "asked again only after half a minute"
    house.clock.pass_seconds(30)
    assert reconcile(house) == 1


def test_the_supplier_has_a_moment_to_write_it_down(house: House):
    promise(house, "a")
    house.telegram.failures = [Uncertain("timeout")]
    house.telegram.answers["a"] = None
    send_all(house)
    assert asyncio.run(house.sender.reconcile()) == 0
    assert house.rows("outbox", "state") == ["unknown"]


def test_the_next_message_waits_for_one_of_unknown_outcome(house: House):
    promise(house, "a")
    promise(house, "b")
    house.telegram.failures = [Uncertain("timeout")]
    send_all(house)
    assert house.telegram.sent == []
    house.telegram.answers["a"] = None
    reconcile(house)
    send_all(house)
    assert texts(house.telegram) == ["a", "b"]


def test_a_status_report_settles_what_nobody_knew(house: House):
    promise(house, "a", channel="sms", to="+447700900123")
    house.sms.failures = [Uncertain("timeout")]
    send_all(house)
    house.write(
        lambda tx: tx.outbox.record_status(
            "sms", house.clock(), provider_ref="SM9", key="a", status=OutboxState.DELIVERED
        )
    )
    assert reconcile(house) == 0
    assert house.rows("outbox", "state", "provider_ref") == [("delivered", "SM9")]
