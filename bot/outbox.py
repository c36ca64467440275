"""Sends what was promised: claims, waits its turn at the gate, calls the supplier, keeps the outcome.

A send whose outcome a crash or a broken line hid is asked about before anything is sent again
(measured elsewhere: of the sends with an unknown outcome nearly all had gone out).
"""

import asyncio
from datetime import datetime, timedelta

import structlog

from bot.channel import Channel, ContactStopped, Rejected, SendError, Throttled, Uncertain, Unreachable
from bot.turns import Source
from flows.messages import ChannelName
from storage.database import Database, Transaction
from storage.outbox import OutboxItem
from storage.states import OnUnknown, OutboxState

log = structlog.get_logger()

LEASE_SECONDS = 60.0
# First again at once, then ever later; after the last the message is failed and staff are told.
RETRY_SECONDS = (1, 5, 30, 120, 300, 300, 600, 600, 1800, 3600)
UNKNOWN_GRACE_SECONDS = 2.0
SHORTEST_WAIT_SECONDS = 0.05


class Sender:
    """Empties the outbox of the doors it is given."""

    def __init__(self, database: Database, channels: dict[str, Channel], source: Source) -> None:
        self._database = database
        self._channels = {name: c for name, c in channels.items() if name != ChannelName.WEB}
        self._source = source

    async def send_due(self, limit: int = 20) -> int:
        """Sends up to `limit` messages of as many conversations; returns how many were claimed."""
        if not self._channels:
            return 0
        items = await self._database.run(
            lambda tx: tx.outbox.claim(
                self._source.owner, self._source.now(), LEASE_SECONDS, limit, list(self._channels)
            )
        )
        if items:
            await asyncio.gather(*(self._send(item) for item in items))
        return len(items)

    async def reconcile(self, limit: int = 50) -> int:
        """Settles sends of unknown outcome with the supplier; returns how many were settled."""
        await self._database.run(lambda tx: tx.outbox.expire(self._source.now()))
        items = await self._database.run(lambda tx: tx.outbox.unknown(limit, self._source.now()))
        settled = [await self._settle(item) for item in items if item.channel in self._channels]
        return sum(settled)

    async def _send(self, item: OutboxItem) -> None:
        channel = self._channels[item.channel]
        if not await self._database.run(self._start, item, channel):
            return
        try:
            provider_ref = await channel.send(item.address, item.body, key=item.key)
        except SendError as error:
            log.warning("send.failed", outbox=item.id, channel=item.channel, code=error.code)
            await self._database.run(self._take_note, item, error)
            return
        await self._database.run(
            lambda tx: tx.outbox.sent(item.id, self._source.owner, provider_ref, self._source.now())
        )

    def _start(self, tx: Transaction, item: OutboxItem, channel: Channel) -> bool:
        """Takes a place at the door's gate and commits "sending"; False where it must wait or is gone."""
        now = self._source.now()
        wait = tx.gate.take(item.channel, now, channel.rate_per_second, channel.burst)
        if wait > 0:
            pause = timedelta(seconds=max(wait, SHORTEST_WAIT_SECONDS))
            tx.outbox.release(item.id, self._source.owner, now + pause)
            return False
        return tx.outbox.start_sending(item.id, self._source.owner, now)

    def _take_note(self, tx: Transaction, item: OutboxItem, error: SendError) -> None:
        now, owner = self._source.now(), self._source.owner
        match error:
            case Throttled():
                until = now + timedelta(seconds=error.retry_after_seconds)
                if error.whole_door:
                    tx.gate.pause(item.channel, until)
                tx.outbox.release(item.id, owner, until)
            case Uncertain():
                tx.outbox.mark_unknown(item.id, owner, now)
            case ContactStopped():
                tx.outbox.fail(item.id, owner, error.code, now)
                tx.suppressions.add(item.channel, item.address, now)
                if item.conversation_id:
                    tx.outbox.cancel_waiting(item.conversation_id, now, keep_urgent=False)
            case Rejected():
                tx.outbox.fail(item.id, owner, error.code, now)
                self._tell_staff(tx, item, error.code, now)
            case _:
                if item.attempts >= len(RETRY_SECONDS):
                    tx.outbox.fail(item.id, owner, error.code, now)
                    self._tell_staff(tx, item, error.code, now)
                else:
                    delay = timedelta(seconds=RETRY_SECONDS[item.attempts])
                    tx.outbox.retry(item.id, owner, now + delay, error.code)

    def _tell_staff(self, tx: Transaction, item: OutboxItem, code: str, now: datetime) -> None:
        tx.notices.add("not_delivered", item.conversation_id, {"outbox": item.id, "code": code}, now)

    async def _settle(self, item: OutboxItem) -> bool:
        channel = self._channels[item.channel]
        started = item.started_at or item.created_at
        if self._source.now() - started < timedelta(seconds=UNKNOWN_GRACE_SECONDS):
            return False  # the supplier may still be writing it into its list
        try:
            found = await channel.find_sent(item.address, item.body, key=item.key, since=started)
        except Unreachable:
            later = self._source.now() + timedelta(seconds=30)
            await self._database.run(lambda tx: tx.outbox.ask_later(item.id, later))
            return False
        except LookupError:
            await self._database.run(self._decide, item)
            return True
        state = OutboxState.SENT if found else OutboxState.PENDING
        await self._database.run(lambda tx: tx.outbox.settle(item.id, state, found, self._source.now()))
        return True

    def _decide(self, tx: Transaction, item: OutboxItem) -> None:
        """No supplier can tell: prompts go again, for a repeat does no harm; the rest is for staff."""
        now = self._source.now()
        if item.on_unknown is OnUnknown.RESEND:
            tx.outbox.settle(item.id, OutboxState.PENDING, None, now)
        else:
            tx.outbox.settle(item.id, OutboxState.FAILED, None, now, error="unknown_outcome")
            self._tell_staff(tx, item, "unknown_outcome", now)
