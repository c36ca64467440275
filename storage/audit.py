"""Who did what, written once and chained, so that a later change shows.

Each row's hash covers the hash before it. Numbers start anew every day. The database itself refuses
UPDATE and DELETE (triggers of the first migration). `detail` names fields and ids, never the personal
values themselves: nothing here may have to be erased.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, text

from storage.tables import audit

GENESIS = "0" * 64
# Any fixed number: names the lock that makes audit writers wait for each other on PostgreSQL.
ADVISORY_LOCK = 5_150_001


@dataclass(frozen=True)
class AuditEntry:
    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]


@dataclass(frozen=True)
class AuditFault:
    """The first row that does not fit the chain."""

    id: int
    reason: str


class Audit:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def append(self, actor: str, action: str, subject: str, detail: dict[str, Any], now: datetime) -> int:
        """Write one line in the caller's transaction; returns its id."""
        if self._connection.dialect.name == "postgresql":
            self._connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": ADVISORY_LOCK})
        query = select(audit.c.day, audit.c.number, audit.c.hash).order_by(audit.c.id.desc()).limit(1)
        last = self._connection.execute(query).one_or_none()
        at = now.astimezone(UTC)
        # A clock set back must not start a day a second time.
        day = max(at.date(), last.day) if last is not None else at.date()
        number = last.number + 1 if last is not None and last.day == day else 1
        previous = last.hash if last is not None else GENESIS
        canonical = _canonical(detail)
        values = {
            "day": day,
            "number": number,
            "at": at,
            "actor": actor,
            "action": action,
            "subject": subject,
            "detail": canonical,
            "previous_hash": previous,
            "hash": _hash(previous, day, number, at, actor, action, subject, canonical),
        }
        id: int = self._connection.execute(insert(audit).values(values).returning(audit.c.id)).scalar_one()
        return id

    def verify_chain(self) -> AuditFault | None:
        """Go through the whole chain; None where it is whole.

        Rows cut off at the end leave no gap to see: note `head` elsewhere from time to time.
        """
        query = select(audit).order_by(audit.c.id).execution_options(yield_per=1000)
        with self._connection.execute(query) as rows:
            return _first_fault(rows)

    def head(self) -> str:
        """The hash everything so far hangs on."""
        query = select(audit.c.hash).order_by(audit.c.id.desc()).limit(1)
        return self._connection.execute(query).scalar_one_or_none() or GENESIS

    def has(self, hash: str) -> bool:
        """Whether a line has this hash: a head noted earlier, if nothing up to there was cut off."""
        found = self._connection.execute(select(audit.c.id).where(audit.c.hash == hash).limit(1))
        return found.first() is not None

    def latest(self, limit: int) -> list[AuditEntry]:
        rows = self._connection.execute(select(audit).order_by(audit.c.id.desc()).limit(limit))
        return [
            AuditEntry(row.id, row.at, row.actor, row.action, row.subject, json.loads(row.detail))
            for row in rows
        ]


def _first_fault(rows: Iterable[Row[Any]]) -> AuditFault | None:
    previous, day, number = GENESIS, None, 0
    for row in rows:
        number = number + 1 if row.day == day else 1
        day = row.day
        if row.previous_hash != previous or row.number != number:
            return AuditFault(row.id, "a row before it is missing or was changed")
        expected = _hash(
            previous, row.day, row.number, row.at, row.actor, row.action, row.subject, row.detail
        )
        if row.hash != expected:
            return AuditFault(row.id, "it was changed after it was written")
        previous = row.hash
    return None


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def _hash(
    previous: str, day: date, number: int, at: datetime, actor: str, action: str, subject: str, detail: str
) -> str:
    line = [previous, day.isoformat(), number, at.isoformat(), actor, action, subject, detail]
    return hashlib.sha256(_canonical(line).encode()).hexdigest()
