"""The one claim query that inbox and outbox share.

A row can be claimed where it is the first live row of its conversation and no other row of that
conversation is in some worker's hands. On PostgreSQL rows that another claimer looks at are skipped; on
SQLite the writing transaction is alone. A unique index over leased rows holds the rule even where two
PostgreSQL claimers could not see each other's work.

Statements are built once and kept: putting one together costs more than running it.
"""

from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Row,
    Select,
    Table,
    bindparam,
    exists,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.dml import ReturningUpdate

from storage.tables import state_in


@dataclass(frozen=True, eq=False)
class Line:
    """What differs between the two tables that are claimed from.

    `order` is the column that comes before the row id in a conversation's order; `oldest` the columns
    that order the heads of all conversations. A claim counts as an attempt where `counts_attempts`.
    """

    table: Table
    waiting: str
    in_flight: tuple[str, ...]
    order: Column[int]
    oldest: tuple[Column[Any], ...]
    counts_attempts: bool

    @property
    def live(self) -> tuple[str, ...]:
        return (self.waiting, *self.in_flight)

    def filters(self) -> dict[str, ColumnElement[bool]]:
        """What a claim may ask for, by the name of its argument."""
        columns = self.table.c
        return {
            "due_at": columns.next_at <= bindparam("due_at"),
            "due_or_new_at": or_(columns.next_at <= bindparam("due_or_new_at"), columns.attempts == 0),
            "conversation_key": columns.conversation_key == bindparam("conversation_key"),
            "channels": columns.channel.in_(bindparam("channels", expanding=True)),
        }


def claim_heads(
    connection: Connection,
    line: Line,
    asked: dict[str, Any],
    *,
    owner: str,
    now: datetime,
    lease_seconds: float,
    limit: int,
) -> list[Row[Any]]:
    """Lease up to `limit` heads to `owner` and return their whole rows, oldest first.

    `asked` narrows the candidates by `Line.filters`, never the rows that must be waited for; None asks
    for nothing.
    """
    asked = {name: value for name, value in asked.items() if value is not None}
    candidates = _candidates(line, tuple(sorted(asked)))
    try:
        # SQLite's writer is alone, so nobody can get in between; PostgreSQL's claimers are many.
        is_alone = connection.dialect.name == "sqlite"
        with nullcontext() if is_alone else connection.begin_nested():
            ids = list(connection.execute(candidates, {**asked, "at_most": limit}).scalars())
            if not ids:
                return []
            lease = {
                "ids": ids,
                "new_owner": owner,
                "new_lease_until": now + timedelta(seconds=lease_seconds),
            }
            rows = list(connection.execute(_lease(line), lease))
    except IntegrityError:
        # Another claimer took an earlier row of one of these conversations in the same instant. It has
        # work now and so have we, at the next call.
        return []
    place = {row_id: number for number, row_id in enumerate(ids)}
    return sorted(rows, key=lambda row: place[row.id])


@cache
def _candidates(line: Line, asked: tuple[str, ...]) -> Select[int]:
    """Ids of the rows whose turn it is."""
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
    filters = line.filters()
    return (
        select(table.c.id)
        .where(
            state_in(table.c.state, line.live),
            table.c.state == line.waiting,
            *(filters[name] for name in asked),
            ~exists().where(
                busy.c.conversation_key == table.c.conversation_key, state_in(busy.c.state, line.in_flight)
            ),
            table.c.id == head,
        )
        .order_by(*line.oldest)
        .limit(bindparam("at_most"))
        .with_for_update(of=table, skip_locked=True)
    )


@cache
def _lease(line: Line) -> ReturningUpdate[Any]:
    table = line.table
    values: dict[str, Any] = {
        "state": "leased",
        "owner": bindparam("new_owner"),
        "lease_until": bindparam("new_lease_until"),
    }
    if line.counts_attempts:
        values["attempts"] = table.c.attempts + 1
    mine = (table.c.id.in_(bindparam("ids", expanding=True)), table.c.state == line.waiting)
    return update(table).where(*mine).values(values).returning(*table.c)
