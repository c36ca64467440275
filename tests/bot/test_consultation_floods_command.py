"""`frontdoor consultation floods`, as staff type it."""

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from desk import now, open_desk, run, run_json

from bot.settings import ROOT
from flows.consultations import load_consultations, questionnaire_hash
from flows.events import ResponseGiven
from storage.database import Database, Transaction
from storage.responses import Respondent

LETTER = "Please put lights along the canal path, where my children walk home from school in winter."


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    return open_desk(tmp_path, monkeypatch)


def give(tx: Transaction, number: int, words: str, change: str, at: datetime) -> None:
    texts = {"comment": words} if words else {}
    event = ResponseGiven("precept_2027", 1, {"age": "from_25", "change": change}, texts, seconds=80)
    tx.responses.give(event, Respondent("person", f"p{number}"), "sms", at)


def test_a_group_is_shown_with_its_figures_and_counted_apart_with_a_reason(record: Database):
    precept = load_consultations(ROOT / "county")["precept_2027"]

    def fill(tx: Transaction) -> None:
        asked = precept.model_dump(mode="json")
        tx.consultations.open(precept.id, 1, asked, questionnaire_hash(precept), "ada", now())
        for number in range(12):
            is_letter = number < 6
            at = now() - timedelta(hours=number)
            give(tx, number, LETTER if is_letter else "", "less" if is_letter else "same", at)

    record.run_blocking(fill)
    code, told = run("consultation", "floods", "precept_2027")
    assert code == 0
    assert "same words strong 6" in told
    assert "12 answers looked at" in told
    assert "change less 50.0% 0.0%" in told
    group = re.search(r"([0-9a-f]{10}) same words", told)[1]
    code, told = run("consultation", "floods", "precept_2027", "--apart", group[:5])
    assert (code, "--why" in told) == (1, True)
    code, told = run("consultation", "floods", "precept_2027", "--apart", group[:5], "--why", "One letter")
    assert (code, "6 answers are counted apart" in told) == (0, True)
    assert run_json("consultation", "floods", "precept_2027", "--no-words")["apart"] == [group]
    with record.reading() as tx:
        audit = [(row.actor, row.action) for row in tx.audit.latest(10)]
        assert tx.responses.count("precept_2027") == 12
    assert ("operator (command)", "flood.counted_apart") in audit
    assert ("operator (command)", "floods.looked") in audit
