"""Who was given a ticket for an anonymous consultation: known, so that nobody gets two; never which ticket it was.

A row has a keyed hash of the person, a response one of the ticket: neither can be worked out of the other.
"""

from uuid import uuid4

from sqlalchemy import Connection, select

from storage.rows import insert_out_of_order
from storage.tables import tickets
from storage.vault import Vault


class Tickets:
    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    def give(self, consultation: str, person_id: str) -> bool:
        """Note that a person has a ticket; False where they had one before."""
        if self.had(consultation, person_id):  # under an earlier key, too
            return False
        values = {
            "id": str(uuid4()),
            "consultation": consultation,
            "person_index": ticket_indexes(self._vault, consultation, person_id)[0],
        }
        unique = ("consultation", "person_index")
        return insert_out_of_order(self._connection, tickets, values, unique) is not None

    def had(self, consultation: str, person_id: str) -> bool:
        theirs = ticket_indexes(self._vault, consultation, person_id)
        query = select(tickets.c.id).where(
            tickets.c.consultation == consultation, tickets.c.person_index.in_(theirs)
        )
        return self._connection.execute(query.limit(1)).first() is not None


def ticket_indexes(vault: Vault, consultation: str, person_id: str) -> tuple[str, ...]:
    """The hashes by which a person is known there: under the present key first, then under earlier ones."""
    return vault.indexes("tickets.person", f"{consultation}\n{person_id}")
