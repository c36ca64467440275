"""How often each answer was given, and how often it was said to help or not: counts a day, about nobody."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import uuid4

from sqlalchemy import Connection, func, select, update

from storage.rows import insert_if_new
from storage.tables import answer_counts


@dataclass(frozen=True)
class AnswerCount:
    """All that was counted for one topic and case since a day, over all doors."""

    topic: str
    case: str
    given: int
    helped: int
    not_helped: int


class AnswerCounts:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, topic: str, case: str, channel: str, now: datetime, *, what: str) -> None:
        """One more `what`: given, helped or not_helped."""
        key = {"day": now.date(), "topic": topic, "case": case, "channel": channel}
        fresh = {**key, "id": str(uuid4()), "given": 0, "helped": 0, "not_helped": 0}
        insert_if_new(self._connection, answer_counts, fresh, answer_counts.c.id, unique=tuple(key))
        column = answer_counts.c[what]
        one_more = update(answer_counts).where(
            *(answer_counts.c[name] == value for name, value in key.items())
        )
        self._connection.execute(one_more.values({column: column + 1}))

    def since(self, day: date) -> list[AnswerCount]:
        """By topic and case, the ones most often given first."""
        table = answer_counts.c
        sums = [func.sum(table[name]).label(name) for name in ("given", "helped", "not_helped")]
        query = select(table.topic, table.case, *sums).where(table.day >= day)
        query = query.group_by(table.topic, table.case).order_by(sums[0].desc(), table.topic, table.case)
        return [
            AnswerCount(row.topic, row.case, int(row.given), int(row.helped), int(row.not_helped))
            for row in self._connection.execute(query)
        ]
