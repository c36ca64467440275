"""Roles given by a code, seen, and taken back."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from staff_samples import ADA, NOON, a_chat, audit

from flows.facts import CodeState
from flows.references import find_reference
from staff.errors import StaffError
from staff.invitations import Granted, Invitations
from storage.database import Database
from storage.tables import codes

ROLE = "custody_visitor"


def test_a_code_gives_the_role_once_for_a_fortnight(database: Database) -> None:
    code = Invitations(database).invite(ROLE, actor=ADA, now=NOON)
    assert find_reference(code) == code
    assert code.startswith("VS-")
    with database.transaction() as tx:
        found = tx.codes.find(code, NOON + timedelta(days=14, seconds=-1))
        assert (found.state, found.kind, found.subject) == (CodeState.GOOD, "invite", ROLE)
        assert found.person_id is None
        assert tx.codes.find(code, NOON + timedelta(days=14)).state is CodeState.EXPIRED
        assert tx.codes.use(found.id, a_chat(tx).person_id, NOON)
        assert tx.codes.find(code, NOON).state is CodeState.USED
    assert audit(database) == [(ADA, "invite.made", found.id, {"role": ROLE})]


def test_no_code_is_kept_or_made_twice(database: Database) -> None:
    made = {Invitations(database).invite(ROLE, actor=ADA, now=NOON) for _ in range(20)}
    assert len(made) == 20
    with database.reading() as tx:
        kept = str(tx.connection.execute(select(codes)).all()) + str(tx.audit.latest(99))
    assert not any(code in kept for code in made)


def test_other_roles_are_not_given_by_code(sqlite_database: Database) -> None:
    with pytest.raises(StaffError, match=r"as partner\. There is: custody_visitor"):
        Invitations(sqlite_database).invite("partner", actor=ADA, now=NOON)
    with pytest.raises(StaffError, match="a name is needed"):
        Invitations(sqlite_database).invite(ROLE, actor="", now=NOON)
    assert audit(sqlite_database) == []


def test_who_has_a_role_is_listed_until_it_is_taken_back(database: Database) -> None:
    invitations = Invitations(database)
    assert invitations.list_granted() == ()
    with database.transaction() as tx:
        first, second = a_chat(tx), a_chat(tx, "42", "telegram")
        tx.grants.give(second.person_id, ROLE, "invitation", NOON + timedelta(days=1))
        tx.grants.give(first.person_id, ROLE, "invitation", NOON)
        tx.commit()
    assert invitations.list_granted() == (
        Granted(first.person_id, ROLE, NOON, "invitation", ("sms",)),
        Granted(second.person_id, ROLE, NOON + timedelta(days=1), "invitation", ("telegram",)),
    )
    invitations.revoke(first.person_id, ROLE, actor=ADA, now=NOON)
    assert [granted.person_id for granted in invitations.list_granted()] == [second.person_id]
    with database.reading() as tx:
        assert tx.grants.of_person(first.person_id) == frozenset()
    assert audit(database) == [(ADA, "invite.revoked", first.person_id, {"role": ROLE})]


def test_a_role_nobody_has_cannot_be_taken_back(database: Database) -> None:
    with pytest.raises(StaffError, match="nobody is not custody_visitor"):
        Invitations(database).revoke("nobody", ROLE, actor=ADA, now=NOON)
    with pytest.raises(StaffError, match="a name is needed"):
        Invitations(database).revoke("nobody", ROLE, actor=" ", now=NOON)
    assert audit(database) == []
