from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError
from storage_samples import NOW, later

from storage.audit import GENESIS
from storage.database import Database
from storage.tables import audit


def write(database: Database, number: int, days: int = 0) -> int:
    with database.transaction() as tx:
        id = tx.audit.append(
            "staff:7", "case.open", f"submission:{number}", {"n": number}, later(days * 86400)
        )
        tx.commit()
    return id


def allow_changes(database: Database) -> None:
    """What somebody with the database's own password could do."""
    with database.transaction() as tx:
        names = ["audit_no_update", "audit_no_delete"] if database.is_sqlite else ["audit_no_change"]
        for name in names:
            tx.connection.execute(text(f"DROP TRIGGER {name}" + ("" if database.is_sqlite else " ON audit")))
        tx.commit()


def test_lines_are_chained_and_numbered_by_the_day(database: Database) -> None:
    with database.reading() as tx:
        assert tx.audit.head() == GENESIS
        assert tx.audit.verify_chain() is None
    for number, days in enumerate([0, 0, 1]):
        write(database, number, days)
    with database.reading() as tx:
        rows = tx.connection.execute(select(audit).order_by(audit.c.id)).all()
        assert [row.number for row in rows] == [1, 2, 1]
        assert [row.previous_hash for row in rows] == [GENESIS, rows[0].hash, rows[1].hash]
        assert tx.audit.head() == rows[2].hash
        assert tx.audit.verify_chain() is None
        latest = tx.audit.latest(1)[0]
        assert (latest.actor, latest.action, latest.subject) == ("staff:7", "case.open", "submission:2")
        assert (latest.detail, latest.at) == ({"n": 2}, NOW + timedelta(days=1))


def test_a_clock_set_back_over_midnight_does_not_break_the_chain(database: Database) -> None:
    for number, days in enumerate([1, 0, 1]):
        write(database, number, days)
    with database.reading() as tx:
        assert tx.audit.verify_chain() is None


def test_a_line_goes_with_its_transaction(database: Database) -> None:
    with database.transaction() as tx:
        tx.audit.append("staff:7", "case.open", "submission:1", {}, NOW)
    with database.reading() as tx:
        assert tx.audit.latest(10) == []


@pytest.mark.parametrize(
    "change", [update(audit).values(actor="nobody"), delete(audit)], ids=["update", "delete"]
)
def test_the_database_refuses_to_change_what_was_written(database: Database, change: object) -> None:
    write(database, 1)
    with database.transaction() as tx, pytest.raises(DBAPIError, match="append only"):
        tx.connection.execute(change)  # type: ignore[call-overload]


@pytest.mark.parametrize(
    "values",
    [
        {"actor": "somebody else"},
        {"action": "case.close"},
        {"subject": "submission:9"},
        {"detail": '{"n":8}'},
        {"at": later(1)},
        {"hash": "f" * 64},
    ],
    ids=lambda values: next(iter(values)),
)
def test_a_changed_line_is_found(database: Database, values: dict[str, object]) -> None:
    ids = [write(database, number) for number in range(3)]
    allow_changes(database)
    with database.transaction() as tx:
        tx.connection.execute(update(audit).where(audit.c.id == ids[1]).values(values))
        fault = tx.audit.verify_chain()
        assert fault is not None
        assert fault.id == ids[1]


@pytest.mark.parametrize("missing", [0, 1])
def test_a_missing_line_is_found(database: Database, missing: int) -> None:
    ids = [write(database, number) for number in range(3)]
    allow_changes(database)
    with database.transaction() as tx:
        tx.connection.execute(delete(audit).where(audit.c.id == ids[missing]))
        fault = tx.audit.verify_chain()
        assert fault is not None
        assert fault.id == ids[missing + 1]


def test_many_writers_make_one_chain(database: Database) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: write(database, number), range(40)))
    with database.reading() as tx:
        assert len(tx.audit.latest(100)) == 40
        assert tx.audit.verify_chain() is None
