"""Wrong tries of codes and references, counted a conversation so that nobody goes through them all."""

from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection, func, insert, select

from storage.tables import tries


class Tries:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, conversation_id: str, kind: str, now: datetime) -> None:
        values = {"id": str(uuid4()), "conversation_id": conversation_id, "kind": kind, "at": now}
        self._connection.execute(insert(tries).values(values))

    def count(self, conversation_id: str, since: datetime) -> int:
        """Of all kinds, at or after `since`."""
        query = select(func.count()).where(tries.c.conversation_id == conversation_id, tries.c.at >= since)
        return int(self._connection.execute(query).scalar_one())
