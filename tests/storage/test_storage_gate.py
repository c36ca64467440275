import threading
from datetime import datetime, timedelta

import pytest
from storage_samples import NOW, later

from storage.database import Database


def take(database: Database, seconds: float, rate: float = 1.0, burst: int = 1) -> float:
    with database.transaction() as tx:
        wait = tx.gate.take("sms", later(seconds), rate, burst)
        tx.commit()
    return wait


def test_sends_keep_the_rate(database: Database) -> None:
    assert take(database, 0) == 0.0
    assert take(database, 0.25) == pytest.approx(0.75)
    assert take(database, 0.25) == pytest.approx(0.75)  # asking costs nothing
    assert take(database, 1.0) == 0.0


def test_a_burst_goes_at_once_and_is_earned_again(database: Database) -> None:
    assert [take(database, 0, rate=2, burst=3) for _ in range(3)] == [0.0, 0.0, 0.0]
    assert take(database, 0, rate=2, burst=3) == pytest.approx(0.5)
    assert take(database, 0.5, rate=2, burst=3) == 0.0
    assert [take(database, 60, rate=2, burst=3) for _ in range(3)] == [0.0, 0.0, 0.0]
    assert take(database, 60, rate=2, burst=3) > 0


def test_doors_do_not_wait_for_each_other(database: Database) -> None:
    with database.transaction() as tx:
        assert [tx.gate.take(door, NOW, 1, 1) for door in ("sms", "telegram", "web")] == [0.0, 0.0, 0.0]


def test_nobody_sends_while_the_supplier_says_wait(database: Database) -> None:
    with database.transaction() as tx:
        tx.gate.pause("sms", later(7))
        tx.gate.pause("sms", later(3))  # a shorter pause cuts no longer one short
        tx.commit()
    assert take(database, 0) == pytest.approx(7)
    assert take(database, 6.5) == pytest.approx(0.5)
    assert take(database, 7) == 0.0


def test_a_clock_set_back_does_not_shut_the_door(database: Database) -> None:
    assert take(database, 3600, rate=1, burst=2) == 0.0
    assert take(database, 0, rate=1, burst=2) <= 1.0


def test_three_workers_together_keep_the_rate(database: Database, database_url: str) -> None:
    """300 tries each, a simulated 10 s at 20/s with a burst of 5: 205 tokens, not one more."""
    databases = [database, Database(database_url, database.vault), Database(database_url, database.vault)]
    taken: list[datetime] = []
    problems: list[BaseException] = []

    def worker(mine: Database) -> None:
        try:
            for step in range(300):
                now = NOW + timedelta(seconds=step / 30)
                with mine.transaction() as tx:
                    if tx.gate.take("sms", now, 20, 5) == 0.0:
                        taken.append(now)
                    tx.commit()
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=worker, args=(each,)) for each in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for each in databases[1:]:
        each.dispose()
    assert problems == []
    assert 150 <= len(taken) <= 205
    # No second of simulated time saw more than the rate and one burst.
    for begin in range(10):
        inside = [at for at in taken if later(begin) <= at < later(begin + 1)]
        assert len(inside) <= 25


def test_periodic_work_is_done_by_one_worker_at_a_time(database: Database) -> None:
    work = {"purge": 3600.0, "reconcile": 60.0}
    with database.transaction() as tx:
        assert tx.schedule.claim_due(work, "a", NOW, 30) == ["purge", "reconcile"]
        assert tx.schedule.claim_due(work, "b", NOW, 30) == []
        assert tx.schedule.finish("purge", "a", later(3600))
        assert not tx.schedule.finish("purge", "a", later(3600))
        assert tx.schedule.claim_due(work, "b", later(29), 30) == []
        assert tx.schedule.claim_due(work, "b", later(30), 30) == ["reconcile"]  # a crashed
        assert not tx.schedule.finish("reconcile", "a", later(90))
        assert tx.schedule.finish("reconcile", "b", later(90))
        assert tx.schedule.claim_due(work, "a", later(3600), 30) == ["purge", "reconcile"]


def test_work_planned_too_far_away_is_due(database: Database) -> None:
    with database.transaction() as tx:
        tx.schedule.claim_due({"purge": 60.0}, "a", later(7200), 30)
        tx.schedule.finish("purge", "a", later(7260))
        assert tx.schedule.claim_due({"purge": 60.0}, "a", NOW, 30) == ["purge"]


def test_many_workers_claim_new_work_once(database: Database) -> None:
    claimed: list[str] = []
    start = threading.Barrier(6)

    def worker(owner: str) -> None:
        start.wait()
        claimed.extend(
            database.run_blocking(lambda tx: tx.schedule.claim_due({"purge": 60.0}, owner, NOW, 30))
        )

    threads = [threading.Thread(target=worker, args=(f"w{number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert claimed == ["purge"]
