"""What is to be sent unasked: kept as replies until they are due, then rendered by their door."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from storage.rows import insert_if_new
from storage.states import PushState
from storage.tables import conversations, pushes
from storage.vault import Vault


@dataclass(frozen=True)
class Push:
    """`kind` is answer, update, check, code or note; `reply` as Reply.to_dict writes it."""

    id: int
    key: str
    conversation_id: str
    kind: str
    reply: dict[str, Any]
    due_at: datetime
    made_at: datetime


class Pushes:
    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    def add(
        self,
        key: str,
        conversation_id: str,
        kind: str,
        reply: dict[str, Any],
        due_at: datetime,
        now: datetime,
    ) -> bool:
        """False where one with this key was made before."""
        values = {
            "key": key,
            "conversation_id": conversation_id,
            "kind": kind,
            "reply": self._vault.seal(json.dumps(reply), _place(key)),
            "due_at": due_at,
            "state": PushState.WAITING,
            "made_at": now,
        }
        return insert_if_new(self._connection, pushes, values, pushes.c.id, unique=("key",)) is not None

    def due(
        self,
        now: datetime,
        limit: int,
        *,
        channels: Iterable[str] | None = None,
        kinds: Iterable[str] | None = None,
    ) -> list[Push]:
        """Those whose time has come, the earliest first; only of some doors and kinds, so that none holds up others."""
        query = select(pushes).where(pushes.c.state == PushState.WAITING, pushes.c.due_at <= now)
        if channels is not None:
            open_doors = select(conversations.c.id).where(conversations.c.channel.in_(list(channels)))
            query = query.where(pushes.c.conversation_id.in_(open_doors))
        if kinds is not None:
            query = query.where(pushes.c.kind.in_(list(kinds)))
        return [
            Push(
                id=row.id,
                key=row.key,
                conversation_id=row.conversation_id,
                kind=row.kind,
                reply=json.loads(self._vault.open_text(row.reply, _place(row.key))),
                due_at=row.due_at,
                made_at=row.made_at,
            )
            for row in self._connection.execute(query.order_by(pushes.c.due_at, pushes.c.id).limit(limit))
        ]

    def postpone(self, id: int, due_at: datetime) -> None:
        """Not now, but then."""
        waiting = update(pushes).where(pushes.c.id == id, pushes.c.state == PushState.WAITING)
        self._connection.execute(waiting.values(due_at=due_at))

    def settle(self, id: int, state: str, now: datetime, error: str = "") -> bool:
        """Promised or dropped: its words go. False where another was quicker: do not promise it then."""
        if PushState(state) is PushState.WAITING:
            raise ValueError("a push is settled as promised or dropped")
        values = {"state": PushState(state), "reply": None, "settled_at": now, "error": error[:60] or None}
        waiting = update(pushes).where(pushes.c.id == id, pushes.c.state == PushState.WAITING)
        return self._connection.execute(waiting.values(values)).rowcount == 1

    def drop_waiting(self, conversation_id: str, now: datetime, kinds: Iterable[str] | None = None) -> int:
        """STOP, or a conversation gone discreet: of some kinds, or all. Returns how many."""
        waiting = update(pushes).where(
            pushes.c.conversation_id == conversation_id, pushes.c.state == PushState.WAITING
        )
        if kinds is not None:
            waiting = waiting.where(pushes.c.kind.in_(list(kinds)))
        dropped = {"state": PushState.DROPPED, "reply": None, "settled_at": now}
        return self._connection.execute(waiting.values(dropped)).rowcount


def _place(key: str) -> str:
    # The row's own number is not known before it is inserted; the key is unique too.
    return f"pushes.reply:{key}"
