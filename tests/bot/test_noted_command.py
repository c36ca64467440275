"""Every command on consultations leaves a line in the audit, and leaves it before it does anything."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from desk import open_desk, read, run

from bot.cli import app
from bot.noted_command import ACTION
from storage.database import Database

# What a command has to be given; the words of the last ones must not come into the audit.
GIVEN = {
    "id": "precept_2027",
    "question": "comment",
    "code": "lights",
    "source": "paper",
    "answers": __file__,
    "output": "out.svg",
    "kind": "reach",
    "into": "paths",
    "name": "SECRET",
    "meaning": "SECRET",
    "text": "SECRET",
}


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    record = open_desk(tmp_path, monkeypatch)
    yield record
    record.dispose()


def commands_of(group: Any, *path: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, each in group.commands.items():
        if hasattr(each, "commands"):
            yield from commands_of(each, *path, name)
        else:
            yield (*path, name), each


def arguments_of(command: Any) -> list[str]:
    told = ["--as", "Ada"]
    for each in command.params:
        if each.required and each.name is not None:
            name = [] if each.param_type_name == "argument" else [each.opts[0]]
            told += [*name, GIVEN[each.name]]
    return told


def test_every_command_on_consultations_is_in_the_audit_before_it_begins(database: Database):
    root: Any = typer.main.get_command(app)
    seen = []
    for path, command in commands_of(root.commands["consultation"]):

        def begin(path=path, **_: object) -> None:
            seen.append((path, read(database, lambda tx: tx.audit.latest(1))))

        command.callback = begin
        root.main(["consultation", *path, *arguments_of(command)], "frontdoor", standalone_mode=False)
    assert len(seen) == 19
    for path, lines in seen:
        [line] = lines or [None]
        assert line is not None and line.actor == "Ada" and line.action == ACTION, path
        assert line.detail["command"] == " ".join(path)
        assert line.subject == ("consultations" if path == ("list",) else "consultation:precept_2027"), path
        assert "SECRET" not in str(line.detail), path


def test_what_was_asked_for_is_there_though_it_was_refused(database: Database):
    code, _ = run("consultation", "results", "precept_2027", "-o", "out.html")
    assert code == 1 and not Path("out.html").exists()
    [line] = read(database, lambda tx: tx.audit.latest(5))
    assert (line.actor, line.subject) == ("operator (command)", "consultation:precept_2027")
    assert line.detail == {"command": "results", "given": ["id", "output"]}


def test_what_is_no_id_is_not_written_down(database: Database):
    run("consultation", "results", "Ann of Dunchurch", "-o", "out.html")
    [line] = read(database, lambda tx: tx.audit.latest(5))
    assert (line.subject, line.detail["command"]) == ("consultations", "results")
