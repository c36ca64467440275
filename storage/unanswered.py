"""The board of messages nothing approved answers: labels and figures, no words of anybody."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection, insert, select

from storage.tables import unanswered


@dataclass(frozen=True)
class UnansweredMessage:
    """`reason` is unsure, no_entry or no_model; `ranking` the labels thought likeliest with confidence."""

    id: str
    at: datetime
    channel: str
    reason: str
    ranking: tuple[tuple[str, float], ...]


class UnansweredBoard:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, channel: str, reason: str, ranking: Iterable[tuple[str, float]], now: datetime) -> str:
        id = str(uuid4())
        listed = [[label, confidence] for label, confidence in ranking]
        values = {"id": id, "at": now, "channel": channel, "reason": reason, "ranking": listed}
        self._connection.execute(insert(unanswered).values(values))
        return id

    def latest(self, limit: int) -> list[UnansweredMessage]:
        query = select(unanswered).order_by(unanswered.c.at.desc(), unanswered.c.id).limit(limit)
        return [
            UnansweredMessage(
                id=row.id,
                at=row.at,
                channel=row.channel,
                reason=row.reason,
                ranking=tuple((label, confidence) for label, confidence in row.ranking),
            )
            for row in self._connection.execute(query)
        ]
