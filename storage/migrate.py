"""Bringing a database to the tables of this version."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from storage.database import Database
from storage.engines import begin_when_free, translated
from storage.errors import StorageBusy

MIGRATIONS = Path(__file__).parent / "migrations"
# Any fixed number: names the lock that makes processes started together migrate one after the other.
ADVISORY_LOCK = 5_150_002
PATIENCE_SECONDS = 60


def migrate(database: Database, revision: str = "head") -> None:
    """Run what is missing, all or nothing. Safe where several processes start at once: one works, the
    others wait and find nothing to do. Raises StorageBusy where the database cannot be had.
    """
    config = alembic_config()
    with _exclusive(database) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        _check_foreign_keys(connection)
        connection.commit()


def is_current(database: Database) -> bool:
    """True where nothing is missing."""
    with database.reading() as tx:
        present = MigrationContext.configure(tx.connection).get_current_revision()
    return present == ScriptDirectory.from_config(alembic_config()).get_current_head()


def alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


@contextmanager
def _exclusive(database: Database) -> Iterator[Connection]:
    if database.is_sqlite:
        with translated(), _without_foreign_keys(database) as connection:
            yield connection
        return
    with database.transaction() as tx:
        # Another process may be at work on the tables for longer than one statement may wait.
        tx.connection.execute(text(f"SET LOCAL lock_timeout = '{PATIENCE_SECONDS}s'"))
        tx.connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": ADVISORY_LOCK})
        yield tx.connection


@contextmanager
def _without_foreign_keys(database: Database) -> Iterator[Connection]:
    """SQLite changes a table by making it anew and dropping the old one; with foreign keys on, the drop
    would take the rows that point to it along. They are checked before the commit instead.
    """
    with database.engine.connect() as connection:
        driver = connection.connection.driver_connection
        if driver is None:
            raise StorageBusy("no database connection")
        driver.execute("PRAGMA foreign_keys=OFF")  # has no effect once a transaction is begun
        try:
            begin_when_free(connection, time.monotonic() + PATIENCE_SECONDS)
            yield connection
        finally:
            connection.rollback()
            driver.execute("PRAGMA foreign_keys=ON")


def _check_foreign_keys(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        if broken:
            raise RuntimeError(f"a migration left {len(broken)} rows that point nowhere; nothing was changed")
