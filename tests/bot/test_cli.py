"""The `frontdoor` command: each word's help, its exit code, and what it says to an operator's mistake."""

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app, main
from bot.settings import ROOT
from flows.events import SubmissionFiled
from storage.database import Database
from storage.migrate import migrate
from storage.tables import audit, outbox
from storage.vault import Vault

WORDS = (
    *("serve", "chat", "check", "train", "parse", "evaluate"),
    *("export", "send-due", "purge", "bench", "unanswered"),
)
SECRET = "a secret that only tests know, 40 letters"
NOW = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in os.environ:
        if name.startswith(("FRONTDOOR", "TELEGRAM", "TWILIO", "PUBLIC_URL", "DATABASE_URL", "SECRET_KEY")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("FRONTDOOR_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("SECRET_KEY", SECRET)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "data"


def run(*arguments: str) -> tuple[int, str]:
    """Exit code and everything printed."""
    done = CliRunner().invoke(app, list(arguments))
    return done.exit_code, done.output


def run_main(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str
) -> tuple[int, str]:
    """The same through `main`, which turns an operator's mistakes into sentences."""
    monkeypatch.setattr(sys, "argv", ["frontdoor", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    code = ended.value.code
    printed = capsys.readouterr()
    return int(code or 0), printed.out + printed.err


@pytest.fixture
def database(data: Path) -> Database:
    """With two reports in Warwick and one in Rugby, a day apart."""
    data.mkdir()
    opened = Database(f"sqlite:///{data}/frontdoor.db", Vault(SECRET))
    migrate(opened)

    def fill(tx) -> None:
        kept = tx.conversations.open("web", "a", "web:a", NOW)
        for at, (reference, district) in enumerate(
            [("EN-0000-001", "warwick"), ("EN-0000-002", "warwick"), ("EN-0000-003", "rugby")]
        ):
            filed = SubmissionFiled(
                "encampment",
                1,
                reference,
                {"caravans": at, "details": "=1+1", "place": {"text": "the rec"}},
                {"phone": "+447700900123"},
                district=district,
                latitude=52.282111,
                longitude=-1.567891,
                certainty="sure",
            )
            tx.submissions.file(filed, kept, "en", NOW + timedelta(days=at))

    opened.run_blocking(fill)
    return opened


# Help


@pytest.mark.parametrize("word", WORDS)
def test_each_word_explains_itself(word):
    code, printed = run(word, "--help")
    assert code == 0
    assert "Usage:" in printed


def test_help_names_every_word():
    code, printed = run("--help")
    assert code == 0
    for word in WORDS:
        assert re.search(rf"\b{word}\b", printed), word


def test_help_is_quick_because_it_loads_nothing_heavy():
    found = subprocess.run(
        [sys.executable, "-c", "import sys, bot.cli; print(*sorted(sys.modules))"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    heavy = {
        "sqlalchemy",
        "telegram",
        "twilio",
        "starlette",
        "uvicorn",
        "dateparser",
        "alembic",
        "PIL",
        "xlsxwriter",
    }
    assert heavy.isdisjoint(found)


def test_an_unknown_word_or_option_is_refused():
    assert run("frobnicate")[0] == 2
    assert run("serve", "--prot", "1")[0] == 2


# Exports


@pytest.mark.parametrize("format", ["csv", "xlsx", "json", "geojson"])
def test_each_format_is_exported_with_its_dictionary_and_an_audit_line(database, tmp_path, format):
    file = tmp_path / f"out.{format}"
    code, printed = run("export", "encampment", "--format", format, "-o", str(file))
    assert code == 0, printed
    assert "3 submission(s)" in printed
    assert file.stat().st_size > 100
    assert "+447700900123" not in file.read_bytes().decode("utf-8", "ignore")
    with database.reading() as tx:
        assert len(tx.connection.execute(audit.select()).all()) >= 1


def test_exports_are_narrowed_by_day_and_district(database, tmp_path):
    file = tmp_path / "out.json"

    def references(*options: str) -> list[str]:
        code, printed = run("export", "encampment", "--format", "json", "-o", str(file), *options)
        assert code == 0, printed
        return [record["reference"][-1] for record in json.loads(file.read_text())["records"]]

    assert references() == ["1", "2", "3"]
    assert references("--since", "2026-11-04") == ["2", "3"]
    assert references("--until", "2026-11-05") == ["1", "2"]
    assert references("--district", "rugby") == ["3"]
    assert references("--since", "2026-11-04", "--district", "warwick") == ["2"]


def test_full_exports_need_a_reason_which_the_audit_keeps(database, tmp_path, monkeypatch, capsys):
    file = tmp_path / "out.csv"
    code, printed = run("export", "encampment", "--redact", "full", "-o", str(file))
    assert code == 1
    assert "reason" in printed
    assert not file.exists()
    code, _ = run("export", "encampment", "--redact", "full", "--reason", "audit of case 5", "-o", str(file))
    assert code == 0
    assert "07700 900123" in file.read_text(encoding="utf-8-sig")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("circus",), "encampment"),
        (("encampment", "--format", "pdf"), "geojson"),
        (("encampment", "--redact", "some"), "standard"),
    ],
)
def test_a_mistake_in_an_export_is_told_with_what_there_is(database, arguments, told):
    code, printed = run("export", *arguments)
    assert code in (1, 2)
    assert told in printed
    assert "Traceback" not in printed


@pytest.mark.parametrize("place", ["not_there/out.csv", "data"], ids=["no folder", "a folder"])
def test_a_place_an_export_cannot_be_written_to_is_named(database, place):
    code, printed = run("export", "encampment", "-o", place)
    assert code == 1
    assert f"{place} cannot be written" in printed


def test_a_time_that_is_none_is_refused(database):
    assert run("export", "encampment", "--since", "yesterdayish")[0] == 2


# The others


def test_check_passes_on_what_is_here(data):
    code, printed = run("check")
    assert code == 0, printed
    assert "All good" in printed


def test_purge_says_what_it_let_go_of(database):
    code, printed = run("purge")
    assert code == 0
    assert "messages" in printed
    assert "conversations" in printed


def test_send_due_with_nothing_due(database):
    code, printed = run("send-due")
    assert code == 0
    assert "0 message(s)" in printed


def test_send_due_sends_what_is_promised(database, monkeypatch):
    from fake_telegram import FakeTelegram

    def promise(tx) -> None:
        kept = tx.conversations.open("telegram", "7", "telegram:7", NOW)
        for number in range(8):
            body = {"method": "sendMessage", "params": {"text": f"m{number}"}}
            tx.outbox.add(f"k{number}", kept.id, "telegram:7", "telegram", "7", body, 1, "resend", False, NOW)

    database.run_blocking(promise)
    with FakeTelegram() as telegram:
        monkeypatch.setenv("TELEGRAM_TOKEN", telegram.token)
        monkeypatch.setenv("TELEGRAM_API_URL", telegram.url)
        code, printed = run("send-due")
        sent = [message["text"] for message in telegram.sent_to(7)]
    assert (code, sent) == (0, [f"m{number}" for number in range(8)])
    assert "8 message(s)" in printed
    with database.reading() as tx:
        assert {row.state for row in tx.connection.execute(outbox.select())} == {"sent"}


@pytest.mark.parametrize(
    ("environ", "arguments", "told"),
    [
        ({"PUBLIC_URL": "nowhere"}, ("purge",), "PUBLIC_URL"),
        ({"SECRET_KEY": "short"}, ("purge",), "SECRET_KEY"),
        ({"DATABASE_URL": "mysql://user:hunter2@host/x"}, ("purge",), "DATABASE_URL"),
        ({"DATABASE_URL": "hunter2 is no address"}, ("purge",), "DATABASE_URL"),
        ({"FRONTDOOR_DATA": "/proc/nowhere"}, ("purge",), "FRONTDOOR_DATA"),
        ({"TWILIO_AUTH_TOKEN": "hunter2"}, ("serve",), "TWILIO_ACCOUNT_SID"),
        ({}, ("serve", "--telegram-polling"), "TELEGRAM_TOKEN"),
        ({}, ("chat", "--url", "http://127.0.0.1:9"), "127.0.0.1:9"),
        ({}, ("chat", "--url", "no address"), "no address"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_an_operators_mistake_is_one_sentence(data, monkeypatch, capsys, environ, arguments, told):
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    code, printed = run_main(monkeypatch, capsys, *arguments)
    assert code == 1
    assert told in printed
    assert "Traceback" not in printed
    assert "hunter2" not in printed


def test_a_locked_database_is_one_sentence(database, monkeypatch, capsys):
    import sqlite3

    monkeypatch.setattr("storage.migrate.PATIENCE_SECONDS", 0.2)
    other = sqlite3.connect(str(database.url.database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    code, printed = run_main(monkeypatch, capsys, "purge")
    other.close()
    assert code == 1
    assert "locked" in printed
