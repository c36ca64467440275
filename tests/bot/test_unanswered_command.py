"""`frontdoor unanswered`: staff read the board, take it out with a reason, and settle what they have read."""

import json
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from bot.cli import app
from storage.database import Database
from storage.migrate import migrate
from storage.unanswered_export import one_line
from storage.vault import Vault

SECRET = "a secret that only tests know, 40 letters"
NOW = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
RANKING = (("ask/bicycle_theft", 0.31), ("report_crime", 0.28))
# id, reason, words, chosen, ranking
BOARD = [
    ("aaaa1111", "unsure", "bike thing [red] - gone", None, RANKING),
    ("aaaa2222", "unsure", "bike thing [red] - gone", None, RANKING),
    ("bbbb1111", "corrected", "my names <name>: what now", "report_crime", RANKING),
    ("cccc1111", "corrected", "# none of it", None, RANKING),
    ("dddd1111", "no_entry", "nighthawks about", None, (("ask/nighthawking", 1.0),)),
    ("eeee1111", "no_model", "", None, ()),
]


@pytest.fixture
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A board with six messages, a day apart."""
    for name in os.environ:
        if name.startswith(("FRONTDOOR", "TELEGRAM", "TWILIO", "PUBLIC_URL", "DATABASE_URL", "SECRET_KEY")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("FRONTDOOR_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("SECRET_KEY", SECRET)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    database = Database(f"sqlite:///{tmp_path}/data/frontdoor.db", Vault(SECRET))
    migrate(database)
    with database.transaction() as tx:
        for day, (id, reason, words, chosen, ranking) in enumerate(BOARD):
            at = NOW + timedelta(days=day)
            tx.unanswered.add("web", reason, ranking, at, text=words, chosen=chosen, id=id + "0" * 24)
        tx.commit()
    return database


def run(*arguments: str) -> tuple[int, str]:
    """Exit code and everything printed, without the frames around it."""
    done = CliRunner().invoke(app, ["unanswered", *arguments])
    return done.exit_code, " ".join(re.sub("[│╭╮╰╯─┃━]", " ", done.output).split())


def export(file: str, *options: str) -> str:
    code, printed = run("export", "-o", file, "--reason", "new examples", *options)
    assert code == 0, printed
    return Path(file).read_text(encoding="utf-8")


def audit_of(database: Database) -> list[tuple[str, str, dict]]:
    with database.reading() as tx:
        return [(line.action, line.subject, line.detail) for line in reversed(tx.audit.latest(99))]


@pytest.mark.parametrize("word", ["list", "export", "done"])
def test_each_word_explains_itself(word):
    code, printed = run(word, "--help")
    assert code == 0
    assert "Usage:" in printed


# list


def test_the_list_shows_what_waits_newest_first(board):
    code, printed = run("list")
    assert code == 0, printed
    assert re.findall(r"\b[a-e]{4}\d{4}\b", printed) == [row[0] for row in reversed(BOARD)]
    for shown in (
        "bike thing [red] - gone",
        "my names <name>: what now",
        "corrected",
        "ask/bicycle_theft 31%",
    ):
        assert shown in printed
    assert "03 Nov 2026 09:00" in printed
    assert "(not kept)" in printed
    assert "6 message(s)" in printed


def test_who_read_the_list_is_in_the_audit(board):
    assert run("list", "--limit", "2")[0] == 0
    assert audit_of(board) == [("unanswered.list", "unanswered", {"count": 2})]


def test_the_list_can_be_short_and_can_show_what_is_settled(board):
    assert run("done", "aaaa1111", "--dismissed")[0] == 0
    assert "aaaa1111" not in run("list")[1]
    assert "dismissed" in run("list", "--all")[1]
    assert "1 message(s)" in run("list", "--limit", "1")[1]


def test_a_narrow_window_cuts_nothing_off(board, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("FORCE_COLOR", "1")  # as if it were a window
    printed = run("list")[1]
    assert "…" not in printed
    assert "aaaa1111" in printed


def test_another_key_does_not_open_the_board_and_says_so(board, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "another secret of forty letters or so ....")
    code, printed = run("list")
    assert code == 2
    assert "SECRET_KEY" in printed
    assert "bike" not in printed


# export


def test_nothing_in_the_file_trains_as_it_is(board):
    written = export("out.yml")
    assert all(line.startswith("#") for line in written.splitlines())
    assert yaml.safe_load(written) is None
    assert "How: read each message" in written


def test_with_the_marks_taken_away_it_is_a_training_file(board):
    written = export("out.yml")
    training = yaml.safe_load(re.sub("^# ", "", written, flags=re.MULTILINE))
    assert training["version"] == "3.1"
    assert [(g["intent"], g["examples"].splitlines()) for g in training["nlu"]] == [
        ("report_crime", ["- my names <name>: what now"]),
        ("ask.bicycle_theft", ["- bike thing (red) - gone"]),
        ("ask.nighthawking", ["- nighthawks about"]),
        ("to_be_decided", ["- # none of it"]),
    ]


def test_each_group_says_how_it_came_about_and_how_to_settle_it(board):
    written = export("out.yml")
    assert written.index("Chosen by the citizen") < written.index("Only the model's guess")
    assert "## frontdoor unanswered done aaaa1111 aaaa2222\n" in written
    assert "eeee1111" not in written, "it has no words"
    ids = re.findall(r"^## frontdoor unanswered done (.*)$", written, flags=re.MULTILINE)
    assert run("done", *" ".join(ids).split())[0] == 0
    assert [line for line in export("again.yml").splitlines() if " - " in line] == []


def test_json_lines_hold_all_there_is(board):
    lines = [json.loads(line) for line in export("out.jsonl", "--format", "jsonl").splitlines()]
    assert len(lines) == 5
    assert lines[2] == {
        "id": "bbbb1111" + "0" * 24,
        "at": "2026-11-05T09:00:00+00:00",
        "channel": "web",
        "language": "en",
        "reason": "corrected",
        "text": "my names <name>: what now",
        "chosen": "report_crime",
        "ranking": [
            {"label": "ask/bicycle_theft", "confidence": 0.31},
            {"label": "report_crime", "confidence": 0.28},
        ],
    }


def test_an_export_is_narrowed_by_day(board):
    written = export("out.jsonl", "--format", "jsonl", "--since", "2026-11-04", "--until", "2026-11-06")
    assert [json.loads(line)["id"][:8] for line in written.splitlines()] == ["aaaa2222", "bbbb1111"]


def test_each_export_leaves_a_line_in_the_audit_without_words(board):
    export("out.yml", "--since", "2026-11-04")
    [(action, subject, detail)] = audit_of(board)
    assert (action, subject) == ("export", "unanswered")
    assert detail == {
        "format": "yaml",
        "count": 4,
        "reason": "new examples",
        "since": "2026-11-04T00:00:00+00:00",
        "until": "",
    }


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("-o", "out.yml"), "--reason"),
        (("-o", "out.yml", "--reason", "  "), "needs a reason"),
        (("--reason", "r"), "--output"),
        (("-o", "out.yml", "--reason", "r", "--format", "pdf"), "jsonl"),
        (("-o", "kept.yml", "--reason", "r"), "choose another name"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_mistake_in_an_export_writes_nothing(board, arguments, told):
    Path("kept.yml").write_text("somebody's work")
    code, printed = run("export", *arguments)
    assert code == 2
    assert told in printed
    assert "Traceback" not in printed
    assert Path("kept.yml").read_text() == "somebody's work"
    assert sorted(path.name for path in Path().iterdir()) == ["data", "kept.yml"]
    assert audit_of(board) == []


def test_an_export_is_in_the_audit_before_a_word_is_written(board):
    code, printed = run("export", "-o", "no_such_folder/out.yml", "--reason", "r")
    assert code == 2 and "no_such_folder" in printed
    assert [(action, detail["reason"]) for action, _, detail in audit_of(board)] == [("export", "r")]


@given(st.text(max_size=80))
def test_no_words_can_break_out_of_their_line(text):
    line = one_line(text)
    assert len(f"#     - {line}".splitlines()) == 1
    assert not set("[]") & set(line)
    assert not line.startswith("/")


# done


def test_what_is_settled_leaves_the_list_and_its_words_are_gone(board):
    code, printed = run("done", "bbbb1111", "cccc1111" + "0" * 24)
    assert code == 0, printed
    assert "2 message(s) used" in printed
    with board.reading() as tx:
        settled = {m.id[:8]: (m.status, m.text) for m in tx.unanswered.latest(9)}
    assert settled["bbbb1111"] == settled["cccc1111"] == ("used", "")
    assert settled["aaaa1111"] == ("new", "bike thing [red] - gone")
    assert [(action, subject[:8]) for action, subject, _ in audit_of(board)] == [
        ("unanswered.used", "bbbb1111"),
        ("unanswered.used", "cccc1111"),
    ]


@pytest.mark.parametrize(
    ("id", "told"),
    [
        ("ffff0000", "No message begins"),
        ("aaaa", "More than one"),
        ("aa", "No message"),
        ("%%%%", "No message"),
    ],
)
def test_an_id_that_is_not_one_changes_nothing(board, id, told):
    code, printed = run("done", "bbbb1111", id)
    assert code == 2
    assert told in printed
    with board.reading() as tx:
        assert {m.status for m in tx.unanswered.latest(9)} == {"new"}
    assert audit_of(board) == []
