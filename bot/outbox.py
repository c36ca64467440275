"""Sends what was promised: claims, waits its turn at the gate, calls the supplier, keeps the outcome.

A send whose outcome a crash or a broken line hid is asked about before anything is sent again
(measured elsewhere: of the sends with an unknown outcome nearly all had gone out).
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog

from bot.channel import ContactStopped, Outlet, Rejected, SendError, Throttled, Uncertain
from bot.logs import place_of
from bot.turns import Source
from flows.messages import ChannelName
from flows.webhooks import CHANNEL as WEBHOOK
from storage.database import Database, Transaction
from storage.errors import StorageBusy
from storage.outbox import OutboxItem
from storage.states import OnUnknown, OutboxState

log = structlog.get_logger()

LEASE_SECONDS = 60.0
# First again after a second, then ever later; after the last the message is failed and staff are told.
RETRY_SECONDS = (1, 5, 30, 120, 300, 300, 600, 600, 1800, 3600)
UNKNOWN_GRACE_SECONDS = 2.0
# A door at its rate is asked again so often, for a handful of messages at a time and not for each alone.
HELD_SECONDS = 0.2
PATIENCE_SECONDS = 5.0
ASK_LATER_SECONDS = 30.0
# How long a known outcome is tried to be kept while the database is locked (its lease lasts longer).
KEEP_OUTCOME_TRIES = 8


class Sender:
    """Empties the outbox of the doors it is given. `wake_in` is told when a door at its rate opens again."""

    def __init__(
        self,
        database: Database,
        channels: Mapping[str, Outlet],
        source: Source,
        wake_in: Callable[[float], None] = lambda seconds: None,
    ) -> None:
        self._database = database
        self._channels = {name: c for name, c in channels.items() if name != ChannelName.WEB}
        self._source = source
        self._wake_in = wake_in
        self._opens_at = 0.0  # of time.monotonic, for a door at its rate

    async def claim(self, limit: int) -> list[OutboxItem]:
        """The next message of up to `limit` conversations, as far as the doors' rates allow; each must go out now."""
        if not self._channels:
            return []
        items, held_seconds = await self._database.run(self._claim, limit)
        if held_seconds:
            self._opens_at = time.monotonic() + held_seconds
            self._wake_in(held_seconds)
        return items

    async def send(self, item: OutboxItem) -> None:
        """Calls the supplier with a claimed message and keeps the outcome."""
        try:
            provider_ref = await self._channels[item.channel].send(item.address, item.body, key=item.key)
        except SendError as error:
            failed = error
        except Exception as error:
            # Our own fault, and nobody knows how far it came: as uncertain as a broken line.
            log.error("send.fault", outbox=item.id, error=type(error).__name__, place=place_of(error))
            failed = Uncertain("our_fault")
        else:
            await self._keep_outcome(
                lambda tx: tx.outbox.sent(item.id, self._source.owner, provider_ref, self._source.now())
            )
            return
        log.warning("send.failed", outbox=item.id, channel=item.channel, code=failed.code)
        await self._keep_outcome(lambda tx: self._take_note(tx, item, failed))

    async def send_due(self, limit: int = 20) -> int:
        """Sends until nothing is due that may go out; returns how many were handed over or failed."""
        done = 0
        while items := await self.claim(limit):
            await asyncio.gather(*(self.send(item) for item in items))
            done += len(items)
        return done

    async def send_all_due(self) -> int:
        """The same, waiting where a door is at its rate; one that a supplier shut for longer is left alone."""
        done = 0
        while True:
            done += await self.send_due()
            wait = self._opens_at - time.monotonic()
            if not 0 < wait <= PATIENCE_SECONDS:
                return done
            await asyncio.sleep(wait)

    async def reconcile(self, limit: int = 16) -> int:
        """Settles sends of unknown outcome with the supplier; returns how many were settled."""
        await self._database.run(lambda tx: tx.outbox.expire(self._source.now()))
        items = await self._database.run(lambda tx: tx.outbox.unknown(limit, self._source.now()))
        asked = (self._settle(item) for item in items if item.channel in self._channels)
        return sum(await asyncio.gather(*asked))

    def _claim(self, tx: Transaction, limit: int) -> tuple[list[OutboxItem], float]:
        """Claims, takes a place at the gate for each, and marks "sending": one commit right before the calls.

        What finds no place goes back. Returns the seconds until the first such door is open again, else 0.
        """
        now, owner = self._source.now(), self._source.owner
        held: dict[str, float] = {}
        begun = []
        for item in tx.outbox.claim(owner, now, LEASE_SECONDS, limit, list(self._channels)):
            channel = self._channels[item.channel]
            if item.channel not in held:
                wait = tx.gate.take(item.channel, now, channel.rate_per_second, channel.burst)
                if wait > 0:
                    held[item.channel] = max(wait, HELD_SECONDS)
            if item.channel in held:
                tx.outbox.release(item.id, owner, now + timedelta(seconds=held[item.channel]))
            elif tx.outbox.start_sending(item.id, owner, now):
                begun.append(item)
        return begun, min(held.values(), default=0.0)

    async def _keep_outcome(self, keep: Callable[[Transaction], object]) -> None:
        """A message that went out and is not known to have would go out again, so a locked database is waited for."""
        for tries_left in reversed(range(KEEP_OUTCOME_TRIES)):
            try:
                await self._database.run(keep)
                return
            except StorageBusy:
                if not tries_left:
                    raise
                await asyncio.sleep(0.5)

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
                if item.channel == WEBHOOK:
                    tx.outbox.cancel_line(item.conversation_key)
                    self._tell_staff(tx, item, error.code, now)
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
        except SendError as error:
            wait = ASK_LATER_SECONDS
            if isinstance(error, Throttled):
                wait = max(wait, error.retry_after_seconds)
            log.warning("send.outcome_not_asked", outbox=item.id, channel=item.channel, code=error.code)
            later = self._source.now() + timedelta(seconds=wait)
            await self._database.run(lambda tx: tx.outbox.ask_later(item.id, later))
            return False
        except LookupError:
            await self._database.run(self._decide, item)
            return True
        state = OutboxState.SENT if found else OutboxState.PENDING
        await self._database.run(lambda tx: tx.outbox.settle(item.id, state, found, self._source.now()))
        return True

    def _decide(self, tx: Transaction, item: OutboxItem) -> None:
        """No supplier can tell: a reply goes again, for a repeat does no harm; news sent unasked is for staff."""
        now = self._source.now()
        if item.on_unknown is OnUnknown.RESEND:
            tx.outbox.settle(item.id, OutboxState.PENDING, None, now)
        else:
            tx.outbox.settle(item.id, OutboxState.FAILED, None, now, error="unknown_outcome")
            self._tell_staff(tx, item, "unknown_outcome", now)
