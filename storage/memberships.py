"""Places people hold in schemes (watches): one row a person and scheme, changed by nobody but that person."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypedDict, Unpack
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, or_, select, update

from storage.rows import insert_if_new
from storage.states import MembershipStatus
from storage.tables import memberships
from storage.vault import Vault


@dataclass(frozen=True)
class Membership:
    """`delivery` is what is wanted, e.g. {"news": "urgent", "topics": [...], "quiet": "evenings"}.

    `confirmed_at` is when the person last said to want it still, `asked_at` when the yearly question went out.
    """

    id: str
    person_id: str
    scheme: str
    role: str
    status: MembershipStatus
    district: str | None
    postcode: str | None
    group_id: str | None
    delivery: dict[str, Any]
    submission_id: str | None
    joined_at: datetime
    updated_at: datetime
    confirmed_at: datetime
    asked_at: datetime | None
    reminded_at: datetime | None
    paused_until: datetime | None
    left_at: datetime | None


class MembershipChanges(TypedDict, total=False):
    """What `change` may be given; what is not named stays."""

    status: str
    role: str
    delivery: dict[str, Any]
    postcode: str | None
    district: str | None
    group_id: str | None


class Memberships:
    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    def join(
        self,
        person_id: str,
        scheme: str,
        role: str,
        *,
        postcode: str | None = None,
        district: str | None = None,
        group_id: str | None = None,
        delivery: dict[str, Any],
        submission_id: str | None = None,
        now: datetime,
    ) -> str:
        """Returns the row's id. Who left or paused is active again, in the same row, with what is told now."""
        id = str(uuid4())
        told: dict[str, Any] = {
            "role": role,
            "district": district,
            "group_id": group_id,
            "delivery": delivery,
            "submission_id": submission_id,
            **_standing(MembershipStatus.ACTIVE, now),
            "updated_at": now,
            "confirmed_at": now,
            "asked_at": None,
            "reminded_at": None,
        }
        values = {
            **told,
            **self._sealed(id, postcode),
            "id": id,
            "person_id": person_id,
            "scheme": scheme,
            "joined_at": now,
        }
        unique = ("person_id", "scheme")
        if insert_if_new(self._connection, memberships, values, memberships.c.id, unique=unique) is not None:
            return id
        theirs = and_(memberships.c.person_id == person_id, memberships.c.scheme == scheme)
        row = self._connection.execute(select(memberships.c.id, memberships.c.status).where(theirs)).one()
        if row.status == MembershipStatus.LEFT:
            told["joined_at"] = now
        again = update(memberships).where(memberships.c.id == row.id)
        self._connection.execute(again.values(**told, **self._sealed(row.id, postcode)))
        return str(row.id)

    def of_person(self, person_id: str) -> list[Membership]:
        """Active and paused ones, oldest first."""
        query = select(memberships).where(
            memberships.c.person_id == person_id, memberships.c.status != MembershipStatus.LEFT
        )
        return self._all(query.order_by(memberships.c.joined_at, memberships.c.id))

    def change(self, id: str, person_id: str, now: datetime, **values: Unpack[MembershipChanges]) -> bool:
        """False where this person has no such place (any more)."""
        columns: dict[str, Any] = dict(values)
        if "status" in values:
            columns |= _standing(MembershipStatus(values["status"]), now)
        if "postcode" in values:
            columns |= self._sealed(id, values["postcode"])
        return self._change(id, person_id, now, columns)

    def leave(self, id: str, person_id: str, now: datetime) -> bool:
        return self._change(id, person_id, now, _standing(MembershipStatus.LEFT, now))

    def pause(self, id: str, person_id: str, until: datetime, now: datetime) -> bool:
        paused = {**_standing(MembershipStatus.PAUSED, now), "paused_until": until}
        return self._change(id, person_id, now, paused)

    def confirm(self, id: str, person_id: str, now: datetime) -> bool:
        """ "Still yes": nobody asks again for a year."""
        values = {"confirmed_at": now, "asked_at": None, "reminded_at": None}
        return self._change(id, person_id, now, values)

    def count_near(self, scheme: str, postcode: str) -> int:
        """Active members of a scheme with this full postcode, whoever they are."""
        indexes = self._vault.indexes("memberships.postcode", _spelt(postcode))
        query = select(func.count()).where(
            memberships.c.scheme == scheme,
            memberships.c.status == MembershipStatus.ACTIVE,
            memberships.c.postcode_index.in_(indexes),
        )
        return int(self._connection.execute(query).scalar_one())

    def due_for_check(self, now: datetime, after_days: int = 365, limit: int = 100) -> list[Membership]:
        """Active ones to be asked whether they still want it, the longest unconfirmed first."""
        query = select(memberships).where(
            memberships.c.status == MembershipStatus.ACTIVE,
            memberships.c.confirmed_at <= now - timedelta(days=after_days),
            memberships.c.asked_at.is_(None),
        )
        return self._all(query.order_by(memberships.c.confirmed_at, memberships.c.id).limit(limit))

    def mark_asked(self, id: str, now: datetime) -> bool:
        """False where somebody else marked it first."""
        return self._mark(id, memberships.c.asked_at.is_(None), {"asked_at": now})

    def due_for_reminder(self, now: datetime, after_days: int = 30, limit: int = 100) -> list[Membership]:
        """Active ones asked that long ago and not heard of since, the longest first."""
        query = select(memberships).where(
            memberships.c.status == MembershipStatus.ACTIVE,
            memberships.c.asked_at <= now - timedelta(days=after_days),
            memberships.c.reminded_at.is_(None),
        )
        return self._all(query.order_by(memberships.c.asked_at, memberships.c.id).limit(limit))

    def mark_reminded(self, id: str, now: datetime) -> bool:
        """False where somebody else marked it first, or it was never asked."""
        condition = and_(memberships.c.asked_at.is_not(None), memberships.c.reminded_at.is_(None))
        return self._mark(id, condition, {"reminded_at": now})

    def lapse(self, now: datetime, after_days: int = 60, dormant_days: int = 730) -> int:
        """Left are those reminded that long ago and not heard of since, and who could not be asked for two years."""
        silent = update(memberships).where(
            memberships.c.status == MembershipStatus.ACTIVE,
            or_(
                memberships.c.reminded_at <= now - timedelta(days=after_days),
                memberships.c.confirmed_at <= now - timedelta(days=dormant_days),
            ),
        )
        left = _standing(MembershipStatus.LEFT, now)
        return self._connection.execute(silent.values(**left, updated_at=now)).rowcount

    def find(self, id: str) -> Membership | None:
        found = self._all(select(memberships).where(memberships.c.id == id))
        return found[0] if found else None

    def end_pauses(self, now: datetime) -> int:
        """Those whose pause is over are active again; returns how many."""
        over = update(memberships).where(
            memberships.c.status == MembershipStatus.PAUSED, memberships.c.paused_until <= now
        )
        active = _standing(MembershipStatus.ACTIVE, now)
        return self._connection.execute(over.values(**active, updated_at=now)).rowcount

    def _change(self, id: str, person_id: str, now: datetime, values: dict[str, Any]) -> bool:
        mine = update(memberships).where(
            memberships.c.id == id,
            memberships.c.person_id == person_id,
            memberships.c.status != MembershipStatus.LEFT,
        )
        return self._connection.execute(mine.values(**values, updated_at=now)).rowcount == 1

    def _mark(self, id: str, condition: ColumnElement[bool], values: dict[str, Any]) -> bool:
        unmarked = update(memberships).where(memberships.c.id == id, condition)
        return self._connection.execute(unmarked.values(**values)).rowcount == 1

    def _sealed(self, id: str, postcode: str | None) -> dict[str, Any]:
        if not postcode:
            return {"postcode": None, "postcode_index": None}
        spelt = _spelt(postcode)
        return {
            "postcode": self._vault.seal(spelt, _place(id)),
            "postcode_index": self._vault.index("memberships.postcode", spelt),
        }

    def _all(self, query: Select[Any]) -> list[Membership]:
        return [self._from_row(row) for row in self._connection.execute(query)]

    def _from_row(self, row: Row[Any]) -> Membership:
        values = dict(row._mapping)
        del values["postcode_index"]
        values["status"] = MembershipStatus(row.status)
        if row.postcode is not None:
            values["postcode"] = self._vault.open_text(row.postcode, _place(row.id))
        return Membership(**values)


def _standing(status: MembershipStatus, now: datetime) -> dict[str, Any]:
    left_at = now if status is MembershipStatus.LEFT else None
    return {"status": status, "paused_until": None, "left_at": left_at}


def _spelt(postcode: str) -> str:
    """ "cv346ph" as "CV34 6PH": the last three characters always stand apart."""
    together = "".join(postcode.split()).upper()
    return f"{together[:-3]} {together[-3:]}" if len(together) > 4 else together


def _place(id: str) -> str:
    return f"memberships.postcode:{id}"
