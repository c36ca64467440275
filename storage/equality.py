"""Who people say they are, for whole consultations; nothing here leads to a response, a person or a time.

A row has a random id and, on SQLite, a place in the file drawn by lot (storage/rows.py); it is read by its id, so
that no list ever has the order in which people answered. What somebody with the raw file could still see: in
SQLite's journal (-wal), until it is written back, which rows one commit wrote; on PostgreSQL the same by `xmin`,
until storage/mixing.py has rewritten them (daily, and at closing). Backups hold what the files held.
"""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, func, select

from storage.rows import insert_out_of_order
from storage.tables import equality_rows


class Equality:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, consultation: str, answers: dict[str, Any]) -> None:
        """What was answered stays as it is; there is no way to find it again."""
        values = {"id": str(uuid4()), "consultation": consultation, "answers": answers}
        insert_out_of_order(self._connection, equality_rows, values)

    def rows(self, consultation: str) -> Iterator[dict[str, Any]]:
        """The answers of one person each, in no order."""
        query = select(equality_rows.c.answers).where(equality_rows.c.consultation == consultation)
        query = query.order_by(equality_rows.c.id).execution_options(yield_per=1000)
        with self._connection.execute(query) as rows:
            yield from rows.scalars()

    def count(self, consultation: str) -> int:
        query = select(func.count()).where(equality_rows.c.consultation == consultation)
        return int(self._connection.execute(query).scalar_one())
