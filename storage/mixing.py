"""Taking away the order in which rows were written, where that order could join what is kept apart.

PostgreSQL notes with every row the transaction that wrote it (`xmin`), and lays rows down one after the other: for
somebody who may query the database, a response, the ticket, the equality row and the message of one turn would be
one. So these rows are written anew, shuffled and all in one transaction, daily and when a consultation closes.
What one transaction wrote alone is taken for shuffled: whoever writes many at once shuffles them first.
SQLite notes no such thing; there the rows lie at places drawn by lot from the start (storage/rows.py).
"""

from functools import partial

from sqlalchemy import text

from storage.database import Database, Transaction

# Which rows, and the id they get. A response keeps its own: its sealed words are bound to it.
_MIXED = {
    "equality_rows": ("", "gen_random_uuid()::text"),
    "tickets": ("", "gen_random_uuid()::text"),
    "results_wanted": ("", "gen_random_uuid()::text"),
    "responses": ("WHERE person_id IS NULL", "id"),
}


def mix(database: Database) -> int:
    """Shuffle what is not shuffled yet, a table at a time; returns how many were. Nothing to do on SQLite."""
    if database.is_sqlite:
        return 0
    return sum(
        database.run_blocking(partial(_mix_table, name, which, id)) for name, (which, id) in _MIXED.items()
    )


def _mix_table(name: str, which: str, id: str, tx: Transaction) -> bool:
    execute = tx.connection.execute
    rows, transactions = execute(
        text(f"SELECT count(*), count(DISTINCT xmin::text) FROM {name} {which}")
    ).one()
    if rows == 0 or (rows > 1 and transactions == 1):
        return False
    # Who writes there waits: a change or an erasure would miss a row that is taken out and put back meanwhile.
    execute(text(f"LOCK TABLE {name} IN SHARE ROW EXCLUSIVE MODE"))
    query = text(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() "
        "AND table_name = :name AND column_name <> 'id' ORDER BY ordinal_position"
    )
    others = ", ".join(execute(query, {"name": name}).scalars())
    execute(
        text(
            f"WITH gone AS (DELETE FROM {name} {which} RETURNING *) "
            f"INSERT INTO {name} (id, {others}) SELECT {id}, {others} FROM gone ORDER BY random()"
        )
    )
    return True
