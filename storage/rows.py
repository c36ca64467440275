"""Inserting where the row may be there already."""

from typing import Any

from sqlalchemy import Column, Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


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
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).values(values)
    statement = statement.on_conflict_do_nothing(index_elements=list(unique)).returning(returning)
    return connection.execute(statement).scalar_one_or_none()
