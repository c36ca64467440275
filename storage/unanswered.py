"""The board of messages nothing approved answered, or that were misread, from which people make training examples.

Its words come stripped of personal data (flows/stripping.py) and are sealed all the same: no rule finds every
name. A row tells its conversation only so that erasing a person finds it. Once a person has dealt with a message
its words go.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, insert, select, update

from storage.states import UnansweredStatus
from storage.tables import unanswered
from storage.vault import Vault


@dataclass(frozen=True)
class UnansweredMessage:
    """`reason` is unsure, corrected, no_entry or no_model; `ranking` the labels thought likeliest with confidence.

    `text` is the message stripped of personal data, empty where there is nothing to keep; `chosen` the label
    the citizen picked, if any.
    """

    id: str
    at: datetime
    channel: str
    reason: str
    ranking: tuple[tuple[str, float], ...]
    text: str = ""
    chosen: str | None = None
    language: str = "en"
    status: UnansweredStatus = UnansweredStatus.NEW


class UnansweredBoard:
    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    def add(
        self,
        channel: str,
        reason: str,
        ranking: Iterable[tuple[str, float]],
        now: datetime,
        *,
        text: str = "",
        chosen: str | None = None,
        language: str = "en",
        id: str = "",
        conversation_id: str | None = None,
    ) -> str:
        """Put a message on the board; returns its id. With the `id` of one that is there, that one learns more."""
        told = {"reason": reason, "ranking": [[label, confidence] for label, confidence in ranking]}
        if id and self._tell_more(id, {**told, "chosen": chosen}, text):
            return id
        id = id or str(uuid4())
        values = {
            **told,
            "id": id,
            "at": now,
            "channel": channel,
            "text": self._seal(id, text),
            "chosen": chosen,
            "language": language,
            "status": UnansweredStatus.NEW,
            "conversation_id": conversation_id,
        }
        self._connection.execute(insert(unanswered).values(values))
        return id

    def latest(self, limit: int, status: UnansweredStatus | None = None) -> list[UnansweredMessage]:
        """The newest first; of one status, or all."""
        query = select(unanswered).order_by(unanswered.c.at.desc(), unanswered.c.id).limit(limit)
        if status is not None:
            query = query.where(unanswered.c.status == status)
        return [self._message(row) for row in self._connection.execute(query)]

    def waiting(
        self, since: datetime | None = None, until: datetime | None = None
    ) -> list[UnansweredMessage]:
        """New messages that have words, at or after `since` and before `until`, the oldest first."""
        query = select(unanswered).where(
            unanswered.c.status == UnansweredStatus.NEW, unanswered.c.text.is_not(None)
        )
        if since is not None:
            query = query.where(unanswered.c.at >= since)
        if until is not None:
            query = query.where(unanswered.c.at < until)
        rows = self._connection.execute(query.order_by(unanswered.c.at, unanswered.c.id))
        return [self._message(row) for row in rows]

    def ids_beginning(self, beginning: str) -> list[str]:
        """The ids that begin so, at most two: whoever types an id need not type all of it."""
        query = select(unanswered.c.id).where(unanswered.c.id.startswith(beginning, autoescape=True))
        return list(self._connection.execute(query.order_by(unanswered.c.id).limit(2)).scalars())

    def settle(self, id: str, status: UnansweredStatus) -> None:
        """A person has dealt with it: its words are no longer needed and go."""
        values: dict[str, Any] = {"status": status}
        if status is not UnansweredStatus.NEW:
            values["text"] = None
        self._connection.execute(update(unanswered).where(unanswered.c.id == id).values(values))

    def _tell_more(self, id: str, values: dict[str, Any], text: str) -> bool:
        """False where there is no such message. Words do not come back to one that was dealt with."""
        row = self._connection.execute(select(unanswered.c.status).where(unanswered.c.id == id)).one_or_none()
        if row is None:
            return False
        if row.status == UnansweredStatus.NEW:
            values = {**values, "text": self._seal(id, text)}
        self._connection.execute(update(unanswered).where(unanswered.c.id == id).values(values))
        return True

    def _seal(self, id: str, text: str) -> bytes | None:
        return self._vault.seal(text, _place(id)) if text else None

    def _message(self, row: Row[Any]) -> UnansweredMessage:
        """Raises SealBroken."""
        return UnansweredMessage(
            id=row.id,
            at=row.at,
            channel=row.channel,
            reason=row.reason,
            ranking=tuple((label, confidence) for label, confidence in row.ranking),
            text=self._vault.open_text(row.text, _place(row.id)) if row.text is not None else "",
            chosen=row.chosen,
            language=row.language,
            status=UnansweredStatus(row.status),
        )


def _place(id: str) -> str:
    return f"unanswered.text:{id}"
