"""One row per door that holds all its workers to the supplier's rate.

GCRA, the generic cell rate algorithm: `tat` is when the next send would arrive if all kept the rate; a
send may come `burst - 1` intervals before that.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from storage.rows import insert_if_new
from storage.tables import gate


class Gate:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def take(self, channel: str, now: datetime, rate_per_second: float, burst: int) -> float:
        """Take a token and return 0.0, or return the seconds to wait with none taken."""
        tat, paused_until = self._lock(channel)
        if paused_until is not None and paused_until > now:
            return (paused_until - now).total_seconds()
        interval = timedelta(seconds=1 / rate_per_second)
        # A clock set back must not shut the door: no honest `tat` is further away than a full burst.
        tat = min(max(tat or now, now), now + interval * burst)
        wait = (tat - interval * (burst - 1) - now).total_seconds()
        if wait > 0:
            return wait
        self._connection.execute(update(gate).where(gate.c.channel == channel).values(tat=tat + interval))
        return 0.0

    def pause(self, channel: str, until: datetime) -> None:
        """Nobody takes a token before `until` (a supplier's 429); a longer pause is not cut short."""
        _, paused_until = self._lock(channel)
        if paused_until is None or paused_until < until:
            statement = update(gate).where(gate.c.channel == channel).values(paused_until=until)
            self._connection.execute(statement)

    def _lock(self, channel: str) -> tuple[datetime | None, datetime | None]:
        query = select(gate.c.tat, gate.c.paused_until).where(gate.c.channel == channel).with_for_update()
        row = self._connection.execute(query).one_or_none()
        if row is None:
            insert_if_new(self._connection, gate, {"channel": channel}, gate.c.channel, unique=("channel",))
            row = self._connection.execute(query).one()
        return row.tat, row.paused_until
