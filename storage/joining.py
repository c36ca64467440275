"""Doors of one person brought together: a handle moves to another person with what hangs on it, and back.

Every join writes down what moved, so that it can be undone for a day. The person a handle came from stays, empty.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Column, ColumnElement, Connection, Row, Table, delete, exists, insert, select, update

from storage.joining_responses import ResponseMoves
from storage.states import MembershipStatus
from storage.tables import (
    codes,
    consents,
    conversations,
    grants,
    handles,
    joins,
    local_groups,
    memberships,
    people,
    submissions,
)
from storage.vault import Vault

UNDOABLE = timedelta(days=1)
MOVING: dict[str, tuple[Table, Column[Any]]] = {
    "submissions": (submissions, submissions.c.person_id),
    "memberships": (memberships, memberships.c.person_id),
    "consents": (consents, consents.c.person_id),
    "grants": (grants, grants.c.person_id),
    "groups": (local_groups, local_groups.c.coordinator_id),
    "codes": (codes, codes.c.person_id),
}
# Of these a person has one for each value of the column.
ONE_EACH = {"memberships": memberships.c.scheme, "grants": grants.c.role}
# What was left or revoked stays behind.
HOLDS: dict[str, tuple[ColumnElement[bool], ...]] = {
    "memberships": (memberships.c.status != MembershipStatus.LEFT,),
    "grants": (grants.c.revoked_at.is_(None),),
}


@dataclass(frozen=True)
class Join:
    """`handle_id` is the door that moved from one person to the other."""

    id: str
    from_person: str
    into_person: str
    handle_id: str
    at: datetime


class Joining:
    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._responses = ResponseMoves(connection, vault)

    def join(self, handle_id: str, into_person: str, now: datetime) -> str | None:
        """Move a door and what hangs on it to a person; returns the join's id, None where there is nothing to do.

        All of its old person's moves where that was their only door, else what came through this one (no answer to
        a consultation: it is the person's, whatever door it came by). Where both are in one scheme, the place of the
        person joined into stays and the other is left.
        """
        from_person = self._lock(handle_id, into_person)
        if from_person is None:
            return None
        if self._has_other_doors(from_person, handle_id):
            moved = self._of_door(handle_id, from_person)
        else:
            moved = self._of_person(from_person, into_person, now)
            moved |= self._responses.join(from_person, into_person, now)
        door = update(handles).where(handles.c.id == handle_id, handles.c.person_id == from_person)
        self._connection.execute(door.values(person_id=into_person))
        self._move(moved, from_person, into_person)
        self._overtake_turns(handle_id)
        id = str(uuid4())
        values = {
            "id": id,
            "from_person": from_person,
            "into_person": into_person,
            "handle_id": handle_id,
            "at": now,
            "moved": moved,
        }
        self._connection.execute(insert(joins).values(values))
        return id

    def find_undoable(self, person_id: str, now: datetime, within: timedelta = UNDOABLE) -> Join | None:
        """The latest join into a person that can still be undone."""
        row = self._latest(person_id, now, within)
        if row is None:
            return None
        return Join(row.id, row.from_person, row.into_person, row.handle_id, row.at)

    def undo(self, person_id: str, now: datetime, within: timedelta = UNDOABLE) -> list[str]:
        """Move the latest door and exactly what came with it back; returns the ids of the handles that moved."""
        row = self._latest(person_id, now, within)
        if row is None or self._lock(row.handle_id, row.from_person) != person_id:
            return []
        undone = update(joins).where(joins.c.id == row.id, joins.c.undone_at.is_(None))
        if self._connection.execute(undone.values(undone_at=now)).rowcount != 1:
            return []
        door = update(handles).where(handles.c.id == row.handle_id, handles.c.person_id == person_id)
        self._connection.execute(door.values(person_id=row.from_person))
        self._move(row.moved, person_id, row.from_person)
        self._move(self._of_door(row.handle_id, person_id, since=row.at), person_id, row.from_person)
        self._unleave(row)
        self._responses.undo(row.moved, row.from_person, person_id, row.at)
        self._overtake_turns(row.handle_id)
        return [row.handle_id]

    def _overtake_turns(self, handle_id: str) -> None:
        """A turn being taken at this door was begun for the other person: its save conflicts, and it is taken anew."""
        chats = update(conversations).where(conversations.c.handle_id == handle_id)
        self._connection.execute(chats.values(version=conversations.c.version + 1))

    def _lock(self, handle_id: str, into_person: str) -> str | None:
        """Whose the handle is now, held until the transaction ends; None where it cannot move to that person."""
        query = select(handles.c.person_id).where(handles.c.id == handle_id).with_for_update()
        person_id = self._connection.execute(query).scalar_one_or_none()
        if person_id is None or person_id == into_person:
            return None
        both = select(people.c.id).where(people.c.id.in_([person_id, into_person]))
        # In one order, so that two joins crosswise wait for each other and do not lock up.
        locked = self._connection.execute(both.order_by(people.c.id).with_for_update()).scalars().all()
        return str(person_id) if len(locked) == 2 else None

    def _latest(self, person_id: str, now: datetime, within: timedelta) -> Row[Any] | None:
        query = (
            select(joins)
            .join(handles, handles.c.id == joins.c.handle_id)
            .where(
                joins.c.into_person == person_id,
                joins.c.undone_at.is_(None),
                joins.c.at >= now - within,
                handles.c.person_id == person_id,  # not moved on since
            )
            .order_by(joins.c.at.desc(), joins.c.id)
        )
        return self._connection.execute(query.limit(1)).one_or_none()

    def _has_other_doors(self, person_id: str, handle_id: str) -> bool:
        query = select(handles.c.id).where(handles.c.person_id == person_id, handles.c.id != handle_id)
        return self._connection.execute(query.limit(1)).first() is not None

    def _of_door(self, handle_id: str, person_id: str, since: datetime | None = None) -> dict[str, Any]:
        """What came through a door, all of it or since a time."""
        chats = select(conversations.c.id).where(conversations.c.handle_id == handle_id)
        which = [submissions.c.person_id == person_id, submissions.c.conversation_id.in_(chats)]
        if since is not None:
            which.append(submissions.c.submitted_at >= since)
        sent = self._ids(submissions, *which)
        agreed = self._ids(consents, consents.c.person_id == person_id, consents.c.submission_id.in_(sent))
        places = self._ids(
            memberships, memberships.c.person_id == person_id, memberships.c.submission_id.in_(sent)
        )
        return {"submissions": sent, "memberships": places, "consents": agreed, "grants": []}

    def _of_person(self, from_person: str, into_person: str, now: datetime) -> dict[str, Any]:
        # A place the person joined into has left gives way to one still held.
        held = select(memberships.c.scheme).where(
            memberships.c.person_id == from_person, memberships.c.status != MembershipStatus.LEFT
        )
        gone = delete(memberships).where(
            memberships.c.person_id == into_person,
            memberships.c.status == MembershipStatus.LEFT,
            memberships.c.scheme.in_(held),
        )
        self._connection.execute(gone)
        moved: dict[str, Any] = {
            name: self._ids(table, owner == from_person, *HOLDS.get(name, ()), *_has_room(name, into_person))
            for name, (table, owner) in MOVING.items()
        }
        moved["left"] = self._leave_rest(from_person, set(moved["memberships"]), now)
        return moved

    def _leave_rest(self, person_id: str, moving: set[str], now: datetime) -> dict[str, str]:
        """Places that do not move are left; returns what each was, by its id."""
        query = select(memberships.c.id, memberships.c.status).where(
            memberships.c.person_id == person_id,
            memberships.c.status != MembershipStatus.LEFT,
            memberships.c.id.not_in(moving),
        )
        rest = {row.id: row.status for row in self._connection.execute(query)}
        leaving = update(memberships).where(memberships.c.id.in_(rest))
        self._connection.execute(leaving.values(status=MembershipStatus.LEFT, left_at=now, updated_at=now))
        return rest

    def _unleave(self, row: Row[Any]) -> None:
        for id, status in row.moved.get("left", {}).items():
            as_left = update(memberships).where(
                memberships.c.id == id,
                memberships.c.status == MembershipStatus.LEFT,
                memberships.c.left_at == row.at,
            )
            self._connection.execute(as_left.values(status=status, left_at=None))

    def _move(self, moved: dict[str, Any], from_person: str, into_person: str) -> None:
        for name, (table, owner) in MOVING.items():
            ids = moved.get(name, [])
            if ids:
                theirs = update(table).where(
                    table.c.id.in_(ids), owner == from_person, *_has_room(name, into_person)
                )
                self._connection.execute(theirs.values({owner: into_person}))

    def _ids(self, table: Table, *conditions: ColumnElement[bool]) -> list[str]:
        query: Iterable[str] = self._connection.execute(
            select(table.c.id).where(*conditions).order_by(table.c.id)
        ).scalars()
        return list(query)


def _has_room(name: str, person_id: str) -> tuple[ColumnElement[bool], ...]:
    """That the person has no row yet of which only one may be."""
    if name not in ONE_EACH:
        return ()
    table, owner = MOVING[name]
    theirs = table.alias("theirs")
    one = ONE_EACH[name].name
    return (~exists().where(theirs.c[owner.name] == person_id, theirs.c[one] == table.c[one]),)
