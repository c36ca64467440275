"""Inserting where the row may be there already."""

from functools import cache
from typing import Any

from sqlalchemy import Column, Connection, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert


def insert_if_new(
    connection: Connection,
    table: Table,
    values: dict[str, Any],
    returning: Column[Any],
    unique: tuple[str, ...],
) -> Any | None:
    """Insert, and return the value of `returning`; None where `unique` columns are taken already.

    RETURNING and not `rowcount`, which psycopg gives as -1 after ON CONFLICT DO NOTHING.
    """
    statement = _insert_if_new(table, returning, unique, connection.dialect.name)
    return connection.execute(statement, values).scalar_one_or_none()


@cache
def _insert_if_new(
    table: Table, returning: Column[Any], unique: tuple[str, ...], dialect: str
) -> ReturningInsert[Any]:
    # Built once: putting a statement together costs more than running it.
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(table).on_conflict_do_nothing(index_elements=list(unique)).returning(returning)
