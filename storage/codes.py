"""One-time codes that people type (JN-7K3F-2QX). A code itself is never kept, only keyed hashes of it.

One hash is of the whole code. The other is of its first four characters, so that a wrong guess at a code counts
against that code and five of them end it.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, and_, case, func, insert, select, update

from flows.facts import CodeState
from storage.tables import codes
from storage.vault import Vault

WRONG_TRIES = 5


@dataclass(frozen=True)
class FoundCode:
    """What a typed code is good for; all but `state` is empty for an unknown one.

    `person_id` is whose code it is, `subject` what it is about (a role, a submission's id ...), `address` the
    phone number that a phone code confirms.
    """

    state: CodeState
    id: str = ""
    kind: str = ""
    subject: str | None = None
    person_id: str | None = None
    address: str | None = None
    made_at: datetime | None = None
    expires_at: datetime | None = None
    used_at: datetime | None = None
    used_by: str | None = None


class Codes:
    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    def make(
        self,
        kind: str,
        code: str,
        *,
        person_id: str | None,
        subject: str | None,
        expires_at: datetime,
        now: datetime,
        address: str | None = None,
    ) -> str:
        """Keep a code that was just drawn, as flows/references.py writes them; returns the row's id."""
        id = str(uuid4())
        values = {
            "id": id,
            "kind": kind,
            "lookup": self._vault.index("codes.lookup", _first_four(code)),
            "secret": self._vault.index("codes.secret", _plain(code)),
            "person_id": person_id,
            "subject": subject,
            "address": self._vault.seal(address, _place(id)) if address else None,
            "made_at": now,
            "expires_at": expires_at,
            "tries": 0,
        }
        self._connection.execute(insert(codes).values(values))
        return id

    def find(self, code: str, now: datetime) -> FoundCode:
        secrets = self._vault.indexes("codes.secret", _plain(code))
        query = select(codes).where(codes.c.secret.in_(secrets)).order_by(codes.c.made_at.desc(), codes.c.id)
        row = self._connection.execute(query.limit(1)).one_or_none()
        if row is None:
            return FoundCode(CodeState.UNKNOWN)
        if row.used_at is not None:
            state = CodeState.USED
        else:
            state = CodeState.GOOD if row.expires_at > now else CodeState.EXPIRED
        return FoundCode(
            state=state,
            id=row.id,
            kind=row.kind,
            subject=row.subject,
            person_id=row.person_id,
            address=self._vault.open_text(row.address, _place(row.id)) if row.address is not None else None,
            made_at=row.made_at,
            expires_at=row.expires_at,
            used_at=row.used_at,
            used_by=row.used_by,
        )

    def use(self, id: str, person_id: str, now: datetime) -> bool:
        """Take a code, once and for all; False where somebody was quicker or its time is over."""
        good = update(codes).where(codes.c.id == id, _live(now))
        return self._connection.execute(good.values(used_at=now, used_by=person_id)).rowcount == 1

    def count_wrong(self, code: str, now: datetime) -> str | None:
        """Count a code nobody has against the live code it begins like; the fifth ends that one.

        Returns the person whose code was guessed at, None where it was nobody's.
        """
        if self.find(code, now).state is not CodeState.UNKNOWN:
            return None
        lookups = self._vault.indexes("codes.lookup", _first_four(code))
        guessed = update(codes).where(codes.c.lookup.in_(lookups), _live(now))
        guessed = guessed.values(
            tries=codes.c.tries + 1,
            expires_at=case((codes.c.tries + 1 >= WRONG_TRIES, now), else_=codes.c.expires_at),
        )
        owners = self._connection.execute(guessed.returning(codes.c.person_id)).scalars()
        return next((owner for owner in owners if owner is not None), None)

    def live_of(self, person_id: str, kind: str, now: datetime) -> int:
        """How many codes of a kind this person has that are good now."""
        query = select(func.count()).where(codes.c.person_id == person_id, codes.c.kind == kind, _live(now))
        return int(self._connection.execute(query).scalar_one())


def _live(now: datetime) -> ColumnElement[bool]:
    return and_(codes.c.used_at.is_(None), codes.c.expires_at > now)


def _plain(code: str) -> str:
    return code.strip().upper()


def _first_four(code: str) -> str:
    """The four after the prefix; of what is no code, nothing."""
    return _plain(code).partition("-")[2][:4]


def _place(id: str) -> str:
    return f"codes.address:{id}"
