"""What happened to each submission, the oldest first, and what staff noted of it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, insert, select

from storage.tables import submission_events, submissions
from storage.vault import Vault


@dataclass(frozen=True)
class EventRow:
    """What happened to a submission. `note` is what staff wrote, for their eyes alone."""

    id: int
    at: datetime
    kind: str
    actor: str
    data: dict[str, Any]
    note: str | None = None


class SubmissionEvents:
    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    def add(
        self,
        submission_id: str,
        kind: str,
        actor: str,
        data: dict[str, Any],
        now: datetime,
        note: str | None = None,
    ) -> int:
        """Write down what happened to a submission; returns the event's number.

        `data` holds no personal data; `note` may, and is sealed.
        """
        values = {"submission_id": submission_id, "at": now, "kind": kind, "actor": actor, "data": data}
        if note:
            note_id = str(uuid4())
            values |= {"note_id": note_id, "note": self._vault.seal(note, _note_place(note_id))}
        written = insert(submission_events).values(values).returning(submission_events.c.id)
        number: int = self._connection.execute(written).scalar_one()
        return number

    def of(self, submission_id: str) -> list[EventRow]:
        """Oldest first."""
        query = (
            select(submission_events)
            .where(submission_events.c.submission_id == submission_id)
            .order_by(submission_events.c.id)
        )
        return [
            EventRow(
                id=row.id,
                at=row.at,
                kind=row.kind,
                actor=row.actor,
                data=row.data,
                note=None if row.note is None else self._vault.open_text(row.note, _note_place(row.note_id)),
            )
            for row in self._connection.execute(query)
        ]

    def latest(self, conversation_ids: Collection[str], kinds: Collection[str]) -> dict[str, EventRow]:
        """By conversation: the latest event of these kinds on anything that was sent there, without its note."""
        query = (
            select(submissions.c.conversation_id, submission_events)
            .join(submissions, submissions.c.id == submission_events.c.submission_id)
            .where(submissions.c.conversation_id.in_(conversation_ids), submission_events.c.kind.in_(kinds))
            .order_by(submission_events.c.id)
        )
        return {
            row.conversation_id: EventRow(row.id, row.at, row.kind, row.actor, row.data)
            for row in self._connection.execute(query)
        }

    def told_since(self, ids: Collection[str]) -> dict[str, datetime]:
        """By case: since when it stands at the stage that is told of it, where that has changed at all."""
        steps = select(submission_events.c.submission_id, submission_events.c.at, submission_events.c.data)
        steps = steps.where(
            submission_events.c.submission_id.in_(ids), submission_events.c.kind.in_(("state", "split"))
        )
        rows = self._connection.execute(steps.order_by(submission_events.c.id))
        # No stage at all: written before there were stages, when every state was told.
        return {row.submission_id: row.at for row in rows if row.data.get("stage", row.data) is not None}

    def entered(self, ids: Collection[str], state: str) -> dict[str, datetime]:
        """By case: when it last came into a state, where it ever did."""
        steps = select(submission_events.c.submission_id, submission_events.c.at, submission_events.c.data)
        steps = steps.where(submission_events.c.submission_id.in_(ids), submission_events.c.kind == "state")
        rows = self._connection.execute(steps.order_by(submission_events.c.id))
        return {
            row.submission_id: row.at
            for row in rows
            if row.data.get("state") == state and row.data.get("was") != state
        }


def _note_place(note_id: str) -> str:
    return f"submission_events.note:{note_id}"
