"""Answers as files: everybody's choices at the open level, who answered and masked words at the standard one."""

import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from consultation_samples import a_consultation

from flows.consultations import questionnaire_hash
from flows.events import ResponseGiven
from staff.consulting.responses_export import export_responses
from staff.errors import StaffError
from storage.database import Database, Transaction
from storage.responses import PSEUDONYMOUS, Respondent

NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
BUDGET = {
    "id": "shares",
    "kind": "budget",
    "title": "Shares",
    "ask": "Share 100 pounds out.",
    "options": [{"value": "roads", "label": "Roads"}, {"value": "parks", "label": "Parks"}],
}


def fill(tx: Transaction) -> None:
    file = a_consultation()
    file = type(file).model_validate(
        file.model_dump(mode="json") | {"questions": [*file.model_dump(mode="json")["questions"], BUDGET]}
    )
    told = file.model_dump(mode="json")
    tx.consultations.open("parks", 1, told, questionnaire_hash(file), "ada", NOON)
    for number in range(3):
        given: dict[str, Any] = {
            "answers": {"home": {"district": "rugby"}, "first": ["lights", "paths"], "police": number == 0},
            "texts": {"why": f"=Ring {number} me"},
            "district": "rugby",
            "is_police": number == 0,
        }
        if number == 2:
            given["answers"] |= {"shares": {"roads": 100}}
        who = Respondent.of(PSEUDONYMOUS, f"p{number}", "")
        tx.responses.give(ResponseGiven("parks", 1, **given), who, "web", NOON)
    tx.responses.withdraw("parks", Respondent.of(PSEUDONYMOUS, "p1", ""), NOON)


def export(database: Database, out: Path, **different: Any) -> int:
    values: dict[str, Any] = {
        "format": out.suffix[1:],
        "who": "ada",
        "now": NOON,
        "mask": lambda text: text.replace("Ring", "<x>"),
    }
    return export_responses(database, "parks", out=out, **(values | different))


@pytest.fixture
def filled(sqlite_database: Database) -> Database:
    sqlite_database.run_blocking(fill)
    return sqlite_database


def test_the_open_level_has_choices_alone(filled: Database, tmp_path: Path):
    assert export(filled, tmp_path / "open.json", redact="open") == 2
    told = json.loads((tmp_path / "open.json").read_text(encoding="utf-8"))
    assert [column["column"] for column in told["dictionary"]] == [
        "version",
        "first",
        "shares_roads",
        "shares_parks",
    ]
    assert {(r["first"], r["shares_roads"], r["shares_parks"]) for r in told["records"]} == {
        ("lights; paths", None, None),
        ("lights; paths", 100, 0),
    }
    assert told["export"]["form"] == "responses to parks"


def test_the_standard_level_has_masked_words_and_full_ones_need_a_reason(filled: Database, tmp_path: Path):
    export(filled, tmp_path / "some.csv")
    with (tmp_path / "some.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["why"] for row in rows} == {"'=<x> 0 me", "'=<x> 2 me"}
    assert {(row["home"], row["district"], row["is_police"]) for row in rows} == {
        ("rugby", "rugby", "yes"),
        ("rugby", "rugby", "no"),
    }
    with (tmp_path / "some.dictionary.csv").open(encoding="utf-8-sig", newline="") as file:
        assert ["first", "", "", "", "paths", "Better paths"] in list(csv.reader(file))
    with pytest.raises(ValueError, match="needs a reason"):
        export(filled, tmp_path / "all.xlsx", redact="full")
    export(filled, tmp_path / "all.xlsx", redact="full", reason="coding")
    sheet = openpyxl.load_workbook(tmp_path / "all.xlsx").worksheets[0]
    assert sheet.max_row == 3
    with filled.reading() as tx:
        [last, first] = tx.audit.latest(2)
    assert (first.subject, last.detail["reason"], last.detail["count"]) == ("responses:parks", "coding", 2)


def test_there_is_no_map_and_nothing_of_what_never_opened(filled: Database, tmp_path: Path):
    with pytest.raises(ValueError, match="no place on a map"):
        export(filled, tmp_path / "x.geojson")
    with pytest.raises(StaffError, match="never opened"):
        export_responses(
            filled, "nothing", format="csv", out=tmp_path / "x.csv", who="ada", now=NOON, mask=str
        )
    assert list(tmp_path.glob("*x.*")) == []


def test_its_line_is_in_the_audit_before_a_word_is_written(filled: Database, tmp_path: Path):
    def full_disk(_: str) -> str:
        raise OSError("No space left on device")

    with pytest.raises(OSError, match="No space"):
        export_responses(
            filled, "parks", format="csv", out=tmp_path / "x.csv", who="ada", now=NOON, mask=full_disk
        )
    with filled.reading() as tx:
        [line] = tx.audit.latest(1)
    assert (line.actor, line.action, line.subject) == ("ada", "export", "responses:parks")
    assert list(tmp_path.glob("*x.*")) == []
