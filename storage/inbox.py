"""Messages as the suppliers handed them over, kept before anything else is done with them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update

from storage.claim import Line, claim_heads
from storage.errors import LeaseLost
from storage.rows import insert_if_new
from storage.senders import Admission
from storage.states import INBOX_LIVE, InboxState
from storage.tables import inbox, state_in
from storage.vault import Vault

LINE = Line(
    table=inbox,
    waiting=InboxState.WAITING,
    in_flight=(InboxState.LEASED,),
    order=inbox.c.sequence,
    oldest=(inbox.c.id,),
    counts_attempts=True,
)
EXPIRE = (
    update(inbox)
    .where(
        state_in(inbox.c.state, INBOX_LIVE),
        state_in(inbox.c.state, (InboxState.LEASED,)),
        inbox.c.lease_until <= bindparam("now"),
    )
    .values(state=InboxState.WAITING, owner=None, lease_until=None)
)


@dataclass(frozen=True)
class Accepted:
    """`fresh` is False where the supplier had sent this message before; `id` is then the earlier row's."""

    id: int
    fresh: bool


@dataclass(frozen=True)
class InboxItem:
    """A claimed message. `attempts` counts this claim too; `admission` is for whoever counts how fast senders write."""

    id: int
    channel: str
    provider_id: str
    conversation_key: str
    payload: dict[str, Any]
    received_at: datetime
    attempts: int
    admission: Admission = Admission.IN


class Inbox:
    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    def accept(
        self,
        channel: str,
        provider_id: str,
        conversation_key: str,
        payload: dict[str, Any],
        sequence: int,
        now: datetime,
        hold_seconds: float = 0,
    ) -> Accepted:
        """Keep a message once, however often it comes.

        `sequence` orders a conversation (Telegram's update_id, or the microsecond of receipt).
        `hold_seconds` keeps the worker off it for that long (`claim` with `ignore_hold` takes it at once).
        """
        values = {
            "channel": channel,
            "provider_id": provider_id,
            "conversation_key": conversation_key,
            "sequence": sequence,
            "payload": self._vault.seal(json.dumps(payload), _place(channel, provider_id)),
            "received_at": now,
            "state": InboxState.WAITING,
            "attempts": 0,
            "next_at": now + timedelta(seconds=hold_seconds),
        }
        fresh = insert_if_new(self._connection, inbox, values, inbox.c.id, unique=("channel", "provider_id"))
        if fresh is not None:
            return Accepted(id=fresh, fresh=True)
        known = select(inbox.c.id).where(inbox.c.channel == channel, inbox.c.provider_id == provider_id)
        return Accepted(id=self._connection.execute(known).scalar_one(), fresh=False)

    def claim(
        self,
        owner: str,
        now: datetime,
        lease_seconds: float,
        limit: int,
        conversation_key: str | None = None,
        channels: Iterable[str] | None = None,
        ignore_hold: bool = False,
    ) -> list[InboxItem]:
        """Lease the first live message of up to `limit` conversations; leases that ran out count as live.

        `ignore_hold` takes a message its hold keeps from others. A hold is for the first try only: one
        that failed waits its time, whoever asks.
        """
        if conversation_key is None:
            # Whoever looks over all conversations gives lapsed leases back; once a second is enough.
            self.expire(now)
        rows = claim_heads(
            self._connection,
            LINE,
            {
                "due_or_new_at" if ignore_hold else "due_at": now,
                "conversation_key": conversation_key,
                "channels": None if channels is None else list(channels),
            },
            owner=owner,
            now=now,
            lease_seconds=lease_seconds,
            limit=limit,
        )
        return [
            InboxItem(
                id=row.id,
                channel=row.channel,
                provider_id=row.provider_id,
                conversation_key=row.conversation_key,
                payload=json.loads(self._vault.open_text(row.payload, _place(row.channel, row.provider_id))),
                received_at=row.received_at,
                attempts=row.attempts,
            )
            for row in rows
        ]

    def expire(self, now: datetime) -> int:
        """Give back what a worker claimed and did not finish in time."""
        return self._connection.execute(EXPIRE, {"now": now}).rowcount

    def finish(self, id: int, owner: str, now: datetime) -> None:
        """Mark done. Raises LeaseLost where the lease went to someone else: roll the turn back then."""
        done = {"state": InboxState.DONE, "finished_at": now, "error": None}
        if not self._move(id, owner, done):
            raise LeaseLost(f"inbox {id}")

    def empty(self, id: int) -> None:
        """Takes the words out of a message that was taken; its row stays to know a replay."""
        taken = update(inbox).where(inbox.c.id == id, inbox.c.state == InboxState.DONE)
        self._connection.execute(taken.values(payload=None))

    def retry(self, id: int, owner: str, now: datetime, delay_seconds: float, error: str) -> bool:
        """Put back for later; the conversation waits with it. `error` is a code, never words of a citizen."""
        later = now + timedelta(seconds=delay_seconds)
        return self._move(id, owner, {"state": InboxState.WAITING, "next_at": later, "error": error[:200]})

    def set_aside(self, id: int, owner: str, now: datetime, error: str) -> bool:
        """Give up on it, so that the conversation goes on; staff see it through a notice."""
        aside = {"state": InboxState.SET_ASIDE, "finished_at": now, "error": error[:200]}
        return self._move(id, owner, aside)

    def state_of(self, id: int) -> InboxState | None:
        state = self._connection.execute(select(inbox.c.state).where(inbox.c.id == id)).scalar_one_or_none()
        return InboxState(state) if state is not None else None

    def counts(self) -> dict[str, int]:
        """How many are waiting, leased and set aside. Those done are not counted: they only grow."""
        counts = dict.fromkeys((*INBOX_LIVE, InboxState.SET_ASIDE), 0)
        for states in (INBOX_LIVE, (InboxState.SET_ASIDE,)):
            query = select(inbox.c.state, func.count()).where(state_in(inbox.c.state, states))
            for state, number in self._connection.execute(query.group_by(inbox.c.state)):
                counts[InboxState(state)] = number
        return {str(state): number for state, number in counts.items()}

    def oldest_waiting(self) -> datetime | None:
        """When the message was received that has waited longest."""
        query = select(func.min(inbox.c.received_at)).where(
            state_in(inbox.c.state, INBOX_LIVE), inbox.c.state == InboxState.WAITING
        )
        oldest: datetime | None = self._connection.execute(query).scalar_one()
        return oldest

    def _move(self, id: int, owner: str, values: dict[str, Any]) -> bool:
        mine = (inbox.c.id == id, inbox.c.owner == owner, inbox.c.state == InboxState.LEASED)
        statement = update(inbox).where(*mine).values(owner=None, lease_until=None, **values)
        return self._connection.execute(statement).rowcount == 1


def _place(channel: str, provider_id: str) -> str:
    # The row's own number is not known before it is inserted; the supplier's id is unique too.
    return f"inbox.payload:{channel}:{provider_id}"
