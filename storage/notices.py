"""Things staff must see: a message set aside, a loop stopped, a send that cannot be settled."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, func, insert, select

from storage.tables import notices

TOLD_AGAIN = timedelta(hours=1)


@dataclass(frozen=True)
class Notice:
    id: str
    kind: str
    conversation_id: str | None
    at: datetime
    detail: dict[str, Any]


class Notices:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, kind: str, conversation_id: str | None, detail: dict[str, Any], now: datetime) -> str:
        """`detail` holds ids, codes and counts; never personal data or words of a citizen."""
        id = str(uuid4())
        values = {"id": id, "kind": kind, "conversation_id": conversation_id, "at": now, "detail": detail}
        self._connection.execute(insert(notices).values(values))
        return id

    def add_now_and_then(
        self, kind: str, conversation_id: str | None, detail: dict[str, Any], now: datetime
    ) -> None:
        """`add`, where the same was not told within an hour: what goes on and on must not push out all else."""
        told = select(notices.c.detail).where(
            notices.c.kind == kind,
            notices.c.conversation_id.is_not_distinct_from(conversation_id),
            notices.c.at > now - TOLD_AGAIN,
        )
        if detail not in self._connection.execute(told).scalars().all():
            self.add(kind, conversation_id, detail, now)

    def latest(self, limit: int) -> list[Notice]:
        query = select(notices).order_by(notices.c.at.desc(), notices.c.id).limit(limit)
        return [Notice(**row._mapping) for row in self._connection.execute(query)]

    def latest_of(self, conversation_ids: Collection[str], kinds: Collection[str]) -> dict[str, datetime]:
        """By conversation: when the latest notice of these kinds came."""
        query = (
            select(notices.c.conversation_id, func.max(notices.c.at).label("at"))
            .where(notices.c.conversation_id.in_(conversation_ids), notices.c.kind.in_(kinds))
            .group_by(notices.c.conversation_id)
        )
        return {row.conversation_id: row.at for row in self._connection.execute(query)}
