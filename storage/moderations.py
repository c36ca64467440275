"""What was turned aside of what people wrote, counted and never quoted: so that fairness can be shown."""

from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection, insert

from storage.tables import moderations


class Moderations:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(
        self,
        channel: str,
        kind: str,
        outcome: str,
        now: datetime,
        *,
        form: str | None = None,
        field: str | None = None,
    ) -> None:
        """`kind` and `outcome` as in the event Moderated. Nothing leads from a row to a person or to their words."""
        values = {
            "id": str(uuid4()),
            "at": now,
            "channel": channel,
            "form": form,
            "field": field,
            "kind": kind,
            "outcome": outcome,
        }
        self._connection.execute(insert(moderations).values(values))
