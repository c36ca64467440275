"""How the office listened: what it did to be heard, what it decided, and which themes that answers.

Staff's words for the public, so nothing in it may be about a person who answered. Entries are added, never changed.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, insert, select

from storage.tables import ledger

PUBLISHED_PAGE = "page"  # a page of results and its counts: storage/published_results.py reads them


@dataclass(frozen=True)
class LedgerEntry:
    """`kind` is reach, decision or considered; `data` holds "text" and what goes with it, such as "themes" (ids)."""

    id: str
    consultation: str
    at: datetime
    actor: str
    kind: str
    data: dict[str, Any]


class Ledger:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, consultation: str, kind: str, data: dict[str, Any], actor: str, now: datetime) -> str:
        """Returns the entry's id."""
        values = {
            "id": str(uuid4()),
            "consultation": consultation,
            "at": now,
            "actor": actor,
            "kind": kind,
            "data": data,
        }
        self._connection.execute(insert(ledger).values(values))
        return str(values["id"])

    def entries(self, consultation: str, kind: str | None = None) -> list[LedgerEntry]:
        """Oldest first; all kinds that are words, or one."""
        query = select(ledger).where(ledger.c.consultation == consultation, ledger.c.kind != PUBLISHED_PAGE)
        if kind is not None:
            query = query.where(ledger.c.kind == kind)
        rows = self._connection.execute(query.order_by(ledger.c.at, ledger.c.id))
        return [LedgerEntry(**row._mapping) for row in rows]
