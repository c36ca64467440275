"""One database, its transactions, and running work in them from the event loop.

SQLite: one thread writes. What waits for it is done in one transaction, each piece in a savepoint of
its own, so that sixteen callers pay for one sync to disk and not for sixteen. PostgreSQL: a few threads
with a connection each. Work is run again after a deadlock or a lost group, so it must change nothing but
what its transaction holds.
"""

import asyncio
import random
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection

from storage.conversations import conversation_key
from storage.engines import (
    POSTGRES_THREADS,
    READER_THREADS,
    begin_when_free,
    checked_url,
    may_succeed_again,
    postgres_engine,
    sqlite_engine,
    translated,
)
from storage.errors import StorageBusy
from storage.transaction import Transaction, no_commit
from storage.vault import Vault

__all__ = ["Database", "Transaction", "write_back"]

P = ParamSpec("P")
T = TypeVar("T")

BUSY_SECONDS = 5.0
GROUP_LIMIT = 32
DEADLOCK_TRIES = 5


@dataclass(frozen=True, eq=False)
class _Unit:
    work: Callable[[Transaction], Any]
    done: Future[Any]
    deadline: float  # of time.monotonic


class Database:
    """`url` as SQLAlchemy writes it: sqlite:///path/to/file.db or postgresql://user@host/name.

    A database that stays locked or away for `busy_seconds` raises StorageBusy.
    """

    def __init__(self, url: str, vault: Vault, *, busy_seconds: float = BUSY_SECONDS) -> None:
        self.vault = vault
        self.busy_seconds = busy_seconds
        self.url = checked_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = (sqlite_engine if self.is_sqlite else postgres_engine)(self.url, busy_seconds)
        self._waiting: deque[_Unit] = deque()
        threads = 1 if self.is_sqlite else POSTGRES_THREADS
        self._writers = ThreadPoolExecutor(threads, thread_name_prefix="storage-write")
        self._readers = ThreadPoolExecutor(READER_THREADS, thread_name_prefix="storage-read")

    def __repr__(self) -> str:
        return f"Database({self.url.render_as_string(hide_password=True)})"

    def conversation_key(self, channel: str, address: str) -> str:
        """How the conversation with an address is called in plain columns and in logs."""
        return conversation_key(self.vault, channel, address)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """A writing transaction in this thread; rolled back unless committed. Raises StorageBusy."""
        with translated(), self._begin(time.monotonic() + self.busy_seconds) as connection:
            yield Transaction(connection, self.vault, connection.commit)

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """A snapshot to read from; it holds up no writer and can change nothing."""
        options: dict[str, Any] = (
            {"reading": True}
            if self.is_sqlite
            else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        )
        with translated(), self.engine.connect() as connection:
            yield Transaction(connection.execution_options(**options), self.vault, no_commit)

    async def run(
        self, work: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Do `work` in a transaction of its own off the event loop, and commit. Raises StorageBusy."""
        return await asyncio.wrap_future(self._submit(_bound(work, args, kwargs)))

    def run_blocking(
        self, work: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """The same for callers without an event loop."""
        return self._submit(_bound(work, args, kwargs)).result()

    async def read(
        self, work: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Read in a snapshot off the event loop, beside the writer."""
        future = self._readers.submit(self._read, _bound(work, args, kwargs))
        return await asyncio.wrap_future(future)

    def dispose(self) -> None:
        """Finish what was begun and close every connection."""
        self._writers.shutdown(wait=True)
        self._readers.shutdown(wait=True)
        self.engine.dispose()

    def _read(self, work: Callable[[Transaction], T]) -> T:
        with self.reading() as tx:
            return work(tx)

    def _submit(self, work: Callable[[Transaction], T]) -> Future[T]:
        unit = _Unit(work, Future(), time.monotonic() + self.busy_seconds)
        self._waiting.append(unit)
        self._writers.submit(self._work_off)
        return unit.done

    def _work_off(self) -> None:
        """Take what waits, first come first served. There are as many calls of this as pieces of work."""
        units: list[_Unit] = []
        limit = GROUP_LIMIT if self.is_sqlite else 1
        while len(units) < limit:
            try:
                unit = self._waiting.popleft()
            except IndexError:
                break
            if unit.done.set_running_or_notify_cancel():
                units.append(unit)
        if units:
            self._do(units)

    def _do(self, units: list[_Unit]) -> None:
        tries_left = DEADLOCK_TRIES
        while units:
            try:
                with translated(), self._begin(min(unit.deadline for unit in units)) as connection:
                    outcomes = self._do_within(connection, units)
                    connection.commit()
            except BaseException as error:
                if len(units) > 1 and not isinstance(error, StorageBusy):
                    # Nothing was kept; whoever was not at fault succeeds alone.
                    for unit in units:
                        self._do([unit])
                    return
                units = self._to_do_again(units, error, tries_left)
                tries_left -= 1
                continue
            for unit, result, failure in outcomes:
                if failure is not None:
                    unit.done.set_exception(failure)
                else:
                    unit.done.set_result(result)
            return

    def _to_do_again(self, units: list[_Unit], error: BaseException, tries_left: int) -> list[_Unit]:
        """Those of `units` that get another go after `error`; the others are told of it."""
        again: list[_Unit] = []
        if type(error) is StorageBusy and self.is_sqlite:
            again = [unit for unit in units if unit.deadline > time.monotonic()]
        elif may_succeed_again(error) and tries_left:
            again = units
        for unit in units:
            if unit not in again:
                unit.done.set_exception(error)
        if again:
            time.sleep(random.uniform(0.005, 0.05))
        return again

    def _do_within(
        self, connection: Connection, units: list[_Unit]
    ) -> list[tuple[_Unit, Any, BaseException | None]]:
        if len(units) == 1:
            return [(units[0], units[0].work(self._uncommitted(connection)), None)]
        outcomes: list[tuple[_Unit, Any, BaseException | None]] = []
        for unit in units:
            savepoint = connection.begin_nested()
            try:
                with translated():
                    result = unit.work(self._uncommitted(connection))
                savepoint.commit()
                outcomes.append((unit, result, None))
            except Exception as error:
                savepoint.rollback()
                outcomes.append((unit, None, error))
        return outcomes

    def _uncommitted(self, connection: Connection) -> Transaction:
        return Transaction(connection, self.vault, no_commit)

    @contextmanager
    def _begin(self, deadline: float) -> Iterator[Connection]:
        with self.engine.connect() as connection:
            begin_when_free(connection, deadline)
            yield connection


def write_back(database: Database) -> None:
    """Write SQLite's journal back and cut it off: what was deleted is still in there until then."""
    if not database.is_sqlite:
        return
    with database.engine.connect() as connection:
        driver = connection.connection.driver_connection
        if driver is not None:
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _bound(
    work: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Callable[[Transaction], T]:
    def bound(tx: Transaction) -> T:
        return work(tx, *args, **kwargs)

    return bound
