import random
import threading
from collections import defaultdict

import pytest
from sqlalchemy import select, update
from storage_samples import NOW, a_conversation, a_promise, later

from storage.database import Database, Transaction
from storage.errors import SealBroken
from storage.outbox import OutboxItem
from storage.states import OnUnknown, OutboxState
from storage.tables import outbox


def promise(database: Database, *keys: str, address: str = "+447700900123", **different: object) -> str:
    """Promise messages in one conversation; returns its id."""
    with database.transaction() as tx:
        kept = a_conversation(tx, address)
        for key in keys:
            assert a_promise(tx, kept, key, **different)
        tx.commit()
    return kept.id


def claim(database: Database, seconds: float = 0, owner: str = "a", limit: int = 100) -> list[OutboxItem]:
    with database.transaction() as tx:
        items = tx.outbox.claim(owner, later(seconds), 30, limit)
        tx.commit()
    return items


def keys(items: list[OutboxItem]) -> list[str]:
    return [item.key for item in items]


def send(tx: Transaction, id: int, reference: str | None = "SM1", owner: str = "a") -> None:
    assert tx.outbox.start_sending(id, owner, NOW)
    assert tx.outbox.sent(id, owner, reference, NOW)


def test_a_message_is_promised_once(database: Database) -> None:
    with database.transaction() as tx:
        kept = a_conversation(tx)
        assert [a_promise(tx, kept, "k1"), a_promise(tx, kept, "k1"), a_promise(tx, kept, "k2")] == [
            True,
            False,
            True,
        ]


def test_what_was_promised_comes_back_as_it_was(database: Database) -> None:
    conversation_id = promise(database, "k1", on_unknown="park", has_buttons=True)
    (item,) = claim(database)
    assert item.body == {"text": "body of k1"}
    assert (item.address, item.channel, item.priority) == ("+447700900123", "sms", 1)
    assert (item.conversation_id, item.on_unknown, item.has_buttons) == (
        conversation_id,
        OnUnknown.PARK,
        True,
    )
    assert (item.attempts, item.started_at, item.created_at) == (0, None, NOW)


def test_messages_of_a_conversation_go_one_after_the_other(database: Database) -> None:
    promise(database, "k1", "k2", "k3")
    order = []
    while items := claim(database):
        order += keys(items)
        with database.transaction() as tx:
            send(tx, items[0].id, f"SM-{items[0].key}")
            tx.commit()
    assert order == ["k1", "k2", "k3"]


def test_urgent_goes_before_replies_and_replies_before_alerts(database: Database) -> None:
    promise(database, "alert", address="1", priority=2)
    promise(database, "reply", address="2", priority=1)
    promise(database, "urgent", address="3", priority=0)
    assert keys(claim(database, limit=2)) == ["urgent", "reply"]


def test_inside_a_conversation_the_urgent_one_goes_first(database: Database) -> None:
    promise(database, "reply", priority=1)
    promise(database, "urgent", priority=0)
    assert keys(claim(database)) == ["urgent"]


def test_even_an_urgent_one_waits_for_the_send_in_hand(database: Database) -> None:
    promise(database, "reply")
    claim(database)
    promise(database, "urgent", priority=0)
    assert claim(database) == []


@pytest.mark.parametrize("state", ["leased", "sending", "unknown"])
def test_later_messages_wait_while_one_is_live(database: Database, state: str) -> None:
    promise(database, "k1", "k2")
    (item,) = claim(database)
    with database.transaction() as tx:
        tx.connection.execute(update(outbox).where(outbox.c.id == item.id).values(state=state))
        tx.commit()
    assert claim(database) == []


@pytest.mark.parametrize("state", ["sent", "delivered", "failed", "cancelled"])
def test_later_messages_go_on_once_one_is_settled(database: Database, state: str) -> None:
    promise(database, "k1", "k2")
    (item,) = claim(database)
    with database.transaction() as tx:
        tx.connection.execute(update(outbox).where(outbox.c.id == item.id).values(state=state))
        tx.commit()
    assert keys(claim(database)) == ["k2"]


def test_a_retried_message_keeps_its_place(database: Database) -> None:
    promise(database, "k1", "k2")
    (item,) = claim(database)
    with database.transaction() as tx:
        assert tx.outbox.start_sending(item.id, "a", NOW)
        assert tx.outbox.retry(item.id, "a", later(10), "503")
        tx.commit()
    assert claim(database, 9) == []
    (again,) = claim(database, 10)
    assert (again.key, again.attempts, again.started_at) == ("k1", 1, NOW)


@pytest.mark.parametrize("started", [False, True])
def test_a_released_message_has_no_attempt_counted(database: Database, started: bool) -> None:
    promise(database, "k1")
    (item,) = claim(database)
    with database.transaction() as tx:
        assert not started or tx.outbox.start_sending(item.id, "a", NOW)
        assert tx.outbox.release(item.id, "a", later(2))
        tx.commit()
    assert claim(database, 1) == []
    assert claim(database, 2)[0].attempts == 0


def test_nobody_else_can_move_a_leased_message(database: Database) -> None:
    promise(database, "k1")
    (item,) = claim(database)
    with database.transaction() as tx:
        assert not tx.outbox.start_sending(item.id, "b", NOW)
        assert not tx.outbox.release(item.id, "b", NOW)
        assert not tx.outbox.retry(item.id, "b", NOW, "x")
        assert not tx.outbox.fail(item.id, "b", "x", NOW)
        assert not tx.outbox.mark_unknown(item.id, "b", NOW)
        assert tx.outbox.start_sending(item.id, "a", NOW)
        assert not tx.outbox.start_sending(item.id, "a", NOW)


def test_a_failed_message_lets_the_next_one_go(database: Database) -> None:
    promise(database, "k1", "k2")
    (item,) = claim(database)
    with database.transaction() as tx:
        assert tx.outbox.fail(item.id, "a", "21610", NOW)
        assert tx.outbox.state_of(item.id) is OutboxState.FAILED
        tx.commit()
    assert keys(claim(database)) == ["k2"]


def test_after_a_crash_leased_goes_again_and_sending_is_unknown(database: Database) -> None:
    promise(database, "leased", address="1")
    promise(database, "sending", address="2")
    leased, sending = claim(database)
    with database.transaction() as tx:
        assert tx.outbox.start_sending(sending.id, "a", NOW)
        assert tx.outbox.expire(later(29)) == 0
        assert tx.outbox.expire(later(30)) == 2
        assert tx.outbox.state_of(leased.id) is OutboxState.PENDING
        assert tx.outbox.state_of(sending.id) is OutboxState.UNKNOWN
        assert keys(tx.outbox.unknown(10, later(30))) == ["sending"]
        assert tx.outbox.counts() == {"pending": 1, "leased": 0, "sending": 0, "unknown": 1}


def an_unknown(database: Database) -> int:
    promise(database, "k1")
    (item,) = claim(database)
    with database.transaction() as tx:
        assert tx.outbox.start_sending(item.id, "a", NOW)
        assert tx.outbox.mark_unknown(item.id, "a", NOW)
        tx.commit()
    return item.id


@pytest.mark.parametrize("state", ["sent", "delivered", "failed", "pending"])
def test_an_unknown_send_is_settled_once(database: Database, state: str) -> None:
    id = an_unknown(database)
    with database.transaction() as tx:
        assert tx.outbox.settle(id, state, "SM1", NOW)
        assert tx.outbox.state_of(id) == state
        assert not tx.outbox.settle(id, "sent", "SM2", NOW)
        assert tx.outbox.unknown(10, NOW) == []
        tx.commit()
    assert keys(claim(database)) == (["k1"] if state == "pending" else [])


def test_an_unknown_send_becomes_nothing_else(database: Database) -> None:
    id = an_unknown(database)
    with database.transaction() as tx, pytest.raises(ValueError, match="cancelled"):
        tx.outbox.settle(id, "cancelled", None, NOW)


def test_a_supplier_that_cannot_be_asked_is_asked_later(database: Database) -> None:
    id = an_unknown(database)
    with database.transaction() as tx:
        assert tx.outbox.ask_later(id, later(60))
        assert tx.outbox.unknown(10, later(59)) == []
        assert keys(tx.outbox.unknown(10, later(60))) == ["k1"]


def test_the_answer_of_a_slow_call_counts_though_its_lease_ran_out(database: Database) -> None:
    id = an_unknown(database)
    with database.transaction() as tx:
        assert tx.outbox.settle(id, "pending", None, NOW)
        assert tx.outbox.sent(id, "a", "SM1", NOW)
        assert tx.outbox.state_of(id) is OutboxState.SENT
        tx.commit()
    assert claim(database) == []


def test_a_report_that_is_quicker_than_the_answer_stands(database: Database) -> None:
    promise(database, "k1")
    (item,) = claim(database)
    with database.transaction() as tx:
        assert tx.outbox.start_sending(item.id, "a", NOW)
        assert tx.outbox.record_status("sms", NOW, key="k1", provider_ref="SM1", status="delivered")
        assert tx.outbox.sent(item.id, "a", "SM1", NOW)
        assert tx.outbox.state_of(item.id) is OutboxState.DELIVERED
        row = tx.connection.execute(select(outbox.c.provider_ref, outbox.c.sent_at)).one()
        assert tuple(row) == ("SM1", NOW)


@pytest.mark.parametrize(
    ("reports", "end"),
    [
        (["sent", "delivered"], "delivered"),
        (["delivered", "sent"], "delivered"),
        (["delivered", "failed"], "delivered"),
        (["failed", "sent"], "failed"),
        (["failed", "delivered"], "failed"),
        (["sent", "sent"], "sent"),
        (["sent", "failed"], "failed"),
    ],
)
def test_a_status_never_moves_backwards(database: Database, reports: list[str], end: str) -> None:
    promise(database, "k1")
    (item,) = claim(database)
    with database.transaction() as tx:
        send(tx, item.id)
        for report in reports:
            assert tx.outbox.record_status("sms", NOW, provider_ref="SM1", status=report)
        assert tx.outbox.state_of(item.id) == end


def test_a_report_for_a_message_put_back_means_it_is_not_sent_again(database: Database) -> None:
    promise(database, "k1")
    (item,) = claim(database)
    with database.transaction() as tx:
        tx.outbox.start_sending(item.id, "a", NOW)
        tx.outbox.retry(item.id, "a", NOW, "timeout")
        assert tx.outbox.record_status("sms", NOW, key="k1", status="sent")
        tx.commit()
    assert claim(database) == []


def test_reports_about_messages_of_others_are_no_error(database: Database) -> None:
    promise(database, "k1")
    (item,) = claim(database)
    with database.transaction() as tx:
        send(tx, item.id)
        assert not tx.outbox.record_status("sms", NOW, provider_ref="SM404", status="failed")
        assert not tx.outbox.record_status("telegram", NOW, provider_ref="SM1", status="failed")
        assert not tx.outbox.record_status("sms", NOW, status="failed")
        assert tx.outbox.state_of(item.id) is OutboxState.SENT
        with pytest.raises(ValueError, match="queued"):
            tx.outbox.record_status("sms", NOW, provider_ref="SM1", status="queued")


def test_stop_cancels_what_waits_and_keeps_the_answer_to_danger(database: Database) -> None:
    conversation_id = promise(database, "sent", "leased", "waiting")
    other = promise(database, "other", address="2")
    (first, _) = claim(database)
    with database.transaction() as tx:
        send(tx, first.id)
        tx.commit()
    (second,) = claim(database)
    promise(database, "urgent", priority=0)
    with database.transaction() as tx:
        assert tx.outbox.cancel_waiting(conversation_id, NOW) == 2
        assert not tx.outbox.start_sending(second.id, "a", NOW)
        assert tx.outbox.state_of(first.id) is OutboxState.SENT
        tx.commit()
    assert keys(claim(database)) == ["urgent"]
    with database.transaction() as tx:
        assert tx.outbox.cancel_waiting(other, NOW, keep_urgent=False) == 1
        assert tx.outbox.cancel_waiting(conversation_id, NOW, keep_urgent=False) == 1


def test_buttons_are_open_until_retired(database: Database) -> None:
    conversation_id = promise(database, "plain", address="1")
    promise(database, "b1", "b2", address="1", has_buttons=True)
    for reference in ("m1", "m2", "m3"):
        (item,) = claim(database)
        with database.transaction() as tx:
            send(tx, item.id, reference)
            tx.commit()
    with database.transaction() as tx:
        opened = tx.outbox.open_buttons(conversation_id)
        assert [reference for _, reference in opened] == ["m2", "m3"]
        tx.outbox.mark_retired([opened[0][0]])
        assert tx.outbox.open_buttons(conversation_id) == opened[1:]
        tx.outbox.mark_retired([])


def test_bodies_and_addresses_are_sealed_and_bound_to_their_message(database: Database) -> None:
    promise(database, "k1", address="1")
    promise(database, "k2", address="2")
    with database.transaction() as tx:
        bodies = dict(tx.connection.execute(select(outbox.c.key, outbox.c.body)).all())
        assert b"body of" not in bodies["k1"]
        tx.connection.execute(update(outbox).where(outbox.c.key == "k1").values(body=bodies["k2"]))
        with pytest.raises(SealBroken):
            tx.outbox.claim("a", NOW, 30, 10)


def test_eight_senders_send_each_message_once_and_in_order(database: Database, database_url: str) -> None:
    with database.transaction() as tx:
        for conversation in range(30):
            kept = a_conversation(tx, f"address {conversation}")
            for number in range(8):
                a_promise(tx, kept, f"{conversation}-{number}")
        tx.commit()
    received: dict[str, list[int]] = defaultdict(list)
    problems: list[BaseException] = []

    def sender(owner: str, database: Database) -> None:
        chance = random.Random(owner)
        idle = 0
        while idle < 20:
            items = database.run_blocking(lambda tx: tx.outbox.claim(owner, NOW, 3600, 3))
            idle = 0 if items else idle + 1
            for item in items:
                if chance.random() < 0.1:
                    database.run_blocking(lambda tx, item=item: tx.outbox.release(item.id, owner, NOW))
                elif database.run_blocking(
                    lambda tx, item=item: tx.outbox.start_sending(item.id, owner, NOW)
                ):
                    conversation, number = item.key.split("-")
                    received[conversation].append(int(number))
                    database.run_blocking(lambda tx, item=item: tx.outbox.sent(item.id, owner, None, NOW))

    def guarded(owner: str, database: Database) -> None:
        try:
            sender(owner, database)
        except BaseException as error:
            problems.append(error)

    # Half of them over a second Database, as a second process would.
    second = Database(database_url, database.vault)
    threads = [
        threading.Thread(target=guarded, args=(f"s{number}", (database, second)[number % 2]))
        for number in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    second.dispose()
    assert problems == []
    assert received == {str(conversation): list(range(8)) for conversation in range(30)}


@pytest.mark.parametrize("end", ["sent", "delivered", "failed", "cancelled", "reported", "settled"])
@pytest.mark.parametrize("fleeting", [True, False])
def test_of_a_fleeting_message_nothing_is_kept_once_it_is_over(
    database: Database, end: str, fleeting: bool
) -> None:
    with database.transaction() as tx:
        kept = a_conversation(tx)
        a_promise(tx, kept, "k1", fleeting=fleeting)
        (item,) = tx.outbox.claim("w", NOW, 30, 1)
        assert tx.outbox.retry(item.id, "w", NOW, "busy")
        (item,) = tx.outbox.claim("w", NOW, 30, 1)
        assert item.body == {"text": "body of k1"}  # not over yet: it can still be sent
        if end != "cancelled":
            assert tx.outbox.start_sending(item.id, "w", NOW)
        match end:
            case "sent":
                assert tx.outbox.sent(item.id, "w", "SM1", NOW)
            case "delivered" | "reported":
                status = "sent" if end == "reported" else "delivered"
                assert tx.outbox.record_status("sms", NOW, key="k1", status=status)
                assert tx.outbox.sent(item.id, "w", "SM1", NOW)
            case "failed":
                assert tx.outbox.fail(item.id, "w", "21610", NOW)
            case "cancelled":
                assert tx.outbox.cancel_waiting(kept.id, NOW) == 1
            case "settled":
                assert tx.outbox.mark_unknown(item.id, "w", NOW)
                assert len(tx.outbox.unknown(9, NOW)) == 1
                assert tx.outbox.settle(item.id, "failed", None, NOW)
        row = tx.connection.execute(select(outbox)).one()
        assert (row.body is None, row.address is None) == (fleeting, fleeting)


def test_a_message_waits_for_its_time(database: Database) -> None:
    with database.transaction() as tx:
        kept = a_conversation(tx)
        a_promise(tx, kept, "k1", next_at=later(60))
        assert tx.outbox.claim("w", later(59), 30, 1) == []
        assert len(tx.outbox.claim("w", later(60), 30, 1)) == 1
