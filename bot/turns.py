"""From a kept message to a kept answer: take, interpret, take a turn, keep everything in one transaction.

Nothing slow happens inside a transaction: photos are fetched and the model asked before it.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Protocol
from uuid import UUID, uuid5

import structlog

from bot.channel import Channel, PhotoUnavailable, Received
from bot.logs import place_of
from bot.normalise import normalise_text
from bot.photos import PhotoProblem, PhotoStore, clean_in_subprocess
from flows.engine import Engine
from flows.events import (
    ConsentGiven,
    DangerSeen,
    Event,
    FormDropped,
    LoopStopped,
    MessagesStarted,
    MessagesStopped,
    SubmissionFiled,
    Unanswered,
)
from flows.messages import ChannelName, Incoming, Photo, Reply
from flows.turn import Turn
from flows.understanding import Understanding
from storage.conversations import KeptConversation
from storage.database import Database, Transaction
from storage.errors import LeaseLost, ReferenceTaken, VersionConflict
from storage.inbox import InboxItem
from storage.states import InboxState, Priority

log = structlog.get_logger()

PHOTO_IDS = UUID("5e0c3f0e-7a52-4f0b-9a55-6f8d2b9e4c11")
LOOK_AGAIN_SECONDS = 0.02
WAIT_SECONDS = 25.0
RETRY_SECONDS = (1.0, 5.0, 30.0)


class Interpreter(Protocol):
    """Words to meaning; None where the model is away just now."""

    async def understand(self, text: str) -> Understanding | None: ...


class TurnFailed(Exception):
    """A message was kept, but its turn could not be taken in time; the worker tries on."""


@dataclass(frozen=True)
class Source:
    """What turns draw from outside: the time, fresh numbers for references, and this process's name."""

    now: Callable[[], datetime]
    number: Callable[[], int]
    owner: str


@dataclass(frozen=True)
class NumberedReply:
    """A reply as the web chat shows it; `number` orders a conversation."""

    number: int
    body: dict[str, Any]


class Turns:
    """Takes the turns of every door over one database."""

    def __init__(
        self,
        *,
        database: Database,
        engine: Engine,
        interpreter: Interpreter,
        channels: dict[str, Channel],
        photos: PhotoStore,
        source: Source,
        lease_seconds: float,
        tries: int,
        on_kept: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._engine = engine
        self._interpreter = interpreter
        self._channels = channels
        self._photos = photos
        self._source = source
        self._lease_seconds = lease_seconds
        self._tries = tries
        self._on_kept = on_kept

    async def take_waiting(self, limit: int) -> int:
        """Takes the next message of up to `limit` conversations; returns how many there were."""
        items = await self._database.run(self.claim, limit, None)
        if items:
            await asyncio.gather(*(self._take_or_retry(item) for item in items))
        return len(items)

    async def finish_conversation(
        self, key: str, inbox_id: int, first: InboxItem | None
    ) -> list[NumberedReply]:
        """Takes a conversation's messages up to and with `inbox_id`; returns what was answered to that one.

        `first` is a message this process has claimed already. Raises TurnFailed after 25 seconds.
        """
        give_up = time.monotonic() + WAIT_SECONDS
        item = first
        while True:
            if item is not None:
                await self._take_or_retry(item)
            state = await self._database.read(lambda tx: tx.inbox.state_of(inbox_id))
            if state is InboxState.DONE:
                return await self.replies_to(inbox_id)
            if state is InboxState.SET_ASIDE or time.monotonic() > give_up:
                raise TurnFailed
            items = await self._database.run(self.claim, 1, key)
            item = items[0] if items else None
            if item is None:
                await asyncio.sleep(LOOK_AGAIN_SECONDS)

    async def replies_to(self, inbox_id: int) -> list[NumberedReply]:
        kept = await self._database.read(lambda tx: tx.messages.replies_to(inbox_id))
        return [NumberedReply(number, body) for number, body in kept]

    def open_conversation(self, tx: Transaction, channel: str, address: str, key: str) -> list[NumberedReply]:
        """Begins a conversation that speaks first (web chat): the welcome, kept within `tx`."""
        now = self._source.now()
        kept = tx.conversations.open(channel, address, key, now)
        incoming = Incoming(ChannelName(channel), start="")
        turn = self._engine.take_turn(kept.conversation, incoming, None, now)
        tx.conversations.save(kept.id, turn.conversation, kept.version, now)
        return [
            NumberedReply(tx.messages.add(kept.id, "out", reply.to_dict(), None, now), reply.to_dict())
            for reply in turn.replies
        ]

    def claim(self, tx: Transaction, limit: int, key: str | None) -> list[InboxItem]:
        return tx.inbox.claim(
            self._source.owner,
            self._source.now(),
            self._lease_seconds,
            limit,
            conversation_key=key,
            ignore_hold=key is not None,
        )

    async def _take_or_retry(self, item: InboxItem) -> None:
        """A message whose turn fails is tried again, then set aside for staff; the conversation goes on."""
        try:
            await self._take(item)
        except LeaseLost:
            log.info("turn.lease_lost", inbox=item.id)
        except Exception as error:
            # Whatever the fault, the message stays kept; its words must not reach the log.
            log.error(
                "turn.failed",
                inbox=item.id,
                attempts=item.attempts,
                error=type(error).__name__,
                place=place_of(error),
            )
            await self._database.run(self._put_back, item, type(error).__name__)

    def _put_back(self, tx: Transaction, item: InboxItem, error: str) -> None:
        now, owner = self._source.now(), self._source.owner
        if item.attempts < self._tries:
            delay = RETRY_SECONDS[min(item.attempts, len(RETRY_SECONDS)) - 1]
            tx.inbox.retry(item.id, owner, now, delay, error)
        elif tx.inbox.set_aside(item.id, owner, now, error):
            tx.notices.add("message_set_aside", None, {"inbox": item.id, "error": error}, now)

    async def _take(self, item: InboxItem) -> None:
        received = self._channels[item.channel].parse(item.payload)
        if received is None:
            await self._database.run(
                lambda tx: tx.inbox.finish(item.id, self._source.owner, self._source.now())
            )
            return
        kept = await self._database.run(self._open, item, received)
        incoming = await self._with_photos(item, received, kept)
        for _ in range(3):
            turn = await self._turn(kept, incoming)
            try:
                await self._database.run(self._keep, item, received, incoming, kept, turn)
            except (VersionConflict, ReferenceTaken):
                kept = await self._database.run(self._open, item, received)
                continue
            self._on_kept()
            return
        raise TurnFailed

    def _open(self, tx: Transaction, item: InboxItem, received: Received) -> KeptConversation:
        return tx.conversations.open(
            item.channel, received.address, item.conversation_key, self._source.now()
        )

    async def _turn(self, kept: KeptConversation, incoming: Incoming | None) -> Turn | None:
        if incoming is None:
            return None
        incoming = replace(incoming, number=self._source.number())
        now = self._source.now()
        turn = self._engine.try_turn(kept.conversation, incoming, now)
        if turn is not None:
            return turn
        understanding = await self._interpreter.understand(incoming.text)
        return self._engine.take_turn(kept.conversation, incoming, understanding, now)

    async def _with_photos(
        self, item: InboxItem, received: Received, kept: KeptConversation
    ) -> Incoming | None:
        """The incoming message in plain Unicode, with the photos it announced fetched and kept."""
        incoming = received.incoming
        if incoming is None:
            return None
        incoming = replace(incoming, text=normalise_text(incoming.text))
        channel = self._channels[item.channel]
        photos = [
            # The same message taken again finds the photo it kept before.
            await self.keep_photo(
                str(uuid5(PHOTO_IDS, f"{item.id}:{at}")), kept.id, partial(channel.fetch_photo, ref)
            )
            for at, ref in enumerate(received.photo_refs)
        ]
        return replace(incoming, photos=(*incoming.photos, *photos))

    async def keep_photo(
        self, photo_id: str, conversation_id: str, fetch: Callable[[], Awaitable[bytes]]
    ) -> Photo:
        """Fetches, makes anew and stores one photo under `photo_id`; a Photo with a problem where it cannot."""
        if await self._database.read(lambda tx: tx.attachments.find(photo_id)) is not None:
            return Photo(id=photo_id)
        try:
            clean = await clean_in_subprocess(await fetch())
        except (PhotoProblem, PhotoUnavailable) as error:
            return Photo(problem=error.code)
        path = await asyncio.to_thread(self._photos.save, photo_id, clean.data)
        now = self._source.now()
        await self._database.run(
            lambda tx: tx.attachments.add(
                conversation_id,
                clean.content_type,
                len(clean.data),
                clean.width,
                clean.height,
                clean.sha256,
                path,
                now,
                id=photo_id,
            )
        )
        return Photo(id=photo_id)

    def _keep(
        self,
        tx: Transaction,
        item: InboxItem,
        received: Received,
        incoming: Incoming | None,
        kept: KeptConversation,
        turn: Turn | None,
    ) -> None:
        """Everything one message leads to, or nothing of it."""
        now = self._source.now()
        if received.blocked is not None:
            self._block(tx, kept, blocked=received.blocked)
        if incoming is not None:
            tx.messages.add(kept.id, "in", _heard(incoming), item.id, now)
        if turn is not None:
            # Events first: STOP cancels what waits, and must not cancel its own confirmation.
            for event in turn.events:
                self._record(tx, event, kept, turn, now)
        self._promise(tx, item, kept, received, turn.replies if turn else ())
        if turn is not None:
            tx.conversations.save(kept.id, turn.conversation, kept.version, now)
        tx.inbox.finish(item.id, self._source.owner, now)

    def _promise(
        self,
        tx: Transaction,
        item: InboxItem,
        kept: KeptConversation,
        received: Received,
        replies: tuple[Reply, ...],
    ) -> None:
        """Replies as messages, and for doors that send, as outbox rows; earlier buttons are taken off first."""
        now = self._source.now()
        channel = self._channels[item.channel]
        bodies: list[tuple[dict[str, Any], Reply | None]] = [(body, None) for body in received.chores]
        if replies:
            opened = tx.outbox.open_buttons(kept.id)
            tx.outbox.mark_retired([row for row, _ in opened])
            retired = (channel.retire(provider_ref) for _, provider_ref in opened)
            bodies += [(body, None) for body in retired if body is not None and body not in received.chores]
        for reply in replies:
            tx.messages.add(kept.id, "out", reply.to_dict(), item.id, now)
            if not received.answered_by_carrier:
                bodies += [(body, reply) for body in channel.render(reply)]
        for at, (body, about) in enumerate(bodies):
            tx.outbox.add(
                key=f"{item.id}-{at}",
                conversation_id=kept.id,
                conversation_key=kept.conversation_key,
                channel=item.channel,
                address=kept.address,
                body=body,
                priority=Priority.URGENT if about is not None and about.urgent else Priority.REPLY,
                on_unknown="resend" if about is None or about.repeatable else "park",
                has_buttons=about is not None and bool(about.buttons),
                now=now,
            )

    def _record(
        self, tx: Transaction, event: Event, kept: KeptConversation, turn: Turn, now: datetime
    ) -> None:
        match event:
            case SubmissionFiled():
                language = turn.conversation.language
                submission = tx.submissions.file(event, kept, language, now)
                for consent in turn.events:
                    if isinstance(consent, ConsentGiven):
                        tx.consents.give(
                            kept.person_id,
                            consent.wording,
                            consent.version,
                            consent.language,
                            kept.channel,
                            submission,
                            now,
                        )
                tx.audit.append("citizen", "submission.filed", submission, {"form": event.form}, now)
            case MessagesStopped():
                tx.suppressions.add(kept.channel, kept.address, now)
                tx.outbox.cancel_waiting(kept.id, now)
                tx.audit.append("citizen", "messages.stopped", kept.id, {"channel": kept.channel}, now)
            case MessagesStarted():
                tx.suppressions.remove(kept.channel, kept.address)
                tx.audit.append("citizen", "messages.started", kept.id, {"channel": kept.channel}, now)
            case DangerSeen():
                tx.notices.add("danger", kept.id, {"kind": event.kind, "by": event.by}, now)
            case LoopStopped():
                tx.notices.add("loop", kept.id, {}, now)
            case Unanswered():
                tx.unanswered.add(kept.channel, event.reason, event.ranking, now)
            case FormDropped():
                for photo in event.attachments:
                    tx.attachments.delete(photo)
            case _:
                pass

    def _block(self, tx: Transaction, kept: KeptConversation, *, blocked: bool) -> None:
        """The citizen shut the door on us at the supplier's, or opened it again."""
        now = self._source.now()
        if blocked:
            tx.suppressions.add(kept.channel, kept.address, now)
            tx.outbox.cancel_waiting(kept.id, now, keep_urgent=False)
        else:
            tx.suppressions.remove(kept.channel, kept.address)


def _heard(incoming: Incoming) -> dict[str, Any]:
    """A citizen's message as it is kept (sealed): only what was in it."""
    heard: dict[str, Any] = {"text": incoming.text}
    if incoming.button:
        heard["button"] = incoming.button
    if incoming.location:
        heard["location"] = [incoming.location.latitude, incoming.location.longitude]
    if incoming.photos:
        heard["photos"] = [p.id for p in incoming.photos if p.id]
    if incoming.start is not None:
        heard["start"] = incoming.start
    if incoming.edited:
        heard["edited"] = True
    return heard
