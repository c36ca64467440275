"""Sessions of the web chat. The token itself is never kept, only its keyed hash."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import Connection, insert, select, update

from storage.tables import web_sessions
from storage.vault import Vault


@dataclass(frozen=True)
class WebSession:
    id: str
    conversation_key: str
    created_at: datetime
    last_seen_at: datetime


class WebSessions:
    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    def open(self, token: str, conversation_key: str, now: datetime) -> str:
        """Begin a session for a token that was just drawn; returns the session's id."""
        id = str(uuid4())
        values = {
            "id": id,
            "token_index": self._vault.index("web_sessions.token", token),
            "conversation_key": conversation_key,
            "created_at": now,
            "last_seen_at": now,
        }
        self._connection.execute(insert(web_sessions).values(values))
        return id

    def find(self, token: str, now: datetime, idle_seconds: float) -> WebSession | None:
        """None where the token is unknown or was not used for longer than `idle_seconds`."""
        indexes = self._vault.indexes("web_sessions.token", token)
        query = select(
            web_sessions.c.id,
            web_sessions.c.conversation_key,
            web_sessions.c.created_at,
            web_sessions.c.last_seen_at,
        ).where(
            web_sessions.c.token_index.in_(indexes),
            web_sessions.c.last_seen_at >= now - timedelta(seconds=idle_seconds),
        )
        row = self._connection.execute(query).one_or_none()
        return WebSession(**row._mapping) if row is not None else None

    def touch(self, id: str, now: datetime) -> None:
        self._connection.execute(update(web_sessions).where(web_sessions.c.id == id).values(last_seen_at=now))
