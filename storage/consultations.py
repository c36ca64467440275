"""Consultations as staff opened and closed them: each version with the questionnaire that was asked.

What the file says afterwards is held against the hash kept here, so that nobody is asked one thing and counted
under another.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, Select, exists, func, select, update

from flows.facts import OpenConsultation
from storage.rows import insert_if_new
from storage.tables import consultations


@dataclass(frozen=True)
class OpenedConsultation:
    """One version of a consultation, from when it was opened; `questionnaire` is what its file said then."""

    id: str
    consultation: str
    version: int
    questionnaire_hash: str
    questionnaire: dict[str, Any]
    opened_at: datetime
    opened_by: str
    closed_at: datetime | None
    closed_by: str | None

    @property
    def anonymity(self) -> str:
        return str(self.questionnaire["anonymity"])


class Consultations:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def open(
        self,
        consultation: str,
        version: int,
        questionnaire: dict[str, Any],
        questionnaire_hash: str,
        by: str,
        now: datetime,
    ) -> str | None:
        """Open a version, and close whichever was open; returns the row's id, None where it was opened before."""
        values = {
            "id": str(uuid4()),
            "consultation": consultation,
            "version": version,
            "questionnaire_hash": questionnaire_hash,
            "questionnaire": questionnaire,
            "opened_at": now,
            "opened_by": by,
        }
        unique = ("consultation", "version")
        opened: str | None = insert_if_new(
            self._connection, consultations, values, consultations.c.id, unique=unique
        )
        if opened is not None:
            others = self._open_ones(consultation).where(consultations.c.id != opened)
            self._connection.execute(others.values(closed_at=now, closed_by=by))
        return opened

    def close(self, consultation: str, by: str, now: datetime) -> bool:
        """False where no version of it is open. What is being answered in this moment is waited for (PostgreSQL)."""
        return (
            self._connection.execute(
                self._open_ones(consultation).values(closed_at=now, closed_by=by)
            ).rowcount
            > 0
        )

    def current(self, consultation: str, *, hold: bool = False) -> OpenedConsultation | None:
        """The version opened last; None where it never was. `hold`: it cannot be closed before this commits."""
        query = select(consultations).where(consultations.c.consultation == consultation)
        query = query.order_by(consultations.c.version.desc()).limit(1)
        found = self._all(query.with_for_update(read=True) if hold else query)
        return found[0] if found else None

    def all_current(self) -> list[OpenedConsultation]:
        """The version opened last of each, by id, whether or not it is closed."""
        last = select(consultations.c.consultation, func.max(consultations.c.version).label("version"))
        newest = last.group_by(consultations.c.consultation).subquery()
        query = select(consultations).join(
            newest,
            (newest.c.consultation == consultations.c.consultation)
            & (newest.c.version == consultations.c.version),
        )
        return self._all(query.order_by(consultations.c.consultation))

    def all_earlier(self) -> list[OpenedConsultation]:
        """Every version that another of its consultation came after."""
        later = consultations.alias()
        newer = exists().where(
            later.c.consultation == consultations.c.consultation, later.c.version > consultations.c.version
        )
        return self._all(select(consultations).where(newer))

    def versions(self, consultation: str) -> list[OpenedConsultation]:
        """Every version that was ever opened, oldest first."""
        query = select(consultations).where(consultations.c.consultation == consultation)
        return self._all(query.order_by(consultations.c.version))

    def standing(self) -> tuple[OpenConsultation, ...]:
        """What a turn needs to know of all of them, without their questionnaires."""
        query = select(consultations.c.consultation, consultations.c.version, consultations.c.closed_at)
        rows = self._connection.execute(query.order_by(consultations.c.consultation, consultations.c.version))
        newest = {row.consultation: row for row in rows}
        return tuple(
            OpenConsultation(row.consultation, row.version, opened=True, closed=row.closed_at is not None)
            for row in newest.values()
        )

    def _open_ones(self, consultation: str) -> Any:
        return update(consultations).where(
            consultations.c.consultation == consultation, consultations.c.closed_at.is_(None)
        )

    def _all(self, query: Select[Any]) -> list[OpenedConsultation]:
        return [_from_row(row) for row in self._connection.execute(query)]


def _from_row(row: Row[Any]) -> OpenedConsultation:
    return OpenedConsultation(**row._mapping)
