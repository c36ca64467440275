"""`frontdoor consultation code`, `codebook` and `agreement` as staff type them."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest
from desk import audit, open_desk, run, run_json

from bot.noted_command import ACTION
from bot.settings import ROOT
from flows.content import load_content
from flows.events import ResponseGiven
from staff.consulting.operations import ConsultationDesk
from storage.database import Database
from storage.responses import PSEUDONYMOUS, Respondent

PRECEPT = "precept_2027"
QUESTION = "comment"
WHERE = (PRECEPT, QUESTION)


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A record with two answers in own words."""
    record = open_desk(tmp_path, monkeypatch)
    content = load_content(ROOT / "flows", ROOT / "county")
    opens = content.consultations[PRECEPT].opens
    at = datetime(opens.year, opens.month, opens.day, 9, tzinfo=UTC)
    ConsultationDesk(record, content).open(PRECEPT, actor="operator", now=at)
    with record.transaction() as tx:
        for person, words in (("p1", "More police in [bold]Rugby[/bold]"), ("p2", "Pensions are small")):
            given = ResponseGiven(PRECEPT, 1, {"change": "same"}, {QUESTION: words})
            tx.responses.give(given, Respondent.of(PSEUDONYMOUS, person, ""), "web", at)
        tx.commit()
    return record


def test_answers_are_coded_and_coders_compared(database: Database, tmp_path: Path):
    add = ("consultation", "codebook", "add", *WHERE)
    meaning = ("--meaning", "Says that money is short")
    assert run_json(*add, "money", "--name", "Money", *meaning) == {"version": 1}
    code, told = run(*add, "police", "--name", "Police", "--meaning", "Asks for more police", "--theme", "T1")
    assert code == 1 and "There is no theme T1. There are: none; find them first." in told
    code, told = run("consultation", "codebook", "split", *WHERE, "money", "--into", "tax")
    assert code == 1 and "ID=NAME: MEANING" in told
    file = tmp_path / "answers.csv"
    code, told = run("consultation", "code", *WHERE, "--export", str(file), "--only", "uncoded")
    assert code == 0 and "has 2 answer(s) to code" in told
    with file.open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.DictReader(opened))
    for coder, said in (("Bea", ("none", "money")), ("Cy", ("money", "money"))):
        file.write_text(
            "id,codes\n" + "".join(f"{r['id']},{c}\n" for r, c in zip(rows, said, strict=True)),
            encoding="utf-8",
        )
        arguments = ("consultation", "code", *WHERE, "--import", str(file), "--coder", coder)
        assert run_json(*arguments) == {"answers": 2, "coder": coder}
    code, told = run("consultation", "agreement", *WHERE)
    assert code == 0 and "2 answer(s) coded by both" in told and rows[0]["answer"] in told
    assert "Bea: none; Cy: money" in told and "1 answer(s) to settle. Agree on them" in told
    code, told = run("consultation", "code", *WHERE)
    assert code == 0 and "1 agreed, 1 disputed" in told and "Coders: Bea 2, Cy 2." in told
    assert [line.action for line in audit(database) if line.action != ACTION][-4:] == [
        "answers.given_to_code",
        "answers.coded",
        "answers.coded",
        "coders.compared",
    ]
    code, told = run("consultation", "code", *WHERE, "--import", str(file))
    assert code == 1 and "--coder" in told


@pytest.mark.slow
def test_themes_of_few_answers_are_none(database: Database):
    found = run_json("consultation", "themes", *WHERE)
    assert (found["answers"], found["themes"], found["rest"]) == (2, [], 2)
    code, told = run("consultation", "themes", *WHERE)
    assert code == 0 and "0 theme(s) in 2 answers" in told
