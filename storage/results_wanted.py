"""Where to say what came of a consultation; nothing leads to what was answered."""

from uuid import uuid4

from sqlalchemy import Connection, delete, select

from storage.rows import insert_out_of_order
from storage.tables import results_wanted


class ResultsWanted:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, consultation: str, conversation_id: str) -> None:
        values = {"id": str(uuid4()), "consultation": consultation, "conversation_id": conversation_id}
        unique = ("consultation", "conversation_id")
        insert_out_of_order(self._connection, results_wanted, values, unique)

    def drop(self, consultation: str, conversation_id: str) -> bool:
        """They were told, or want it no more; False where nothing was wanted."""
        theirs = delete(results_wanted).where(
            results_wanted.c.consultation == consultation,
            results_wanted.c.conversation_id == conversation_id,
        )
        return self._connection.execute(theirs).rowcount > 0

    def conversations(self, consultation: str, limit: int | None = None) -> list[str]:
        """Ids of the conversations, in no order."""
        query = select(results_wanted.c.conversation_id).where(results_wanted.c.consultation == consultation)
        return list(self._connection.execute(query.order_by(results_wanted.c.id).limit(limit)).scalars())
