"""Taking away the order in which rows were written, where that order could join what is kept apart.

PostgreSQL notes with every row the transaction that wrote it (`xmin`), and lays rows down one after the other: for
somebody who may query the database, a response, the ticket, the equality row and the message of one turn would be
one. So these rows are written anew, shuffled and all in one transaction, daily and when a consultation closes.
What one transaction wrote alone is taken for shuffled: whoever writes many at once shuffles them first.
SQLite notes no such thing; there the rows lie at places drawn by lot from the start (storage/rows.py).
"""

from sqlalchemy import Connection, text

# Which rows, and the columns that are drawn anew. A response keeps its id: its sealed words are bound to it.
_MIXED = {
    "equality_rows": ("", "gen_random_uuid()::text"),
    "tickets": ("", "gen_random_uuid()::text"),
    "results_wanted": ("", "gen_random_uuid()::text"),
    "responses": ("WHERE person_id IS NULL", "id"),
}


def mix(connection: Connection) -> int:
    """Shuffle what is not shuffled yet; returns how many tables were. Nothing to do on SQLite."""
    if connection.dialect.name != "postgresql":
        return 0
    return sum(_mix_table(connection, name, which, id) for name, (which, id) in _MIXED.items())


def _mix_table(connection: Connection, name: str, which: str, id: str) -> bool:
    written = text(f"SELECT count(*), count(DISTINCT xmin::text) FROM {name} {which}")
    rows, transactions = connection.execute(written).one()
    if rows == 0 or (rows > 1 and transactions == 1):
        return False
    query = text(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() "
        "AND table_name = :name AND column_name <> 'id' ORDER BY ordinal_position"
    )
    others = ", ".join(connection.execute(query, {"name": name}).scalars())
    connection.execute(
        text(
            f"WITH gone AS (DELETE FROM {name} {which} RETURNING *) "
            f"INSERT INTO {name} (id, {others}) SELECT {id}, {others} FROM gone ORDER BY random()"
        )
    )
    return True
