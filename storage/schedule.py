"""Periodic work, done by one worker at a time."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, or_, select, update

from storage.rows import insert_if_new
from storage.tables import schedule


class Schedule:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def claim_due(
        self, names_with_intervals: dict[str, float], owner: str, now: datetime, lease_seconds: float
    ) -> list[str]:
        """Lease the work that is due; `names_with_intervals` maps each name to seconds between runs.

        New names are due at once. A run planned further away than its interval (the clock was set back,
        the interval made shorter) is due as well.
        """
        return [
            name
            for name, interval in sorted(names_with_intervals.items())
            if self._try_lease(name, timedelta(seconds=interval), owner, now, lease_seconds)
        ]

    def finish(self, name: str, owner: str, next_run_at: datetime) -> bool:
        """False where the lease ran out and another worker has taken it over."""
        done = (
            update(schedule)
            .where(schedule.c.name == name, schedule.c.owner == owner)
            .values(next_run_at=next_run_at, owner=None, lease_until=None)
        )
        return self._connection.execute(done).rowcount == 1

    def _try_lease(
        self, name: str, interval: timedelta, owner: str, now: datetime, lease_seconds: float
    ) -> bool:
        new = {"name": name, "next_run_at": now}
        known = self._connection.execute(select(schedule.c.name).where(schedule.c.name == name)).first()
        if known is None:
            insert_if_new(self._connection, schedule, new, schedule.c.name, unique=("name",))
        lease = (
            update(schedule)
            .where(
                schedule.c.name == name,
                or_(schedule.c.next_run_at <= now, schedule.c.next_run_at > now + interval),
                or_(schedule.c.lease_until.is_(None), schedule.c.lease_until <= now),
            )
            .values(owner=owner, lease_until=now + timedelta(seconds=lease_seconds))
        )
        return self._connection.execute(lease).rowcount == 1
