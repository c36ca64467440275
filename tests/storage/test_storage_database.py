import asyncio
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select, text
from storage_samples import NOW

from storage.database import Database, Transaction
from storage.errors import StorageBusy, StorageFull
from storage.tables import inbox, people
from storage.vault import Vault

VAULT = Vault("x" * 40)


def keep(tx: Transaction, id: str) -> str:
    tx.inbox.accept("web", id, id, {}, 0, NOW)
    return id


def kept(database: Database) -> int:
    with database.reading() as tx:
        return tx.connection.execute(select(func.count()).select_from(inbox)).scalar_one()


def test_a_transaction_rolls_back_unless_committed(database: Database) -> None:
    with database.transaction() as tx:
        keep(tx, "forgotten")
    assert kept(database) == 0
    with pytest.raises(ZeroDivisionError), database.transaction() as tx:
        keep(tx, "failed")
        _ = 1 / 0
    assert kept(database) == 0
    with database.transaction() as tx:
        keep(tx, "kept")
        tx.commit()
    assert kept(database) == 1


def test_a_reader_neither_waits_for_a_writer_nor_sees_half_its_work(database: Database) -> None:
    with database.transaction() as tx:
        keep(tx, "not yet")
        assert kept(database) == 0
        with database.reading() as reader, pytest.raises(RuntimeError, match="committed by whoever"):
            reader.commit()


def test_run_commits_and_gives_the_result_back(database: Database) -> None:
    async def many() -> list[str]:
        return await asyncio.gather(*(database.run(keep, f"m{number}") for number in range(50)))

    assert asyncio.run(many()) == [f"m{number}" for number in range(50)]
    assert kept(database) == 50


def test_run_works_from_one_event_loop_after_another(database: Database) -> None:
    for number in range(3):
        asyncio.run(database.run(keep, f"m{number}"))
    assert kept(database) == 3


def test_read_gives_a_snapshot_off_the_event_loop(database: Database) -> None:
    database.run_blocking(keep, "m")

    async def read() -> dict[str, int]:
        return await database.read(lambda tx: tx.inbox.counts())

    assert asyncio.run(read())["waiting"] == 1


def test_work_that_fails_takes_nobody_elses_with_it(database: Database) -> None:
    def fail(tx: Transaction, id: str) -> str:
        keep(tx, id)
        raise ZeroDivisionError(id)

    async def mixed() -> list[str | BaseException]:
        work = [database.run(fail if number % 3 == 0 else keep, f"m{number}") for number in range(30)]
        return await asyncio.gather(*work, return_exceptions=True)

    results = asyncio.run(mixed())
    assert [isinstance(result, ZeroDivisionError) for result in results] == [n % 3 == 0 for n in range(30)]
    assert kept(database) == 20


def test_a_broken_rule_of_the_database_fails_alone(database: Database) -> None:
    def twice(tx: Transaction) -> None:
        for _ in range(2):
            tx.connection.execute(people.insert().values(id="same", created_at=NOW))

    async def both() -> list[object]:
        return await asyncio.gather(
            database.run(keep, "a"), database.run(twice), database.run(keep, "b"), return_exceptions=True
        )

    a, broken, b = asyncio.run(both())
    assert (a, b) == ("a", "b")
    assert "UNIQUE" in str(broken).upper()
    assert kept(database) == 2


def test_work_inside_run_cannot_commit_by_itself(database: Database) -> None:
    def impatient(tx: Transaction) -> None:
        keep(tx, "m")
        tx.commit()

    with pytest.raises(RuntimeError, match="committed by whoever"):
        database.run_blocking(impatient)
    assert kept(database) == 0


def test_sqlite_writes_what_waits_with_one_commit_in_the_order_it_came(sqlite_database: Database) -> None:
    commits: list[object] = []
    order: list[int] = []
    event.listen(sqlite_database.engine, "commit", commits.append)

    def note(tx: Transaction, number: int) -> None:
        keep(tx, f"m{number}")
        order.append(number)

    async def many() -> None:
        with sqlite_database.transaction():  # the writer cannot begin, so all of it waits
            work = [asyncio.ensure_future(sqlite_database.run(note, number)) for number in range(20)]
            await asyncio.sleep(0.1)
        await asyncio.gather(*work)

    asyncio.run(many())
    assert order == list(range(20))
    assert kept(sqlite_database) == 20
    assert len(commits) <= 3


def test_work_cancelled_while_it_waits_is_not_done(sqlite_database: Database) -> None:
    async def cancelled() -> None:
        with sqlite_database.transaction():
            asyncio.ensure_future(sqlite_database.run(keep, "first")).add_done_callback(lambda _: None)
            await asyncio.sleep(0.05)
            second = asyncio.ensure_future(sqlite_database.run(keep, "second"))
            await asyncio.sleep(0.05)
            second.cancel()
        await sqlite_database.run(keep, "third")

    asyncio.run(cancelled())
    with sqlite_database.reading() as tx:
        ids = set(tx.connection.execute(select(inbox.c.provider_id)).scalars())
    assert ids == {"first", "third"}


def test_a_database_that_stays_locked_is_busy_in_time(sqlite_database: Database, sqlite_url: str) -> None:
    impatient = Database(sqlite_url, VAULT, busy_seconds=0.7)
    with sqlite_database.transaction():
        began = time.monotonic()
        with pytest.raises(StorageBusy), impatient.transaction():
            pass
        with ThreadPoolExecutor(3) as threads:
            results = list(threads.map(lambda n: _outcome(impatient, f"m{n}"), range(3)))
        assert results == [StorageBusy] * 3
        assert time.monotonic() - began < 4
    assert impatient.run_blocking(keep, "free again") == "free again"
    impatient.dispose()


def _outcome(database: Database, id: str) -> object:
    try:
        return database.run_blocking(keep, id)
    except StorageBusy as error:
        return type(error)


def test_a_lock_that_goes_in_time_is_waited_for(sqlite_database: Database, sqlite_url: str) -> None:
    other = Database(sqlite_url, VAULT)
    release = threading.Event()

    def hold() -> None:
        with other.transaction():
            release.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    time.sleep(0.1)
    threading.Timer(1.2, release.set).start()  # longer than one try for the lock
    assert sqlite_database.run_blocking(keep, "m") == "m"
    holder.join()
    other.dispose()


def test_a_full_disk_keeps_nothing_half_and_goes_on_once_there_is_room(sqlite_database: Database) -> None:
    def limit(driver: Any, _record: object) -> None:
        driver.execute(f"PRAGMA max_page_count={pages[0]}")

    event.listen(sqlite_database.engine, "checkout", lambda driver, record, _proxy: limit(driver, record))
    pages = [1]  # SQLite takes the present size where that is more

    async def many() -> list[object]:
        work = [sqlite_database.run(keep, f"{number}" * 30) for number in range(100, 200)]
        return await asyncio.gather(*work, return_exceptions=True)

    results = asyncio.run(many())
    refused = [result for result in results if isinstance(result, StorageFull)]
    acknowledged = [result for result in results if isinstance(result, str)]
    assert refused
    assert len(refused) + len(acknowledged) == 100
    assert kept(sqlite_database) == len(acknowledged)
    pages[0] = 1_000_000
    assert sqlite_database.run_blocking(keep, "room again") == "room again"


@pytest.mark.slow
def test_a_locked_row_on_postgresql_is_busy_in_time(postgres_url: str) -> None:
    patient, impatient = Database(postgres_url, VAULT), Database(postgres_url, VAULT, busy_seconds=0.5)
    with patient.transaction() as tx:
        keep(tx, "m")
        began = time.monotonic()
        with pytest.raises(StorageBusy):
            impatient.run_blocking(keep, "m")  # waits for the other's unique key
        assert time.monotonic() - began < 3
    patient.dispose()
    impatient.dispose()


@pytest.mark.slow
def test_a_deadlock_on_postgresql_is_undone_and_done_again(postgres_url: str) -> None:
    database = Database(postgres_url, VAULT)
    with database.transaction() as tx:
        for name in ("a", "b"):
            tx.gate.pause(name, NOW)
        tx.commit()
    both_hold_one = threading.Barrier(2)
    tries: list[str] = []

    def cross(tx: Transaction, first: str, second: str) -> None:
        tries.append(first)
        tx.gate.take(first, NOW + timedelta(seconds=1), 100, 100)
        if len(tries) <= 2:
            both_hold_one.wait(10)
        tx.gate.take(second, NOW + timedelta(seconds=1), 100, 100)

    async def crossing() -> None:
        await asyncio.gather(database.run(cross, "a", "b"), database.run(cross, "b", "a"))

    asyncio.run(crossing())
    assert len(tries) == 3
    database.dispose()


@pytest.mark.slow
def test_connections_a_restart_left_dead_are_replaced(postgres_url: str) -> None:
    database = Database(postgres_url, VAULT)
    database.run_blocking(keep, "before")
    administrator = Database(postgres_url, VAULT)
    with administrator.transaction() as tx:
        tx.connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    assert database.run_blocking(keep, "after") == "after"
    database.dispose()
    administrator.dispose()


def test_a_server_that_is_not_there_is_busy() -> None:
    database = Database("postgresql://nobody@/nothing?host=/nonexistent", VAULT)
    with pytest.raises(StorageBusy), database.transaction():
        pass
    with pytest.raises(StorageBusy):
        database.run_blocking(keep, "m")
    database.dispose()


def test_sqlite_is_set_up_to_lose_nothing(sqlite_database: Database) -> None:
    with sqlite_database.reading() as tx:
        pragmas = {
            name: tx.connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}


def test_a_naive_datetime_is_refused(database: Database) -> None:
    with database.transaction() as tx, pytest.raises(Exception, match="naive datetime"):
        tx.inbox.accept("web", "m", "c", {}, 0, datetime(2026, 3, 29, 1, 30))


def test_times_come_back_as_utc_to_the_microsecond(database: Database) -> None:
    india = timezone(timedelta(hours=5, minutes=30))
    at = datetime(2026, 3, 29, 6, 0, 0, 123456, tzinfo=india)
    with database.transaction() as tx:
        tx.inbox.accept("web", "m", "c", {}, 0, at)
        oldest = tx.inbox.oldest_waiting()
    assert oldest == at
    assert oldest is not None
    assert oldest.tzinfo is UTC


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///:memory:", "mysql://root@localhost/x"], ids=["none", "memory", "mysql"]
)
def test_a_database_that_cannot_carry_the_service_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"SQLite|sqlite"):
        Database(url, VAULT)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_database_is_shown_without_its_password(scheme: str) -> None:
    database = Database(f"{scheme}://me:hunter2@localhost/x", VAULT)
    assert "hunter2" not in repr(database)
    assert database.url.drivername == "postgresql+psycopg"
    database.dispose()


ACCEPTING = """
import sys, itertools
from datetime import UTC, datetime
from storage.database import Database
from storage.vault import Vault
database = Database(sys.argv[1], Vault("x" * 40))
for number in itertools.count():
    now = datetime.now(UTC)
    database.run_blocking(lambda tx: tx.inbox.accept("web", f"m{number}", "c", {}, number, now))
    print(number, flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("after_seconds", [0.05, 0.21, 0.43])
def test_what_was_acknowledged_is_there_after_kill_9(
    database: Database, database_url: str, after_seconds: float
) -> None:
    command = [sys.executable, "-c", ACCEPTING, database_url]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        assert process.stdout is not None
        acknowledged = [process.stdout.readline()]
        time.sleep(after_seconds)
        process.kill()
        acknowledged += process.stdout.readlines()
    numbers = {int(line) for line in acknowledged if line.endswith("\n")}
    with database.reading() as tx:
        there = {int(id[1:]) for id in tx.connection.execute(select(inbox.c.provider_id)).scalars()}
    assert numbers
    assert numbers <= there
    assert len(there) <= len(numbers) + 1
