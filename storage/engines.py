"""The two engines, how each begins to write, and what their errors mean."""

import math
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from storage.errors import StorageBusy, StorageFull

SQLITE_TRY_SECONDS = 0.5  # one try for the write lock; tried again until the caller's patience is over
POSTGRES_THREADS = 8
READER_THREADS = 2


def checked_url(url: str) -> URL:
    """Raises ValueError for a database that cannot carry the service."""
    parsed = make_url(url.replace("postgres://", "postgresql://", 1))
    if parsed.get_backend_name() == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() != "sqlite":
        raise ValueError(f"DATABASE_URL must be sqlite or postgresql, not {parsed.get_backend_name()}")
    if not parsed.database or parsed.database == ":memory:":
        raise ValueError("SQLite needs a file: several threads share it, and it must outlive the process")
    return parsed


def sqlite_engine(url: URL, busy_seconds: float) -> Engine:
    Path(url.database or "").parent.mkdir(parents=True, exist_ok=True, mode=0o700)
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


def postgres_engine(url: URL, busy_seconds: float) -> Engine:
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


def may_succeed_again(error: BaseException) -> bool:
    """Serialization failure (40001) or deadlock (40P01): PostgreSQL undid the work and says try again.

    https://www.postgresql.org/docs/current/errcodes-appendix.html
    """
    return isinstance(error, DBAPIError) and _sqlstate(error) in ("40001", "40P01")


def begin_when_free(connection: Connection, deadline: float) -> None:
    """Begin to write; SQLite's lock is asked for until `deadline` (of time.monotonic)."""
    while True:
        try:
            connection.begin()
            return
        except OperationalError as error:
            if not _is_sqlite_lock(error) or time.monotonic() >= deadline:
                raise
