"""A record for the commands of staff to work on, and the commands run as somebody would type them."""

import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.cli import app
from flows.events import SubmissionFiled
from flows.references import make_reference
from storage.conversations import KeptConversation, conversation_key
from storage.database import Database, Transaction
from storage.migrate import migrate
from storage.vault import Vault

SECRET = "a secret that only tests know, 40 letters"
PHONE = "+447700900123"


def now() -> datetime:
    return datetime.now(UTC)


def ref(number: int, prefix: str = "EN") -> str:
    return make_reference(prefix, number)


def open_desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """An empty record that the commands find too, wide enough a window, and a user called operator."""
    for name in os.environ:
        if name.startswith(("FRONTDOOR", "TELEGRAM", "TWILIO", "PUBLIC_URL", "DATABASE_URL", "SECRET_KEY")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("FRONTDOOR_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("SECRET_KEY", SECRET)
    monkeypatch.setenv("COLUMNS", "220")
    monkeypatch.setenv("USER", "operator")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    database = Database(f"sqlite:///{tmp_path}/data/frontdoor.db", Vault(SECRET))
    migrate(database)
    return database


def run(*arguments: str) -> tuple[int, str]:
    """Exit code and everything printed, without the frames around it."""
    done = CliRunner().invoke(app, list(arguments))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, " ".join(re.sub("[│╭╮╰╯─┃━]", " ", done.output).split())


def run_json(*arguments: str) -> Any:
    """What `--json` prints, and nothing else may be printed there."""
    done = CliRunner().invoke(app, [*arguments, "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def chat(tx: Transaction, address: str = PHONE) -> KeptConversation:
    return tx.conversations.open("sms", address, conversation_key(tx.vault, "sms", address), now())


def file(database: Database, reference: str, days_ago: float = 0, **different: Any) -> str:
    values: dict[str, Any] = {
        "form": "encampment",
        "form_version": 1,
        "answers": {"caravans": 6, "gate": True, "seen": ["waste", "noise"], "place": {"text": "the [rec]"}},
        "personal": {"name": "Grace Hopper"},
        "district": "warwick",
        "latitude": 52.28211,
        "longitude": -1.56789,
        "wants_news": True,
    }
    with database.transaction() as tx:
        filed = SubmissionFiled(reference=reference, **(values | different))
        id = tx.submissions.file(filed, chat(tx), "en", now() - timedelta(days=days_ago))
        tx.commit()
    return id


def read(database: Database, what: Callable[[Transaction], Any]) -> Any:
    with database.reading() as tx:
        return what(tx)


@dataclass(frozen=True)
class Line:
    """One line of the audit."""

    actor: str
    action: str
    subject: str


def audit(database: Database) -> list[Line]:
    """The oldest first."""
    lines = reversed(read(database, lambda tx: tx.audit.latest(99)))
    return [Line(line.actor, line.action, line.subject) for line in lines]
