"""What people agreed to: the wording's version, when, and through which door."""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection, insert, select, update

from storage.tables import consents


@dataclass(frozen=True)
class Consent:
    id: str
    person_id: str
    wording: str
    version: int
    language: str
    channel: str
    submission_id: str | None
    given_at: datetime
    withdrawn_at: datetime | None


class Consents:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def give(
        self,
        person_id: str,
        wording: str,
        version: int,
        language: str,
        channel: str,
        submission_id: str | None,
        now: datetime,
    ) -> str:
        id = str(uuid4())
        values = {
            "id": id,
            "person_id": person_id,
            "wording": wording,
            "version": version,
            "language": language,
            "channel": channel,
            "submission_id": submission_id,
            "given_at": now,
        }
        self._connection.execute(insert(consents).values(values))
        return id

    def withdraw(self, id: str, now: datetime) -> bool:
        """False where it was withdrawn before; the first time stays on record."""
        mine = (consents.c.id == id, consents.c.withdrawn_at.is_(None))
        return self._connection.execute(update(consents).where(*mine).values(withdrawn_at=now)).rowcount == 1

    def of_person(self, person_id: str) -> list[Consent]:
        query = select(consents).where(consents.c.person_id == person_id)
        query = query.order_by(consents.c.given_at, consents.c.id)
        return [Consent(**row._mapping) for row in self._connection.execute(query)]
