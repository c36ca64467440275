"""One database, its transactions, and running work in them from the event loop.

SQLite: one thread writes. What waits for it is done in one transaction, each piece in a savepoint of
its own, so that sixteen callers pay for one sync to disk and not for sixteen. PostgreSQL: a few threads
with a connection each. Work is run again after a deadlock or a lost group, so it must change nothing but
what its transaction holds.
"""

import asyncio
import math
import random
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from storage.attachments import Attachments
from storage.audit import Audit
from storage.consents import Consents
from storage.conversations import Conversations, conversation_key
from storage.errors import StorageBusy, StorageFull
from storage.gate import Gate
from storage.inbox import Inbox
from storage.messages import Messages
from storage.notices import Notices
from storage.outbox import Outbox
from storage.schedule import Schedule
from storage.submissions import Submissions
from storage.suppressions import Suppressions
from storage.unanswered import UnansweredBoard
from storage.vault import Vault
from storage.web_sessions import WebSessions

P = ParamSpec("P")
T = TypeVar("T")

BUSY_SECONDS = 5.0
SQLITE_TRY_SECONDS = 0.5  # one try for the write lock; tried again until the busy seconds are over
GROUP_LIMIT = 32
DEADLOCK_TRIES = 5
POSTGRES_THREADS = 8
READER_THREADS = 2


class Transaction:
    """The repositories, on one connection. Nothing is kept unless `commit` is called (`run` calls it)."""

    def __init__(self, connection: Connection, vault: Vault, commit: Callable[[], None]) -> None:
        self.connection = connection
        self.vault = vault
        self._commit = commit

    def commit(self) -> None:
        self._commit()

    @cached_property
    def inbox(self) -> Inbox:
        return Inbox(self.connection, self.vault)

    @cached_property
    def outbox(self) -> Outbox:
        return Outbox(self.connection, self.vault)

    @cached_property
    def gate(self) -> Gate:
        return Gate(self.connection)

    @cached_property
    def schedule(self) -> Schedule:
        return Schedule(self.connection)

    @cached_property
    def conversations(self) -> Conversations:
        return Conversations(self.connection, self.vault)

    @cached_property
    def messages(self) -> Messages:
        return Messages(self.connection, self.vault)

    @cached_property
    def submissions(self) -> Submissions:
        return Submissions(self.connection, self.vault)

    @cached_property
    def attachments(self) -> Attachments:
        return Attachments(self.connection)

    @cached_property
    def consents(self) -> Consents:
        return Consents(self.connection)

    @cached_property
    def suppressions(self) -> Suppressions:
        return Suppressions(self.connection, self.vault)

    @cached_property
    def unanswered(self) -> UnansweredBoard:
        return UnansweredBoard(self.connection)

    @cached_property
    def notices(self) -> Notices:
        return Notices(self.connection)

    @cached_property
    def audit(self) -> Audit:
        return Audit(self.connection)

    @cached_property
    def web_sessions(self) -> WebSessions:
        return WebSessions(self.connection, self.vault)


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
        self.url = _checked(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = (_sqlite_engine if self.is_sqlite else _postgres_engine)(self.url, busy_seconds)
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
            yield Transaction(connection.execution_options(**options), self.vault, _no_commit)

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
        elif _may_succeed_again(error) and tries_left:
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
        return Transaction(connection, self.vault, _no_commit)

    @contextmanager
    def _begin(self, deadline: float) -> Iterator[Connection]:
        with self.engine.connect() as connection:
            begin_when_free(connection, deadline)
            yield connection


def begin_when_free(connection: Connection, deadline: float) -> None:
    """Begin to write; SQLite's lock is asked for until `deadline` (of time.monotonic)."""
    while True:
        try:
            connection.begin()
            return
        except OperationalError as error:
            if not _is_sqlite_lock(error) or time.monotonic() >= deadline:
                raise


def _bound(
    work: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Callable[[Transaction], T]:
    def bound(tx: Transaction) -> T:
        return work(tx, *args, **kwargs)

    return bound


def _no_commit() -> None:
    raise RuntimeError("this transaction is committed by whoever began it")


def _checked(url: str) -> URL:
    """Raises ValueError for a database that cannot carry the service."""
    parsed = make_url(url.replace("postgres://", "postgresql://", 1))
    if parsed.get_backend_name() == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() != "sqlite":
        raise ValueError(f"DATABASE_URL must be sqlite or postgresql, not {parsed.get_backend_name()}")
    if not parsed.database or parsed.database == ":memory:":
        raise ValueError("SQLite needs a file: several threads share it, and it must outlive the process")
    return parsed


def _sqlite_engine(url: URL, busy_seconds: float) -> Engine:
    Path(url.database or "").parent.mkdir(parents=True, exist_ok=True)
    # isolation_level None: the driver begins nothing by itself, our begin event does.
    engine = create_engine(
        url,
        connect_args={"isolation_level": None, "timeout": SQLITE_TRY_SECONDS, "check_same_thread": False},
        pool_timeout=busy_seconds,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        _use_wal(connection)
        connection.execute("PRAGMA synchronous=FULL")  # NORMAL may lose the last commits at power loss
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA secure_delete=ON")  # what is purged leaves no copy in free pages

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A deferred transaction that reads and then writes fails at once when another wrote between,
        # whatever the busy timeout; so whoever may write takes the lock first.
        reading = connection.get_execution_options().get("reading", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def _use_wal(connection: Any) -> None:
    """Switching the journal ignores the busy timeout, and two processes may start at once."""
    for _ in range(20):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except Exception as error:
            if "locked" not in str(error):
                raise
            time.sleep(random.uniform(0.01, 0.1))
    connection.execute("PRAGMA journal_mode=WAL")


def _postgres_engine(url: URL, busy_seconds: float) -> Engine:
    options = f"-c timezone=UTC -c lock_timeout={int(busy_seconds * 1000)}"
    return create_engine(
        url,
        pool_size=POSTGRES_THREADS + READER_THREADS,
        max_overflow=5,
        pool_timeout=busy_seconds,
        pool_pre_ping=True,  # finds connections a restart of the server left dead
        connect_args={"options": options, "connect_timeout": math.ceil(busy_seconds)},
    )


@contextmanager
def translated() -> Iterator[None]:
    """StorageBusy for whatever says that the database cannot be had just now."""
    try:
        yield
    except PoolTimeout as error:
        raise StorageBusy("no free database connection") from error
    except DBAPIError as error:
        if _is_sqlite_lock(error) or _sqlstate(error) == "55P03":
            raise StorageBusy("the database stays locked") from error
        if _is_full(error):
            raise StorageFull("the disk has no room left") from error
        if error.connection_invalidated or _is_connection_refused(error):
            raise StorageBusy("the database cannot be reached") from error
        raise


def _is_sqlite_lock(error: DBAPIError) -> bool:
    name = getattr(error.orig, "sqlite_errorname", "") or ""
    return name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))


def _is_full(error: DBAPIError) -> bool:
    return getattr(error.orig, "sqlite_errorname", "") == "SQLITE_FULL" or _sqlstate(error) == "53100"


def _is_connection_refused(error: DBAPIError) -> bool:
    # psycopg's error of a connection that never came about carries no SQLSTATE.
    return isinstance(error, OperationalError) and error.statement is None and _sqlstate(error) is None


def _sqlstate(error: DBAPIError) -> str | None:
    state: str | None = getattr(error.orig, "sqlstate", None)
    return state


def _may_succeed_again(error: BaseException) -> bool:
    """Serialization failure (40001) or deadlock (40P01): PostgreSQL undid the work and says try again.

    https://www.postgresql.org/docs/current/errcodes-appendix.html
    """
    return isinstance(error, DBAPIError) and _sqlstate(error) in ("40001", "40P01")
