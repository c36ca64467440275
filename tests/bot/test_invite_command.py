"""`frontdoor invite`: custody visitors are invited by a code, seen, and sent away again."""

import re
from datetime import datetime, timedelta

import pytest
from desk import Line, audit, chat, now, open_desk, read, run, run_json

from flows.facts import CodeState
from storage.database import Database

ROLE = "custody_visitor"


@pytest.fixture
def desk(tmp_path, monkeypatch) -> Database:
    return open_desk(tmp_path, monkeypatch)


@pytest.fixture
def visitor(desk: Database) -> str:
    """A person who took up an invitation."""
    with desk.transaction() as tx:
        person = chat(tx).person_id
        tx.grants.give(person, ROLE, "invitation", now())
        tx.commit()
    return person


@pytest.mark.parametrize("word", ["custody-visitor", "list", "revoke"])
def test_each_word_explains_itself(word):
    code, printed = run("invite", word, "--help")
    assert code == 0
    assert "Usage:" in printed


def test_a_code_is_shown_once_and_good_for_a_fortnight(desk):
    code, printed = run("invite", "custody-visitor", "--as", "ada")
    assert code == 0, printed
    [invited] = re.findall(r"VS-\w{4}-\w{3}", printed)
    found = read(desk, lambda tx: tx.codes.find(invited, now()))
    assert (found.state, found.kind, found.subject) == (CodeState.GOOD, "invite", ROLE)
    assert audit(desk) == [Line("ada", "invite.made", found.id)]
    assert "works once" in printed


def test_the_code_as_json(desk):
    made = run_json("invite", "custody-visitor")
    good_for = datetime.fromisoformat(made["good_until"]) - now()
    assert timedelta(days=13, hours=23) < good_for <= timedelta(days=14)
    assert made["code"].startswith("VS-")


def test_who_was_invited_is_listed(desk, visitor):
    code, printed = run("invite", "list")
    assert code == 0
    for shown in (visitor[:8], ROLE, "invitation", "sms", "1 person(s) with a role."):
        assert shown in printed
    [row] = run_json("invite", "list")
    assert (row["person_id"], row["role"], row["doors"]) == (visitor, ROLE, ["sms"])


@pytest.mark.parametrize("options", [(), ("--role", ROLE)])
def test_a_role_is_taken_back(desk, visitor, options):
    code, printed = run("invite", "revoke", visitor[:8], *options)
    assert code == 0, printed
    assert run_json("invite", "list") == []
    assert audit(desk) == [Line("operator (command)", "invite.revoked", visitor)]


def test_who_has_two_roles_must_be_said_which(desk, visitor):
    with desk.transaction() as tx:
        tx.grants.give(visitor, "partner", "ada", now())
        tx.commit()
    code, printed = run("invite", "revoke", visitor)
    assert code == 1
    assert "say which with --role (custody_visitor, partner)" in printed
    assert run_json("invite", "revoke", visitor, "--role", "partner")["role"] == "partner"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("ffff0000",), "No person begins with ffff0000"),
        (("{visitor}", "--role", "partner"), "is not partner"),
    ],
)
def test_a_role_nobody_has_is_a_sentence(desk, visitor, arguments, told):
    code, printed = run("invite", "revoke", *(a.format(visitor=visitor) for a in arguments))
    assert code == 1
    assert told in printed
    assert audit(desk) == []
