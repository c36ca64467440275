"""`frontdoor consultation` as staff type it."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from desk import audit, open_desk, read, run, run_json

from bot import consultation_command
from bot.noted_command import ACTION
from bot.settings import ROOT
from flows.content import load_content
from staff.consulting.operations import ConsultationDesk
from storage.database import Database

PRECEPT = "precept_2027"


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A record in which the precept survey was opened on its first day; that day is today for the commands."""
    record = open_desk(tmp_path, monkeypatch)
    content = load_content(ROOT / "flows", ROOT / "county")
    opens = content.consultations[PRECEPT].opens
    at = datetime(opens.year, opens.month, opens.day, 9, tzinfo=UTC)
    ConsultationDesk(record, content).open(PRECEPT, actor="operator", now=at)
    monkeypatch.setattr(consultation_command, "now", lambda: at)
    return record


def test_it_is_listed_and_cannot_be_opened_twice(database: Database):
    rows = {row["id"]: row for row in run_json("consultation", "list")}
    assert {row["version"] for row in rows.values()} == {1} and len(rows) >= 3
    assert rows[PRECEPT]["opened_by"] == "operator" and not rows[PRECEPT]["changed"]
    code, told = run("consultation", "list")
    assert code == 0 and "Police part of council tax" in told
    code, told = run("consultation", "open", PRECEPT)
    assert code == 1 and "open already, as version 1" in told
    code, told = run("consultation", "open", "nothing")
    assert code == 1 and f"There are: {', '.join(sorted(rows))}" in told


def test_paper_is_typed_in_exported_and_closed(database: Database, tmp_path: Path):
    file = tmp_path / "paper.csv"
    file.write_text("number,home,age,change\n1,Rugby,from_25,plus_10\n2,CV34,70,same\n", encoding="utf-8")
    arguments = ("consultation", "enter", PRECEPT, "--source", "paper", "--answers", str(file))
    assert run_json(*arguments) == {"new": 2, "changed": 0, "equality": 0}
    file.write_text("number,home,age,change\n1,Rugby,from_25,twenty\n", encoding="utf-8")
    code, told = run(*arguments)
    assert code == 1 and "row 2, change: one of less, same, plus_5" in told
    out = tmp_path / "answers.json"
    arguments = ("export", "responses", "--consultation", PRECEPT, "--format", "json", "-o", str(out))
    assert run(*arguments) == (0, f"2 response(s) in {out}.")
    records = json.loads(out.read_text(encoding="utf-8"))["records"]
    assert {(r["channel"], r["district"], r["change"]) for r in records} == {
        ("paper", "rugby", "plus_10"),
        ("paper", "warwick", "same"),
    }
    code, told = run("export", "responses")
    assert code == 1 and "--consultation ID" in told
    code, told = run("export", "responses", "--consultation", PRECEPT, "-o", "not_there/out.csv")
    assert code == 1 and "not_there/out.csv cannot be written" in told
    assert run_json("consultation", "close", PRECEPT, "--as", "Eve") == {"id": PRECEPT, "responses": 2}
    code, told = run("consultation", "close", PRECEPT)
    assert code == 1 and "closed already" in told
    assert [(line.actor, line.action) for line in audit(database) if line.action != ACTION] == [
        ("operator", "consultation.opened"),
        ("operator (command)", "responses.entered"),
        ("operator (command)", "export"),
        ("operator (command)", "export"),
        ("Eve", "consultation.closed"),
    ]


def test_the_ledger_is_written_and_read(database: Database):
    add = ("consultation", "ledger", "add", PRECEPT)
    run_json(*add, "--kind", "reach", "--text", "Stalls in five towns")
    run_json(*add, "--kind", "considered", "--text", "More patrols", "--theme", "t1", "--theme", "t2")
    code, told = run(*add, "--kind", "considered", "--text", "Why?")
    assert code == 1 and "Which theme" in told
    code, told = run("consultation", "ledger", "list", PRECEPT)
    assert code == 0 and "Stalls in five towns" in told and "t1, t2" in told
    pages = [Path("ledger.pdf"), Path("ledger.html")]
    code, told = run("consultation", "ledger", "show", PRECEPT, "--pdf", str(pages[0]), "-o", str(pages[1]))
    assert code == 0, told
    assert pages[0].read_bytes().startswith(b"%PDF") and "Stalls in five towns" in pages[1].read_text()


def test_figures_leave_when_it_is_closed_and_open_data_with_the_page_or_after_it(
    database: Database, tmp_path: Path
):
    show, folder = ("consultation", "results", PRECEPT), tmp_path / "open"
    for way in (("--publish",), ("--csv-folder", str(folder))):
        code, told = run(*show, *way)
        assert code == 1 and "can still be answered" in told
    code, told = run(*show, "-o", str(tmp_path / "look.html"))
    assert code == 0 and "For staff." in (tmp_path / "look.html").read_text(encoding="utf-8")
    run("consultation", "close", PRECEPT)
    code, told = run(*show, "--csv-folder", str(folder))
    assert code == 1 and "take it with --publish" in told and not folder.exists()
    told = run_json(*show, "--publish", "--csv-folder", str(folder), "-o", str(tmp_path / "page.html"))
    assert told["published"] == f"/consultations/{PRECEPT}"
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "For staff." not in page and "so far" not in page and "stay as they are" in page
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert run(*show, "--csv-folder", str(folder))[0] == 0
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == first
    census = tmp_path / "census.csv"
    census.write_text("any", encoding="utf-8")
    code, told = run(*show, "--census", str(census))
    assert code == 1 and "leave --census out" in told


def test_a_code_for_a_poster_is_drawn(database: Database, tmp_path: Path):
    out = tmp_path / "qr.svg"
    told = run_json("consultation", "qr", PRECEPT, "-o", str(out), "--url", "https://door.example")
    assert told["link"] == f"https://door.example/?start=ask_{PRECEPT}" and out.exists()
    code, words = run("consultation", "qr", PRECEPT, "-o", str(out))
    assert code == 1 and "PUBLIC_URL" in words


def test_a_file_is_checked_by_line(database: Database):
    code, told = run("consultation", "check", PRECEPT)
    assert code == 0 and "It may be opened" in told
    code, told = run("consultation", "check", "nothing")
    assert code == 1 and "There is no consultation nothing" in told


def test_nothing_is_opened_that_never_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    record = open_desk(tmp_path, monkeypatch)
    for arguments in (("close",), ("ledger", "list")):
        code, told = run("consultation", *arguments, PRECEPT)
        assert code == 1 and "was never opened" in told
    assert read(record, lambda tx: tx.consultations.standing()) == ()
