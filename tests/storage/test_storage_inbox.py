import random
import threading
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event, insert, select, update
from sqlalchemy.exc import IntegrityError
from storage_samples import NOW, later

from storage.database import Database
from storage.errors import LeaseLost, SealBroken
from storage.inbox import Accepted, InboxItem
from storage.states import InboxState
from storage.tables import inbox


def accept(database: Database, provider_id: str, conversation: str = "c", sequence: int = 0) -> Accepted:
    with database.transaction() as tx:
        accepted = tx.inbox.accept("web", provider_id, conversation, {"text": provider_id}, sequence, NOW)
        tx.commit()
    return accepted


def claim(database: Database, seconds: float = 0, owner: str = "a", **asked: object) -> list[InboxItem]:
    with database.transaction() as tx:
        items = tx.inbox.claim(owner, later(seconds), 30, 100, **asked)  # type: ignore[arg-type]
        tx.commit()
    return items


def names(items: list[InboxItem]) -> list[str]:
    return [item.provider_id for item in items]


def test_a_message_is_kept_once_however_often_it_comes(database: Database) -> None:
    first = accept(database, "m1")
    again = [accept(database, "m1", conversation="elsewhere") for _ in range(3)]
    assert first.fresh
    assert again == [Accepted(first.id, fresh=False)] * 3
    assert names(claim(database)) == ["m1"]


def test_the_same_message_ten_times_at_once_is_one_row(database: Database) -> None:
    with ThreadPoolExecutor(10) as threads:
        accepted = list(threads.map(lambda _: accept(database, "m1"), range(10)))
    assert [a.fresh for a in accepted].count(True) == 1
    assert len({a.id for a in accepted}) == 1


def test_equal_ids_of_two_suppliers_are_two_messages(database: Database) -> None:
    with database.transaction() as tx:
        ids = {tx.inbox.accept(channel, "1", "c", {}, 0, NOW).id for channel in ("web", "sms")}
        tx.commit()
    assert len(ids) == 2


def test_what_was_accepted_comes_back_as_it_was(database: Database) -> None:
    accepted = accept(database, "m1")
    (item,) = claim(database)
    assert item == InboxItem(accepted.id, "web", "m1", "c", {"text": "m1"}, NOW, attempts=1)


def test_only_the_first_message_of_a_conversation_is_claimed(database: Database) -> None:
    for sequence, (provider_id, conversation) in enumerate([("a1", "a"), ("b1", "b"), ("a2", "a")]):
        accept(database, provider_id, conversation, sequence)
    first = claim(database)
    assert names(first) == ["a1", "b1"]
    assert claim(database) == []
    with database.transaction() as tx:
        tx.inbox.finish(first[0].id, "a", NOW)
        tx.commit()
    assert names(claim(database)) == ["a2"]


def test_a_late_update_goes_before_one_with_a_higher_number(database: Database) -> None:
    for sequence in (3, 1, 2):
        accept(database, f"u{sequence}", sequence=sequence)
    order = []
    while items := claim(database):
        order += names(items)
        with database.transaction() as tx:
            tx.inbox.finish(items[0].id, "a", NOW)
            tx.commit()
    assert order == ["u1", "u2", "u3"]


def test_an_earlier_number_that_comes_late_waits_for_the_one_in_hand(database: Database) -> None:
    accept(database, "u2", sequence=2)
    claim(database)
    accept(database, "u1", sequence=1)
    assert claim(database) == []


def test_the_database_itself_forbids_two_leases_in_one_conversation(database: Database) -> None:
    accept(database, "m1")
    accept(database, "m2", sequence=1)
    with database.transaction() as tx, pytest.raises(IntegrityError):
        tx.connection.execute(update(inbox).values(state="leased"))


def test_a_held_message_is_left_to_the_one_who_asks_for_its_conversation(database: Database) -> None:
    with database.transaction() as tx:
        tx.inbox.accept("web", "m1", "c", {}, 0, NOW, hold_seconds=5)
        tx.commit()
    assert claim(database) == []
    assert claim(database, conversation_key="c") == []
    assert claim(database, conversation_key="other", ignore_hold=True) == []
    assert names(claim(database, conversation_key="c", ignore_hold=True)) == ["m1"]


def test_a_message_that_failed_waits_its_time_whoever_asks(database: Database) -> None:
    accept(database, "m1")
    (item,) = claim(database)
    with database.transaction() as tx:
        tx.inbox.retry(item.id, "a", NOW, 10, "Timeout")
        tx.commit()
    assert claim(database, 9, conversation_key="c", ignore_hold=True) == []
    assert names(claim(database, 10, conversation_key="c", ignore_hold=True)) == ["m1"]


def test_after_the_hold_any_worker_takes_it(database: Database) -> None:
    with database.transaction() as tx:
        tx.inbox.accept("web", "m1", "c", {}, 0, NOW, hold_seconds=5)
        tx.commit()
    assert names(claim(database, 5)) == ["m1"]


def test_a_worker_takes_only_the_doors_it_is_asked_to(database: Database) -> None:
    accept(database, "m1")
    assert claim(database, channels=["sms", "telegram"]) == []
    assert names(claim(database, channels=["web"])) == ["m1"]


def test_the_limit_holds_and_the_oldest_come_first(database: Database) -> None:
    for number in range(6):
        accept(database, f"m{number}", conversation=f"c{number}")
    with database.transaction() as tx:
        assert names(tx.inbox.claim("a", NOW, 30, 4)) == ["m0", "m1", "m2", "m3"]


def test_a_lease_that_ran_out_goes_to_another_worker(database: Database) -> None:
    accept(database, "m1")
    (first,) = claim(database, owner="crashed")
    assert claim(database, 29, owner="b") == []
    (second,) = claim(database, 30, owner="b")
    assert second.id == first.id
    assert second.attempts == 2
    with database.transaction() as tx, pytest.raises(LeaseLost):
        tx.inbox.finish(first.id, "crashed", later(31))
    with database.transaction() as tx:
        assert not tx.inbox.retry(first.id, "crashed", later(31), 5, "late")
        assert not tx.inbox.set_aside(first.id, "crashed", later(31), "late")
        tx.inbox.finish(second.id, "b", later(31))
        tx.commit()


def test_finishing_twice_is_refused(database: Database) -> None:
    accept(database, "m1")
    (item,) = claim(database)
    with database.transaction() as tx:
        tx.inbox.finish(item.id, "a", NOW)
        with pytest.raises(LeaseLost):
            tx.inbox.finish(item.id, "a", NOW)


def test_a_retried_message_keeps_its_conversation_waiting(database: Database) -> None:
    accept(database, "m1")
    accept(database, "m2", sequence=1)
    (item,) = claim(database)
    with database.transaction() as tx:
        assert tx.inbox.retry(item.id, "a", NOW, 10, "Timeout")
        tx.commit()
    assert claim(database, 9) == []
    (again,) = claim(database, 10)
    assert (again.provider_id, again.attempts) == ("m1", 2)


def test_a_message_set_aside_lets_its_conversation_go_on(database: Database) -> None:
    accept(database, "m1")
    accept(database, "m2", sequence=1)
    (item,) = claim(database)
    with database.transaction() as tx:
        assert tx.inbox.set_aside(item.id, "a", NOW, "ValueError")
        assert tx.inbox.state_of(item.id) is InboxState.SET_ASIDE
        assert tx.inbox.counts() == {"waiting": 1, "leased": 0, "set_aside": 1}
        assert tx.inbox.oldest_waiting() == NOW
        tx.commit()
    assert names(claim(database)) == ["m2"]


def test_an_empty_inbox_has_nothing_to_count(database: Database) -> None:
    with database.reading() as tx:
        assert tx.inbox.counts() == {"waiting": 0, "leased": 0, "set_aside": 0}
        assert tx.inbox.oldest_waiting() is None
        assert tx.inbox.state_of(1) is None


def test_payloads_are_sealed_and_bound_to_their_message(database: Database) -> None:
    accept(database, "m1", "a")
    accept(database, "m2", "b")
    with database.transaction() as tx:
        payloads = dict(tx.connection.execute(select(inbox.c.provider_id, inbox.c.payload)).all())
        assert b"m1" not in payloads["m1"]
        tx.connection.execute(update(inbox).where(inbox.c.provider_id == "m1").values(payload=payloads["m2"]))
        with pytest.raises(SealBroken):
            tx.inbox.claim("a", NOW, 30, 10)


def test_eight_workers_take_each_message_once_and_in_order(database: Database, database_url: str) -> None:
    """40 conversations of 10, in mixed order, with workers that sometimes put back or forget."""
    messages = [(conversation, number) for conversation in range(40) for number in range(10)]
    random.Random(7).shuffle(messages)
    with database.transaction() as tx:
        for conversation, number in messages:
            tx.inbox.accept("web", f"{conversation}-{number}", f"c{conversation}", {}, number, NOW)
        tx.commit()
    done: dict[str, list[int]] = defaultdict(list)
    problems: list[BaseException] = []

    def worker(owner: str, database: Database) -> None:
        chance = random.Random(owner)
        idle = 0
        while idle < 20:
            items = database.run_blocking(lambda tx: tx.inbox.claim(owner, NOW, 3600, 3))
            idle = 0 if items else idle + 1
            for item in items:
                if chance.random() < 0.1:
                    database.run_blocking(lambda tx, item=item: tx.inbox.retry(item.id, owner, NOW, 0, "x"))
                    continue
                conversation, number = item.provider_id.split("-")
                done[conversation].append(int(number))
                database.run_blocking(lambda tx, item=item: tx.inbox.finish(item.id, owner, NOW))

    def guarded(owner: str, database: Database) -> None:
        try:
            worker(owner, database)
        except BaseException as error:
            problems.append(error)

    # Half of them over a second Database, as a second process would.
    second = Database(database_url, database.vault)
    threads = [
        threading.Thread(target=guarded, args=(f"w{number}", (database, second)[number % 2]))
        for number in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    second.dispose()
    assert problems == []
    assert done == {str(conversation): list(range(10)) for conversation in range(40)}


def test_the_claim_reads_indexes_and_no_whole_table(sqlite_database: Database) -> None:
    done = {
        "channel": "web",
        "conversation_key": "c",
        "sequence": 0,
        "received_at": NOW,
        "state": "done",
        "attempts": 1,
        "next_at": NOW,
    }
    seen: list[tuple[str, object]] = []

    def remember(_c: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        seen.append((statement, parameters))

    with sqlite_database.transaction() as tx:
        rows = [done | {"provider_id": f"d{number}"} for number in range(500)]
        tx.connection.execute(insert(inbox), rows)
        tx.inbox.accept("web", "m", "c", {}, 0, NOW)
        event.listen(sqlite_database.engine, "before_cursor_execute", remember)
        tx.inbox.claim("a", NOW, 30, 10)
        event.remove(sqlite_database.engine, "before_cursor_execute", remember)
        (claiming,) = [(s, p) for s, p in seen if s.startswith("SELECT")]
        plan = tx.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {claiming[0]}", claiming[1]).all()  # type: ignore[call-overload]
        steps = [str(step[3]) for step in plan]
    assert all("INDEX" in step for step in steps if step.startswith(("SCAN", "SEARCH"))), steps
