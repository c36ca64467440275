"""Inserting where the row may be there already."""

import secrets
from functools import cache
from typing import Any

from sqlalchemy import Column, Connection, Table, column
from sqlalchemy import table as table_clause
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


def insert_out_of_order(
    connection: Connection, table: Table, values: dict[str, Any], unique: tuple[str, ...] = ("id",)
) -> str | None:
    """Insert where the order of rows must tell nothing; the row's id, None where `unique` is taken already.

    SQLite numbers the rows of every table by itself, one after the other: two tables written to in one
    transaction could be laid side by side. Here each row gets a number drawn by lot. PostgreSQL notes with each
    row which transaction wrote it; storage/mixing.py takes that away.
    """
    dialect = connection.dialect.name
    if dialect == "sqlite":
        values = {**values, "rowid": secrets.randbits(62)}
    statement = _insert_out_of_order(table, unique, dialect)
    found: str | None = connection.execute(statement, values).scalar_one_or_none()
    return found


@cache
def _insert_out_of_order(table: Table, unique: tuple[str, ...], dialect: str) -> ReturningInsert[Any]:
    if dialect == "postgresql":
        return _insert_if_new(table, table.c.id, unique, dialect)
    named = table_clause(table.name, column("rowid"), *(column(c.name, c.type) for c in table.c))
    insert = sqlite.insert(named).on_conflict_do_nothing(index_elements=list(unique))
    return insert.returning(named.c.id)
