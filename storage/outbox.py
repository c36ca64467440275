"""Messages promised to citizens: kept with the turn that promised them, sent afterwards, in order."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, case, func, null, or_, select, update

from storage.claim import Line, claim_heads
from storage.rows import insert_if_new
from storage.states import OUTBOX_IN_FLIGHT, OUTBOX_LIVE, OnUnknown, OutboxState, Priority
from storage.tables import outbox, state_in
from storage.vault import Vault

LINE = Line(
    table=outbox,
    waiting=OutboxState.PENDING,
    in_flight=OUTBOX_IN_FLIGHT,
    order=outbox.c.priority,
    oldest=(outbox.c.priority, outbox.c.id),
    counts_attempts=False,  # a call that is begun counts, not a lease
)
# A supplier's report only ever moves a row to a higher rank.
RANKS = {
    OutboxState.PENDING: 0,
    OutboxState.LEASED: 0,
    OutboxState.SENDING: 0,
    OutboxState.UNKNOWN: 0,
    OutboxState.SENT: 1,
    OutboxState.DELIVERED: 2,
    OutboxState.FAILED: 2,
    OutboxState.CANCELLED: 2,
}
# Where nothing more will be done with a message; one that is fleeting is emptied there.
OVER = (OutboxState.SENT, OutboxState.DELIVERED, OutboxState.FAILED, OutboxState.CANCELLED)
EMPTIED = {
    "body": case((outbox.c.fleeting, null()), else_=outbox.c.body),
    "address": case((outbox.c.fleeting, null()), else_=outbox.c.address),
}
SETTLED = (OutboxState.SENT, OutboxState.DELIVERED, OutboxState.FAILED, OutboxState.PENDING)


@dataclass(frozen=True)
class OutboxItem:
    """A message to send. `started_at` is when the last call to the supplier was begun, if any."""

    id: int
    key: str
    conversation_id: str | None
    conversation_key: str
    channel: str
    address: str
    priority: int
    body: dict[str, Any]
    on_unknown: OnUnknown
    has_buttons: bool
    attempts: int
    created_at: datetime
    started_at: datetime | None
    provider_ref: str | None


class Outbox:
    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    def add(
        self,
        key: str,
        conversation_id: str | None,
        conversation_key: str,
        channel: str,
        address: str,
        body: dict[str, Any],
        priority: int,
        on_unknown: str,
        has_buttons: bool,
        now: datetime,
        next_at: datetime | None = None,
        fleeting: bool = False,
    ) -> bool:
        """Promise a message once; False where one with this key was promised before.

        It goes out at `next_at` (None: now). Of a `fleeting` one neither words nor address are kept once it is
        sent, delivered, failed or cancelled.
        """
        values = {
            "key": key,
            "conversation_id": conversation_id,
            "conversation_key": conversation_key,
            "channel": channel,
            "address": self._vault.seal(address, f"outbox.address:{key}"),
            "priority": Priority(priority),
            "body": self._vault.seal(json.dumps(body), f"outbox.body:{key}"),
            "state": OutboxState.PENDING,
            "on_unknown": OnUnknown(on_unknown),
            "has_buttons": has_buttons,
            "retired": False,
            "fleeting": fleeting,
            "attempts": 0,
            "next_at": next_at or now,
            "created_at": now,
        }
        return insert_if_new(self._connection, outbox, values, outbox.c.id, unique=("key",)) is not None

    def claim(
        self,
        owner: str,
        now: datetime,
        lease_seconds: float,
        limit: int,
        channels: Iterable[str] | None = None,
    ) -> list[OutboxItem]:
        """Lease the next message of up to `limit` conversations, urgent ones and replies before alerts."""
        rows = claim_heads(
            self._connection,
            LINE,
            {"due_at": now, "channels": None if channels is None else list(channels)},
            owner=owner,
            now=now,
            lease_seconds=lease_seconds,
            limit=limit,
        )
        return [self._item(row) for row in rows]

    def start_sending(self, id: int, owner: str, now: datetime) -> bool:
        """Commit this just before the call. False: no longer ours (cancelled, expired), do not call."""
        sending = {
            "state": OutboxState.SENDING,
            "attempts": outbox.c.attempts + 1,
            "started_at": now,
        }
        return self._move(id, sending, owner=owner, states=(OutboxState.LEASED,))

    def sent(self, id: int, owner: str, provider_ref: str | None, now: datetime) -> bool:
        """The supplier took it: a fact, whatever became of the lease meanwhile, so `owner` is not asked for.

        Where a status report was quicker, or the row was put back already, it is not sent again.
        """
        if self._move(
            id,
            {"state": OutboxState.SENT, "provider_ref": provider_ref, "sent_at": now, "error": None},
            states=OUTBOX_LIVE,
        ):
            return True
        # A status report came first: keep its state, add what only this answer knows.
        known = update(outbox).where(
            outbox.c.id == id,
            outbox.c.state.in_([OutboxState.SENT, OutboxState.DELIVERED, OutboxState.FAILED]),
        )
        known = known.values(
            provider_ref=func.coalesce(outbox.c.provider_ref, provider_ref),
            sent_at=func.coalesce(outbox.c.sent_at, now),
        )
        return self._connection.execute(known).rowcount == 1

    def release(self, id: int, owner: str, next_at: datetime) -> bool:
        """Put back what did not go out and does not count as an attempt (the gate or a 429 said wait)."""
        started = case((outbox.c.state == OutboxState.SENDING, 1), else_=0)
        values = {
            "state": OutboxState.PENDING,
            "next_at": next_at,
            "attempts": outbox.c.attempts - started,
        }
        return self._move(id, values, owner=owner, states=(OutboxState.LEASED, OutboxState.SENDING))

    def retry(self, id: int, owner: str, next_at: datetime, error: str) -> bool:
        """Put back what certainly did not go out. `error` is the supplier's code."""
        values = {"state": OutboxState.PENDING, "next_at": next_at, "error": error[:200]}
        return self._move(id, values, owner=owner, states=(OutboxState.LEASED, OutboxState.SENDING))

    def fail(self, id: int, owner: str, error: str, now: datetime) -> bool:
        """It will never be taken; the conversation goes on with the next message."""
        values = {"state": OutboxState.FAILED, "error": error[:200]}
        return self._move(id, values, owner=owner, states=(OutboxState.LEASED, OutboxState.SENDING))

    def mark_unknown(self, id: int, owner: str, now: datetime) -> bool:
        """The call left and no answer came."""
        values = {"state": OutboxState.UNKNOWN, "next_at": now}
        return self._move(id, values, owner=owner, states=(OutboxState.SENDING,))

    def expire(self, now: datetime) -> int:
        """After a crash: what was only leased may go to another worker; what was being sent is unknown."""
        lapsed = (
            update(outbox)
            .where(
                state_in(outbox.c.state, OUTBOX_LIVE),
                outbox.c.state.in_([OutboxState.LEASED, OutboxState.SENDING]),
                outbox.c.lease_until <= now,
            )
            .values(
                state=case(
                    (outbox.c.state == OutboxState.SENDING, OutboxState.UNKNOWN.value),
                    else_=OutboxState.PENDING.value,
                ),
                next_at=now,
                owner=None,
                lease_until=None,
            )
        )
        return self._connection.execute(lapsed).rowcount

    def unknown(self, limit: int, now: datetime) -> list[OutboxItem]:
        """Sends to ask the supplier about, longest unasked first."""
        query = (
            select(outbox)
            .where(
                state_in(outbox.c.state, OUTBOX_LIVE),
                outbox.c.state == OutboxState.UNKNOWN,
                outbox.c.next_at <= now,
            )
            .order_by(outbox.c.next_at, outbox.c.id)
            .limit(limit)
        )
        return [self._item(row) for row in self._connection.execute(query)]

    def ask_later(self, id: int, next_at: datetime) -> bool:
        """The supplier could not be asked; `unknown` gives it again after `next_at`."""
        return self._move(id, {"next_at": next_at}, states=(OutboxState.UNKNOWN,))

    def settle(
        self, id: int, state: str, provider_ref: str | None, now: datetime, error: str | None = None
    ) -> bool:
        """Decide an unknown send: sent, delivered, failed, or pending to send it again."""
        if state not in SETTLED:
            raise ValueError(f"an unknown send cannot become {state}")
        values: dict[str, Any] = {"state": OutboxState(state), "next_at": now, "error": error}
        if state in (OutboxState.SENT, OutboxState.DELIVERED):
            values |= {"provider_ref": provider_ref, "sent_at": now}
        return self._move(id, values, states=(OutboxState.UNKNOWN,))

    def record_status(
        self,
        channel: str,
        now: datetime,
        provider_ref: str | None = None,
        key: str | None = None,
        status: str = OutboxState.SENT,
        error: str | None = None,
    ) -> bool:
        """Keep a supplier's report (sent, delivered, failed), found by our key or by the supplier's id.

        Reports come late, twice and out of order: a row never moves backwards. False where nothing here
        has that key or id, which is no error.
        """
        if status not in (OutboxState.SENT, OutboxState.DELIVERED, OutboxState.FAILED):
            raise ValueError(f"no status a supplier reports: {status}")
        matches: list[ColumnElement[bool]] = []
        if key is not None:
            matches.append(outbox.c.key == key)
        if provider_ref is not None:
            matches.append(outbox.c.provider_ref == provider_ref)
        if not matches:
            return False
        query = select(outbox.c.id).where(outbox.c.channel == channel, or_(*matches)).order_by(outbox.c.id)
        id = self._connection.execute(query.limit(1)).scalar_one_or_none()
        if id is None:
            return False
        lower = [state for state, rank in RANKS.items() if rank < RANKS[OutboxState(status)]]
        values = {
            "state": OutboxState(status),
            "provider_ref": func.coalesce(outbox.c.provider_ref, provider_ref),
            "sent_at": func.coalesce(outbox.c.sent_at, now),
            "error": error[:200] if error else None,
        }
        self._move(id, values, states=tuple(lower))
        return True

    def cancel_waiting(self, conversation_id: str, now: datetime, keep_urgent: bool = True) -> int:
        """STOP: nothing already promised goes out any more, save answers to danger. Returns how many."""
        waiting = update(outbox).where(
            outbox.c.conversation_id == conversation_id,
            state_in(outbox.c.state, OUTBOX_LIVE),
            outbox.c.state.in_([OutboxState.PENDING, OutboxState.LEASED]),
        )
        if keep_urgent:
            waiting = waiting.where(outbox.c.priority > Priority.URGENT)
        waiting = waiting.values(state=OutboxState.CANCELLED, owner=None, lease_until=None, **EMPTIED)
        return self._connection.execute(waiting).rowcount

    def cancel_line(self, conversation_key: str) -> int:
        """Nothing that stands in this line goes out any more; returns how many."""
        waiting = update(outbox).where(
            outbox.c.conversation_key == conversation_key,
            state_in(outbox.c.state, OUTBOX_LIVE),
            outbox.c.state == OutboxState.PENDING,
        )
        return self._connection.execute(waiting.values(state=OutboxState.CANCELLED, **EMPTIED)).rowcount

    def count_line(self, conversation_key: str) -> int:
        """How many in this line are still to go out."""
        query = select(func.count()).where(
            outbox.c.conversation_key == conversation_key, state_in(outbox.c.state, OUTBOX_LIVE)
        )
        return int(self._connection.execute(query).scalar_one())

    def open_buttons(self, conversation_id: str) -> list[tuple[int, str]]:
        """(id, supplier's id) of messages whose buttons can still be pressed, oldest first."""
        query = (
            select(outbox.c.id, outbox.c.provider_ref)
            .where(
                outbox.c.conversation_id == conversation_id,
                outbox.c.has_buttons,
                ~outbox.c.retired,
                outbox.c.state.in_([OutboxState.SENT, OutboxState.DELIVERED]),
                outbox.c.provider_ref.is_not(None),
            )
            .order_by(outbox.c.id)
        )
        return [(row.id, row.provider_ref) for row in self._connection.execute(query)]

    def sent_since(self, conversation_id: str, since: datetime) -> list[str]:
        """The supplier's ids of what went out in a conversation, oldest first."""
        query = (
            select(outbox.c.provider_ref)
            .where(
                outbox.c.conversation_id == conversation_id,
                outbox.c.sent_at >= since,
                outbox.c.state.in_([OutboxState.SENT, OutboxState.DELIVERED]),
                outbox.c.provider_ref.is_not(None),
            )
            .order_by(outbox.c.id)
        )
        return [ref for ref in self._connection.execute(query).scalars() if ref]

    def count_since(self, key_begins: str, since: datetime, *, conversation_key: str | None = None) -> int:
        """How many rows of such keys were promised since; of one conversation, or of all."""
        query = select(func.count()).where(outbox.c.key.startswith(key_begins), outbox.c.created_at >= since)
        if conversation_key is not None:
            query = query.where(outbox.c.conversation_key == conversation_key)
        return int(self._connection.execute(query).scalar_one())

    def mark_retired(self, ids: Iterable[int]) -> None:
        retired = list(ids)
        if retired:
            self._connection.execute(update(outbox).where(outbox.c.id.in_(retired)).values(retired=True))

    def state_of(self, id: int) -> OutboxState | None:
        query = select(outbox.c.state).where(outbox.c.id == id)
        state = self._connection.execute(query).scalar_one_or_none()
        return OutboxState(state) if state is not None else None

    def counts(self) -> dict[str, int]:
        """How many live rows are in each live state."""
        counts = {str(state): 0 for state in OUTBOX_LIVE}
        query = select(outbox.c.state, func.count()).where(state_in(outbox.c.state, OUTBOX_LIVE))
        for state, number in self._connection.execute(query.group_by(outbox.c.state)):
            counts[state] = number
        return counts

    def _move(
        self, id: int, values: dict[str, Any], *, states: tuple[str, ...], owner: str | None = None
    ) -> bool:
        statement = update(outbox).where(outbox.c.id == id, outbox.c.state.in_(states))
        if owner is not None:
            statement = statement.where(outbox.c.owner == owner)
        if values.get("state") not in (None, OutboxState.SENDING):
            values = values | {"owner": None, "lease_until": None}
        if values.get("state") in OVER:
            values = values | EMPTIED
        return self._connection.execute(statement.values(values)).rowcount == 1

    def _item(self, row: Row[Any]) -> OutboxItem:
        return OutboxItem(
            id=row.id,
            key=row.key,
            conversation_id=row.conversation_id,
            conversation_key=row.conversation_key,
            channel=row.channel,
            address=self._vault.open_text(row.address, f"outbox.address:{row.key}"),
            priority=row.priority,
            body=json.loads(self._vault.open_text(row.body, f"outbox.body:{row.key}")),
            on_unknown=OnUnknown(row.on_unknown),
            has_buttons=row.has_buttons,
            attempts=row.attempts,
            created_at=row.created_at,
            started_at=row.started_at,
            provider_ref=row.provider_ref,
        )
