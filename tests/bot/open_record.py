"""Prints a whole record, sealed columns opened, to see what it holds of somebody.

SECRET_KEY=... .venv/bin/python -m tests.bot.open_record sqlite:////tmp/data/frontdoor.db | grep Warwick
"""

import os
import sys
from collections.abc import Callable
from typing import Any

from sqlalchemy import LargeBinary, Row, select

from storage.database import Database, Transaction
from storage.tables import metadata
from storage.vault import Vault

# The place each sealed column is bound to.
PLACES: dict[str, Callable[[Row[Any]], str]] = {
    "handles.address": lambda row: row.id,
    "conversations.state": lambda row: row.id,
    "inbox.payload": lambda row: f"{row.channel}:{row.provider_id}",
    "messages.body": lambda row: row.id,
    "outbox.address": lambda row: row.key,
    "outbox.body": lambda row: row.key,
    "submissions.personal": lambda row: row.id,
    "submission_events.note": lambda row: row.note_id,
    "unanswered.text": lambda row: row.id,
    "memberships.postcode": lambda row: row.id,
    "codes.address": lambda row: row.id,
    "pushes.reply": lambda row: row.key,
}


def open_record(tx: Transaction) -> list[tuple[str, str]]:
    """(table, row as text) of every row there is."""
    return [
        (table.name, str({name: _opened(tx, table.name, name, row) for name in row._mapping}))
        for table in metadata.sorted_tables
        for row in tx.connection.execute(select(table))
    ]


def tables_with(tx: Transaction, *words: str) -> dict[str, int]:
    """How many rows of each table hold one of these words, whatever their case."""
    found: dict[str, int] = {}
    for table, row in open_record(tx):
        if any(word.casefold() in row.casefold() for word in words):
            found[table] = found.get(table, 0) + 1
    return found


def _opened(tx: Transaction, table: str, column: str, row: Row[Any]) -> Any:
    value = row._mapping[column]
    if value is None or not isinstance(metadata.tables[table].c[column].type, LargeBinary):
        return value
    name = f"{table}.{column}"
    return tx.vault.open_text(value, f"{name}:{PLACES[name](row)}")


if __name__ == "__main__":
    database = Database(sys.argv[1], Vault(os.environ["SECRET_KEY"]))
    with database.reading() as opened:
        for table, row in open_record(opened):
            print(table, row)  # noqa: T201
    database.dispose()
