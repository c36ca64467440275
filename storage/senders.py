"""How fast each sender writes: a row each, so that all processes together keep one to the same pace.

GCRA, as in storage/gate.py: `tat` is when the next message would come if all came evenly. Whoever goes over the pace
waits for a while, however many more they send meanwhile. A sender is a keyed hash of a conversation or network.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, select, update

from storage.rows import insert_if_new
from storage.tables import senders


class Admission(StrEnum):
    IN = "in"
    FIRST_OUT = "first_out"  # the one that went over the pace: now it is time to say so
    OUT = "out"


class Senders:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def admit(
        self, sender: str, now: datetime, *, most: int, within: timedelta, wait: timedelta
    ) -> Admission:
        """Count one more of a sender, who may send `most` at once and as many `within` that time again."""
        tat, waits_until = self._lock(sender, now)
        if waits_until is not None and now < waits_until <= now + wait:
            return Admission.OUT
        each = within / most
        tat = min(max(tat, now), now + within)  # a clock set back must not shut anybody out
        if tat + each > now + within + each / 2:
            self._keep(sender, tat, now + wait)
            return Admission.FIRST_OUT
        self._keep(sender, tat + each, None)
        return Admission.IN

    def recall(self, sender: str, at: datetime, *, wait: timedelta) -> Admission:
        """What `admit` said of a message that came `at`, with no later one of its sender since; counts nothing."""
        one = select(senders.c.waits_until).where(senders.c.sender == sender)
        waits_until = self._connection.execute(one).scalar_one_or_none()
        if waits_until is None or not at < waits_until <= at + wait:
            return Admission.IN
        return Admission.FIRST_OUT if waits_until == at + wait else Admission.OUT

    def _keep(self, sender: str, tat: datetime, waits_until: datetime | None) -> None:
        one = update(senders).where(senders.c.sender == sender)
        self._connection.execute(one.values(tat=tat, waits_until=waits_until))

    def _lock(self, sender: str, now: datetime) -> tuple[datetime, datetime | None]:
        query = select(senders.c.tat, senders.c.waits_until).where(senders.c.sender == sender)
        row = self._connection.execute(query.with_for_update()).one_or_none()
        if row is None:
            values = {"sender": sender, "tat": now}
            insert_if_new(self._connection, senders, values, senders.c.sender, unique=("sender",))
            row = self._connection.execute(query.with_for_update()).one()
        return row.tat, row.waits_until
