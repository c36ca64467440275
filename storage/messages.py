"""What was said, both ways, in the order it was kept."""

import json
from datetime import datetime
from typing import Any, Literal
from uuid import uuid4

from sqlalchemy import Connection, insert, select

from storage.tables import conversations, messages
from storage.vault import Vault


class Messages:
    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    def add(
        self,
        conversation_id: str,
        direction: Literal["in", "out"],
        body: dict[str, Any],
        inbox_id: int | None,
        now: datetime,
    ) -> int:
        """Keep one message; returns its number. `inbox_id` is the message it came from or answers."""
        if self._connection.dialect.name == "postgresql":
            # Numbers are drawn before they are committed. Without this, whoever asks "what came after
            # 7?" could see 9, remember it, and never see an 8 that was committed a moment later.
            lock = select(conversations.c.id).where(conversations.c.id == conversation_id)
            self._connection.execute(lock.with_for_update())
        id = str(uuid4())
        values = {
            "id": id,
            "conversation_id": conversation_id,
            "direction": direction,
            "body": self._vault.seal(json.dumps(body), f"messages.body:{id}"),
            "inbox_id": inbox_id,
            "created_at": now,
        }
        number: int = self._connection.execute(
            insert(messages).returning(messages.c.number), values
        ).scalar_one()
        return number

    def replies_to(self, inbox_id: int) -> list[tuple[int, dict[str, Any]]]:
        """(number, body) of what was answered to one received message, in order."""
        query = select(messages.c.number, messages.c.id, messages.c.body).where(
            messages.c.inbox_id == inbox_id, messages.c.direction == "out"
        )
        return [
            (row.number, self._open(row.id, row.body))
            for row in self._connection.execute(query.order_by(messages.c.number))
        ]

    def replies_after(
        self, conversation_id: str, number: int, limit: int
    ) -> list[tuple[int, dict[str, Any]]]:
        """(number, body) of what we said after message `number`, in order."""
        query = (
            select(messages.c.number, messages.c.id, messages.c.body)
            .where(
                messages.c.conversation_id == conversation_id,
                messages.c.number > number,
                messages.c.direction == "out",
            )
            .order_by(messages.c.number)
            .limit(limit)
        )
        return [(row.number, self._open(row.id, row.body)) for row in self._connection.execute(query)]

    def said_in(self, conversation_id: str, limit: int) -> list[tuple[datetime, str, str]]:
        """(when, "in" or "out", the words or what else it was), the latest `limit`, oldest first."""
        query = select(messages).where(messages.c.conversation_id == conversation_id)
        rows = self._connection.execute(query.order_by(messages.c.number.desc()).limit(limit)).all()
        return [
            (row.created_at, row.direction, _words(self._open(row.id, row.body))) for row in reversed(rows)
        ]

    def _open(self, id: str, body: bytes) -> dict[str, Any]:
        opened: dict[str, Any] = json.loads(self._vault.open_text(body, f"messages.body:{id}"))
        return opened


def _words(body: dict[str, Any]) -> str:
    """What one message says: its words, else that a button was pressed, the pin, or how many photos."""
    text = body.get("text") or ("(pressed a button)" if body.get("button") else body.get("start") or "")
    if body.get("location"):
        text = ", ".join(str(degrees) for degrees in body["location"])
    if body.get("photos"):
        text = f"{text} ({len(body['photos'])} photo)".strip()
    return str(text)
