"""The results of a consultation as they were published: the page itself, and the figures it tells.

They stand in the ledger, since any of the machines that serve the public must find them, and since the office must be
able to show what it published and when. The figures are kept so that later pages tell the same.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, func, insert, select

from storage.ledger import PUBLISHED_PAGE
from storage.tables import ledger


@dataclass(frozen=True)
class PublishedPage:
    """`tables` holds the version of the questions, the figures as staff/consulting/result_told.py keeps them, and how
    many spoke of each theme."""

    consultation: str
    at: datetime
    actor: str
    page: str
    tables: dict[str, Any]


class PublishedResults:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, consultation: str, page: str, tables: dict[str, Any], actor: str, now: datetime) -> str:
        """Returns the entry's id. Earlier pages stay on record; the last of a version is the one that is served."""
        values = {
            "id": str(uuid4()),
            "consultation": consultation,
            "at": now,
            "actor": actor,
            "kind": PUBLISHED_PAGE,
            "data": {"page": page, "tables": tables},
        }
        self._connection.execute(insert(ledger).values(values))
        return str(values["id"])

    def last(self, consultation: str, version: int | None = None) -> PublishedPage | None:
        """Of this version of the questions, or else of the newest that has any."""
        of = func.coalesce(ledger.c.data["tables", "version"].as_integer(), 0)
        query = select(ledger).where(ledger.c.consultation == consultation, ledger.c.kind == PUBLISHED_PAGE)
        if version is not None:
            query = query.where(of == version)
        query = query.order_by(of.desc(), ledger.c.at.desc(), ledger.c.id).limit(1)
        row = self._connection.execute(query).one_or_none()
        if row is None:
            return None
        return PublishedPage(consultation, row.at, row.actor, row.data["page"], row.data["tables"])

    def consultations(self) -> frozenset[str]:
        """Ids of those with published results."""
        query = select(ledger.c.consultation).where(ledger.c.kind == PUBLISHED_PAGE).distinct()
        return frozenset(self._connection.execute(query).scalars())
