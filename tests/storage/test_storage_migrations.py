import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, select, text
from storage_samples import NOW

from storage.database import Database
from storage.migrate import alembic_config, is_current, migrate
from storage.tables import metadata, people, suppressions
from storage.vault import Vault

VAULT = Vault("x" * 40)
ROOT = Path(__file__).parents[2]


def test_the_migrations_make_the_tables_the_code_expects(database: Database) -> None:
    with database.reading() as tx:
        context = MigrationContext.configure(tx.connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_migrations_make_the_same_partial_indexes(database: Database) -> None:
    expected = {
        index.name
        for table in metadata.tables.values()
        for index in table.indexes
        if index.dialect_options["sqlite"]["where"] is not None
    }
    with database.reading() as tx:
        if database.is_sqlite:
            query = "SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %'"
        else:
            query = (
                "SELECT indexname FROM pg_indexes WHERE schemaname = 'public' AND indexdef LIKE '% WHERE %'"
            )
        assert set(tx.connection.execute(text(query)).scalars()) == expected
    assert len(expected) >= 6


def test_sqlite_indexes_are_word_for_word_those_of_the_code(
    tmp_path: Path, sqlite_database: Database
) -> None:
    """SQLite uses a partial index only where its condition is written exactly as in the query."""
    made = Database(f"sqlite:///{tmp_path}/made.db", VAULT)
    with made.transaction() as tx:
        metadata.create_all(tx.connection)
        tx.commit()

    def indexes(connection: Connection) -> dict[str, str]:
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        return dict(connection.execute(text(query)).all())

    with made.reading() as expected, sqlite_database.reading() as found:
        assert indexes(found.connection) == indexes(expected.connection)
    made.dispose()


def test_every_constraint_has_a_name(database: Database) -> None:
    with database.reading() as tx:
        inspector = inspect(tx.connection)
        for table in metadata.tables:
            # SQLite has no place for the name of a key that counts by itself, and no need to drop one.
            counts = database.is_sqlite and metadata.tables[table].dialect_options["sqlite"]["autoincrement"]
            assert inspector.get_pk_constraint(table)["name"] == (None if counts else f"pk_{table}")
            for constraint in inspector.get_foreign_keys(table) + inspector.get_unique_constraints(table):
                assert constraint["name"], table


def test_a_second_start_changes_nothing(database: Database) -> None:
    with database.transaction() as tx:
        tx.connection.execute(people.insert().values(id="p", created_at=NOW))
        tx.commit()
    migrate(database)
    assert is_current(database)
    with database.reading() as tx:
        assert len(tx.connection.execute(people.select()).all()) == 1


def test_an_empty_database_is_not_current(unmigrated_url: str) -> None:
    database = Database(unmigrated_url, VAULT)
    assert not is_current(database)
    migrate(database)
    assert is_current(database)
    database.dispose()


def test_the_tables_can_be_taken_down_and_made_again(database: Database) -> None:
    config = alembic_config()
    with database.transaction() as tx:
        config.attributes["connection"] = tx.connection
        command.downgrade(config, "base")
        assert set(inspect(tx.connection).get_table_names()) == {"alembic_version"}
        tx.commit()
    assert not is_current(database)
    migrate(database)
    assert is_current(database)


def test_what_was_kept_before_the_fourth_migration_is_kept_after_it(unmigrated_url: str) -> None:
    database = Database(unmigrated_url, VAULT)
    migrate(database, "0003")
    before = [
        "INSERT INTO people VALUES ('p', '2026-01-01 00:00:00.000000')",
        "INSERT INTO suppressions (id, channel, address_index, created_at)"
        " VALUES ('s', 'sms', 'i', '2026-01-01 00:00:00.000000')",
        "INSERT INTO unanswered (id, at, channel, reason, ranking)"
        " VALUES ('u', '2026-01-01 00:00:00.000000', 'sms', 'unsure', '[]')",
        "INSERT INTO submissions (id, reference, form, form_version, status, channel, language, person_id,"
        " answers, submitted_at, updated_at) VALUES ('r', 'EN-7K3F-2QX', 'encampment', 1, 'received', 'sms',"
        " 'en', 'p', '{\"caravans\": 6}', '2026-01-01 00:00:00.000000', '2026-01-01 00:00:00.000000')",
        "INSERT INTO submission_events (submission_id, at, kind, actor, data)"
        " VALUES ('r', '2026-01-01 00:00:00.000000', 'received', 'citizen', '{}')",
    ]
    with database.transaction() as tx:
        for line in before:
            tx.connection.exec_driver_sql(line)
        tx.commit()
    migrate(database)
    with database.transaction() as tx:
        (report,) = tx.submissions.list_cases()
        assert (report.reference, report.answers, report.person_id) == ("EN-7K3F-2QX", {"caravans": 6}, "p")
        assert (report.urgent, report.wants_news, report.merged_into) == (False, False, None)
        assert [(event.kind, event.note) for event in tx.submission_events.of("r")] == [("received", None)]
        assert len(tx.unanswered.latest(9)) == 1
        assert tx.connection.execute(select(suppressions.c.scope)).scalar_one() == "all"
    database.dispose()


def test_a_migration_that_breaks_a_reference_is_not_kept(sqlite_database: Database) -> None:
    with sqlite_database.engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute("PRAGMA foreign_keys=OFF")
        driver.execute(
            "INSERT INTO handles VALUES ('h', 'nobody', 'sms', x'00', 'i', '2026-01-01 00:00:00.000000')"
        )
        driver.execute("PRAGMA foreign_keys=ON")
    with pytest.raises(RuntimeError, match="1 rows that point nowhere"):
        migrate(sqlite_database)


STARTING = """
import sys
from storage.database import Database
from storage.migrate import is_current, migrate
from storage.vault import Vault
database = Database(sys.argv[1], Vault("x" * 40))
sys.stdin.readline()
migrate(database)
assert is_current(database)
"""


@pytest.mark.slow
def test_processes_that_start_together_migrate_once(unmigrated_url: str) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", STARTING, unmigrated_url],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    outcomes = [process.communicate(timeout=60)[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, outcomes
