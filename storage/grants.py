"""Roles that staff gave to people (a coordinator, a partner): what a form may ask for before it opens."""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection, select, update

from storage.rows import insert_if_new
from storage.tables import grants


@dataclass(frozen=True)
class Grant:
    """A role somebody has."""

    person_id: str
    role: str
    given_at: datetime
    given_by: str


class Grants:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def give(self, person_id: str, role: str, by: str, now: datetime) -> bool:
        """False where the person has the role already."""
        given = {"given_at": now, "given_by": by, "revoked_at": None}
        values = {"id": str(uuid4()), "person_id": person_id, "role": role, **given}
        unique = ("person_id", "role")
        if insert_if_new(self._connection, grants, values, grants.c.id, unique=unique) is not None:
            return True
        again = update(grants).where(
            grants.c.person_id == person_id, grants.c.role == role, grants.c.revoked_at.is_not(None)
        )
        return self._connection.execute(again.values(given)).rowcount == 1

    def revoke(self, person_id: str, role: str, now: datetime) -> bool:
        """False where the person does not have the role."""
        held = update(grants).where(
            grants.c.person_id == person_id, grants.c.role == role, grants.c.revoked_at.is_(None)
        )
        return self._connection.execute(held.values(revoked_at=now)).rowcount == 1

    def of_person(self, person_id: str) -> frozenset[str]:
        query = select(grants.c.role).where(grants.c.person_id == person_id, grants.c.revoked_at.is_(None))
        return frozenset(self._connection.execute(query).scalars())

    def held(self) -> list[Grant]:
        """Every role anybody has now, the one first given first."""
        query = select(grants.c.person_id, grants.c.role, grants.c.given_at, grants.c.given_by)
        query = query.where(grants.c.revoked_at.is_(None)).order_by(grants.c.given_at, grants.c.id)
        return [Grant(**row._mapping) for row in self._connection.execute(query)]
