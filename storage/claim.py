"""The one claim query that inbox and outbox share.

A row can be claimed where it is the first live row of its conversation and no other row of that
conversation is in some worker's hands. On PostgreSQL rows that another claimer looks at are skipped; on
SQLite the writing transaction is alone. A unique index over leased rows holds the rule even where two
PostgreSQL claimers could not see each other's work.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Row, Select, Table, exists, select, update
from sqlalchemy.exc import IntegrityError

from storage.tables import state_in


@dataclass(frozen=True, eq=False)
class Line:
    """What differs between the two tables that are claimed from.

    `order` is the column that comes before the row id in a conversation's order; `oldest` the columns
    that order the heads of all conversations.
    """

    table: Table
    waiting: str
    in_flight: tuple[str, ...]
    order: Column[int]
    oldest: tuple[Column[Any], ...]

    @property
    def live(self) -> tuple[str, ...]:
        return (self.waiting, *self.in_flight)


def claim_heads(
    connection: Connection,
    line: Line,
    *,
    owner: str,
    now: datetime,
    lease_seconds: float,
    limit: int,
    where: Iterable[ColumnElement[bool]] = (),
    changes: dict[str, Any] | None = None,
) -> list[Row[Any]]:
    """Lease up to `limit` heads to `owner` and return their whole rows, oldest first.

    `where` narrows the candidates (never the rows that must be waited for); `changes` are set besides
    the lease.
    """
    table = line.table
    candidates = _heads(line).where(*where).limit(limit)
    try:
        with connection.begin_nested():
            ids = list(connection.execute(candidates).scalars())
            if not ids:
                return []
            lease = update(table).where(table.c.id.in_(ids), table.c.state == line.waiting)
            lease = lease.values(
                state="leased",
                owner=owner,
                lease_until=now + timedelta(seconds=lease_seconds),
                **(changes or {}),
            )
            rows = list(connection.execute(lease.returning(*table.c)))
    except IntegrityError:
        # Another claimer took an earlier row of one of these conversations in the same instant. It has
        # work now and so have we, at the next call.
        return []
    place = {row_id: number for number, row_id in enumerate(ids)}
    return sorted(rows, key=lambda row: place[row.id])


@cache
def _heads(line: Line) -> Select[int]:
    """Ids of the rows whose turn it is. Built once: putting it together costs more than running it."""
    table = line.table
    busy = table.alias("busy")
    line_up = table.alias("line_up")
    # A subquery that picks one row, and not NOT EXISTS (an earlier one): PostgreSQL turns the latter into
    # a join, and with figures from before a flood it joins every waiting row with every other.
    head = (
        select(line_up.c.id)
        .where(
            line_up.c.conversation_key == table.c.conversation_key,
            state_in(line_up.c.state, line.live),
        )
        .order_by(line_up.c[line.order.name], line_up.c.id)
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(table.c.id)
        .where(
            state_in(table.c.state, line.live),
            table.c.state == line.waiting,
            ~exists().where(
                busy.c.conversation_key == table.c.conversation_key, state_in(busy.c.state, line.in_flight)
            ),
            table.c.id == head,
        )
        .order_by(*line.oldest)
        .with_for_update(of=table, skip_locked=True)
    )
