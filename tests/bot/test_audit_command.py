"""`frontdoor audit`: the latest lines, and what is wrong with any of them."""

import pytest
from desk import Line, audit, now, open_desk, run, run_json
from sqlalchemy import text

from storage.database import Database


@pytest.fixture
def record(tmp_path, monkeypatch):
    database = open_desk(tmp_path, monkeypatch)
    with database.transaction() as tx:
        for case in ("case 1", "case 2"):
            tx.audit.append("ada", "case.note", case, {"event": 7}, now())
        tx.commit()
    yield database
    database.dispose()


def tamper(database: Database, statement: str) -> None:
    """As somebody might who has the file of the database itself."""
    with database.transaction() as tx:
        triggers = tx.connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
        for name in triggers.scalars().all():
            if "audit" in name:
                tx.connection.execute(text(f"DROP TRIGGER {name}"))
        tx.connection.execute(text(statement))
        tx.commit()


def test_the_latest_lines_are_listed_and_that_somebody_looked(record):
    code, printed = run("audit", "--as", "eve", "--limit", "2")
    assert code == 0, printed
    assert printed.index("eve audit.checked") < printed.index('ada case.note case 2 {"event": 7}')
    assert "case 1" not in printed
    assert audit(record)[-1] == Line("eve", "audit.checked", "audit")


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit SET actor = 'bob' WHERE id = 1", "DELETE FROM audit WHERE id = 1"],
    ids=["changed", "taken out"],
)
def test_a_line_that_was_changed_or_taken_out_is_told(record, statement):
    assert run_json("audit")["fault"] is None
    tamper(record, statement)
    code, printed = run("audit")
    assert code == 1 and "is not whole. Line " in printed


def test_a_head_noted_earlier_shows_what_was_cut_off_at_the_end(record):
    head = run_json("audit")["head"]
    assert run("audit", "--noted", head)[0] == 0
    tamper(record, "DELETE FROM audit WHERE id > 2")
    assert run("audit")[0] == 0
    code, printed = run("audit", "--noted", head)
    assert code == 1 and "cut off at its end" in printed
