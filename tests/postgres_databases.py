"""Databases of one real PostgreSQL cluster, made, lent to tests and emptied."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import uuid4

from sqlalchemy import Connection, NullPool, create_engine, make_url, text

from storage.tables import metadata

TEMPLATE = "migrated"
DISCONNECT_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
SHAPE = """
    SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT concat(tgrelid::regclass, tgname, tgenabled) FROM pg_trigger WHERE NOT tgisinternal
"""
NOT_EMPTY = " UNION ALL ".join(
    f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in metadata.tables
)
COUNT_ANEW = """
    SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
    FROM pg_sequences WHERE last_value IS NOT NULL
"""


class PostgresDatabases:
    """A used database is emptied and lent again: that takes a fraction of the time a new one does."""

    def __init__(self, server: str, migrate: Callable[[str], None]) -> None:
        self._server = server
        self._spare: list[str] = []
        # Nobody pulls the machine's plug here: what a killed program of ours wrote is kept all the same.
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            self._administer(f"ALTER SYSTEM SET {setting} = off")
        self._administer("SELECT pg_reload_conf()")
        self._administer(f"CREATE DATABASE {TEMPLATE}")
        template = self._url(TEMPLATE)
        migrate(template)
        with _connected(template) as connection:
            self._shape = _shape(connection)

    def new(self) -> str:
        """The URL of a database without any table."""
        return self._create("")

    def lend(self) -> str:
        """The URL of a migrated, otherwise empty database."""
        return self._spare.pop() if self._spare else self._create(f"TEMPLATE {TEMPLATE}")

    def take_back(self, url: str) -> None:
        """Empties it for the next test; where its tables were changed, it goes."""
        if self._is_emptied(url):
            self._spare.append(url)
        else:
            self.drop(url)

    def drop(self, url: str) -> None:
        self._administer(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")

    def _is_emptied(self, url: str) -> bool:
        with _connected(url) as connection:
            connection.execute(text(DISCONNECT_OTHERS))
            if _shape(connection) != self._shape:
                return False
            connection.execute(
                text("SET session_replication_role = replica")
            )  # no trigger and no key objects
            for name in connection.execute(text(NOT_EMPTY)).scalars().all():
                connection.execute(text(f"DELETE FROM {name}"))
            connection.execute(text(COUNT_ANEW))
        return True

    def _create(self, how: str) -> str:
        name = f"test_{uuid4().hex[:12]}"
        self._administer(f"CREATE DATABASE {name} {how}")
        return self._url(name)

    def _url(self, name: str) -> str:
        return self._server.replace("/postgres?", f"/{name}?", 1)

    def _administer(self, command: str) -> None:
        with _connected(self._server) as connection:
            connection.execute(text(command))


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    engine = create_engine(
        url.replace("postgresql://", "postgresql+psycopg://", 1),
        isolation_level="AUTOCOMMIT",
        poolclass=NullPool,
    )
    with engine.connect() as connection:
        yield connection


def _shape(connection: Connection) -> list[str]:
    return sorted(connection.execute(text(SHAPE)).scalars())
