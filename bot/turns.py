"""From a kept message to a kept answer: take, interpret, take a turn, keep everything in one transaction.

Nothing slow happens inside a transaction: photos are fetched and the model asked before it.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import chain, repeat
from typing import Any, Protocol

import structlog

from bot.channel import Channel, Received
from bot.facts import read_fact
from bot.keeping import Keeper, NumberedReply
from bot.local_teams import LocalTeams
from bot.logs import place_of
from bot.photo_keeper import PhotoKeeper, photo_id_of
from bot.postcode_points import PostcodeLookup, is_about_place
from bot.settings import LimitsConfig
from flows.cleaning import clean_text
from flows.engine import Engine
from flows.events import FormDropped, PhotosLeftOut
from flows.facts import FactsNeeded, Need
from flows.flooding import ask_to_wait, is_always_heard
from flows.messages import ChannelName, Incoming
from flows.office import EIGHT_TO_EIGHT, QuietHours
from flows.postcodes import find_postcode
from flows.turn import Turn
from flows.understanding import Understanding
from storage.conversations import KeptConversation
from storage.database import Database, Transaction, write_back
from storage.erasure import Forgotten
from storage.errors import LeaseLost, ReferenceTaken, StorageBusy, VersionConflict
from storage.inbox import InboxItem
from storage.senders import Admission
from storage.states import InboxState

log = structlog.get_logger()

WAIT_SECONDS = 25.0
# How soon a web request looks again for a turn that somebody else is taking: at once, then ever later.
LOOK_AGAIN_SECONDS = (0.02, 0.02, 0.05, 0.1, 0.25)
RETRY_SECONDS = (1.0, 5.0, 30.0)
BUSY_RETRY_SECONDS = 1.0
# Claims that came to no verdict (crash, lost lease, locked database) before a message counts as the cause.
CLAIMS_WITHOUT_VERDICT = 8
# Photos of one message may take this part of its lease; what is not there by then is told to be unavailable.
PHOTO_SHARE_OF_LEASE = 0.6


class Interpreter(Protocol):
    """Words to meaning; None where the model is away just now."""

    async def understand(self, text: str) -> Understanding | None: ...


class TurnFailed(Exception):
    """A message was kept, but its turn could not be taken in time; the worker tries on."""


class MessageSetAside(Exception):
    """A message was kept, its turn always failed, and staff have been told; it will not be answered."""


@dataclass(frozen=True)
class Source:
    """What turns draw from outside: the time, fresh numbers for references, and this process's name."""

    now: Callable[[], datetime]
    number: Callable[[], int]
    owner: str


@dataclass(frozen=True)
class Claimed:
    """A message whose turn it is, and its conversation (None where it has none yet)."""

    item: InboxItem
    kept: KeptConversation | None


class Turns:
    """Takes the turns of every door over one database."""

    def __init__(
        self,
        *,
        database: Database,
        engine: Engine,
        interpreter: Interpreter,
        channels: dict[str, Channel],
        photos: PhotoKeeper,
        source: Source,
        lease_seconds: float,
        tries: int,
        on_kept: Callable[[], None] = lambda: None,
        local_teams: LocalTeams | None = None,
        postcodes: PostcodeLookup | None = None,
        quiet: QuietHours = EIGHT_TO_EIGHT,
        limits: LimitsConfig | None = None,
    ) -> None:
        self._database = database
        self._engine = engine
        self._interpreter = interpreter
        self._channels = channels
        self.photos = photos
        self._source = source
        self._lease_seconds = lease_seconds
        self._tries = tries
        self._on_kept = on_kept
        self._local_teams = local_teams
        self._postcodes = postcodes
        self._limits = limits
        self._keeper = Keeper(engine, channels, source.owner, quiet)

    async def claim_waiting(self, limit: int) -> list[InboxItem]:
        """The next message of up to `limit` conversations, each to be given to `take`."""
        return await self._database.run(self.claim, limit, None)

    def claim_one(self, tx: Transaction, key: str) -> Claimed | None:
        """The next message of one conversation together with the conversation, in one transaction."""
        items = self.claim(tx, 1, key)
        return Claimed(items[0], tx.conversations.find(key)) if items else None

    async def finish_conversation(
        self, key: str, inbox_id: int, first: Claimed | None
    ) -> list[NumberedReply]:
        """Takes a conversation's messages up to and with `inbox_id`; returns what was answered to that one.

        `first` is a message this process has claimed already. Raises TurnFailed after 25 seconds, and
        MessageSetAside.
        """
        give_up = time.monotonic() + WAIT_SECONDS
        pauses = chain(LOOK_AGAIN_SECONDS, repeat(LOOK_AGAIN_SECONDS[-1]))
        claimed = first
        while True:
            if claimed is not None:
                replies = await self.take(claimed.item, claimed.kept)
                if replies is not None and claimed.item.id == inbox_id:
                    return replies
            state = await self._database.read(lambda tx: tx.inbox.state_of(inbox_id))
            if state is InboxState.DONE:
                return await self.replies_to(inbox_id)
            if state is InboxState.SET_ASIDE:
                raise MessageSetAside
            if time.monotonic() > give_up:
                raise TurnFailed
            claimed = await self._database.run(self.claim_one, key)
            if claimed is None:
                await asyncio.sleep(next(pauses))

    async def replies_to(self, inbox_id: int) -> list[NumberedReply]:
        kept = await self._database.read(lambda tx: tx.messages.replies_to(inbox_id))
        return [NumberedReply(number, body) for number, body in kept]

    def open_conversation(
        self, tx: Transaction, channel: str, address: str, key: str, language: str
    ) -> list[NumberedReply]:
        """Begins a conversation that speaks first (web chat): the welcome, kept within `tx`.

        A language the service does not speak leaves it at the first it does.
        """
        now = self._source.now()
        kept = tx.conversations.open(channel, address, key, now)
        begun = kept.conversation
        if language in self._engine.content.texts.languages:
            begun = replace(begun, language=language)
        turn = self._engine.take_turn(begun, Incoming(ChannelName(channel), start=""), None, now)
        tx.conversations.save(kept.id, turn.conversation, kept.version, now)
        return [
            NumberedReply(tx.messages.add(kept.id, "out", reply.to_dict(), None, now), reply.to_dict())
            for reply in turn.replies
        ]

    def claim(self, tx: Transaction, limit: int, key: str | None) -> list[InboxItem]:
        claimed = tx.inbox.claim(
            self._source.owner,
            self._source.now(),
            self._lease_seconds,
            limit,
            conversation_key=key,
            # What waits for a door that is switched off just now waits on.
            channels=list(self._channels),
            ignore_hold=key is not None,
        )
        return [self._admit(tx, item) for item in claimed]

    def _admit(self, tx: Transaction, item: InboxItem) -> InboxItem:
        """Counted at the first claim, by when it came: one that is tried again is no second one, and no better."""
        if self._limits is None:
            return item
        sender, at = item.conversation_key, item.received_at
        wait = timedelta(minutes=self._limits.wait_minutes)
        if item.attempts > 1:
            return replace(item, admission=tx.senders.recall(sender, at, wait=wait))
        most = self._limits.per_minute(item.channel)
        admission = tx.senders.admit(sender, at, most=most, within=timedelta(minutes=1), wait=wait)
        return replace(item, admission=admission)

    async def take(self, item: InboxItem, kept: KeptConversation | None = None) -> list[NumberedReply] | None:
        """Takes one message's turn; returns what was answered, None where its turn failed.

        `kept` is the conversation, where it was read with the claim. A message whose turn fails is tried
        again, then set aside for staff; the conversation goes on.
        """
        if item.attempts > self._tries + CLAIMS_WITHOUT_VERDICT:
            # It may be what ends the process each time; without this it would do so for ever.
            log.error("turn.no_verdict", inbox=item.id, attempts=item.attempts)
            await self._database.run(self._put_back, item, "no_verdict")
            return None
        try:
            return await self._take(item, kept)
        except LeaseLost:
            log.info("turn.lease_lost", inbox=item.id)
        except StorageBusy:
            # No fault of the message. Where even this cannot be kept, its lease brings it back.
            log.warning("turn.storage_busy", inbox=item.id)
            await self._database.run(
                lambda tx: tx.inbox.retry(
                    item.id, self._source.owner, self._source.now(), BUSY_RETRY_SECONDS, "storage_busy"
                )
            )
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
        return None

    def _put_back(self, tx: Transaction, item: InboxItem, error: str) -> None:
        now, owner = self._source.now(), self._source.owner
        if item.attempts < self._tries:
            delay = RETRY_SECONDS[min(item.attempts, len(RETRY_SECONDS)) - 1]
            tx.inbox.retry(item.id, owner, now, delay, error)
        elif tx.inbox.set_aside(item.id, owner, now, error):
            tx.notices.add("message_set_aside", None, {"inbox": item.id, "error": error}, now)

    async def _take(self, item: InboxItem, found: KeptConversation | None) -> list[NumberedReply]:
        received = self._channels[item.channel].parse(item.payload)
        if received is None:
            await self._database.run(
                lambda tx: tx.inbox.finish(item.id, self._source.owner, self._source.now())
            )
            return []
        kept = found if found is not None else await self._database.run(self._open, item, received)
        if self._is_too_many(item, received, kept):
            return await self._turn_away(item, received, kept)
        incoming = await self._with_photos(item, received, kept)
        for _ in range(3):
            turn = await self._turn(kept, incoming)
            if turn is not None and self._limits is not None and item.admission is Admission.FIRST_OUT:
                # Words of danger were heard; whoever sent them must know that what comes next is not.
                turn = ask_to_wait(self._engine.content, turn, self._limits.wait_minutes)
            try:
                replies, forgotten = await self._database.run(
                    self._keeper.keep, item, received, incoming, kept, turn, self._source.now()
                )
            except (VersionConflict, ReferenceTaken):
                kept = await self._database.run(self._open, item, received)
                continue
            self._on_kept()
            await self._let_go_of_photos(turn, forgotten)
            return replies
        raise TurnFailed

    def _is_too_many(self, item: InboxItem, received: Received, kept: KeptConversation) -> bool:
        if item.admission is Admission.IN or received.incoming is None:
            return False
        incoming = replace(received.incoming, text=clean_text(received.incoming.text))
        return not is_always_heard(self._engine.content, kept.conversation, incoming)

    async def _turn_away(
        self, item: InboxItem, received: Received, kept: KeptConversation
    ) -> list[NumberedReply]:
        """What is over the limit stays in the inbox, unread; its sender is asked to wait, once, and staff are told."""
        log.info("turn.too_many", inbox=item.id, channel=item.channel)
        now = self._source.now()
        if item.admission is Admission.OUT or self._limits is None:
            await self._database.run(lambda tx: tx.inbox.finish(item.id, self._source.owner, now))
            return []
        turn = ask_to_wait(self._engine.content, Turn(kept.conversation, (), ()), self._limits.wait_minutes)
        replies, _ = await self._database.run(self._keeper.keep, item, received, None, kept, turn, now)
        self._on_kept()
        return replies

    def _open(self, tx: Transaction, item: InboxItem, received: Received) -> KeptConversation:
        """The conversation, begun where there is none. STOP outlives the chat, so that START must end it here too."""
        key, address = item.conversation_key, received.address
        kept = tx.conversations.open(item.channel, address, key, self._source.now())
        if kept.version == 1 and tx.suppressions.is_suppressed(item.channel, address):
            return replace(kept, conversation=replace(kept.conversation, stopped=True))
        return kept

    async def _turn(self, kept: KeptConversation, incoming: Incoming | None) -> Turn | None:
        if incoming is None:
            return None
        incoming = replace(incoming, number=self._source.number(), secret=self._source.number())
        incoming = await self._with_point(kept, incoming, "")
        now = self._source.now()
        facts: dict[Need, Any] = {}
        understood: tuple[Incoming, Understanding | None] | None = None
        while True:
            try:
                if understood is not None:
                    return self._engine.take_turn(kept.conversation, *understood, now, facts)
                turn = self._engine.try_turn(kept.conversation, incoming, now, facts)
            except FactsNeeded as error:
                # Each need is asked for once: with its answer the turn comes further.
                facts[error.need] = await self._database.read(partial(_read, kept, error.need, now))
                continue
            if turn is not None:
                return turn
            understanding = await self._interpreter.understand(incoming.text)
            incoming = await self._with_point(kept, incoming, understanding.label if understanding else "")
            understood = (await self._with_team(kept, incoming, understanding), understanding)

    async def _with_point(self, kept: KeptConversation, incoming: Incoming, label: str) -> Incoming:
        """With the point of a postcode told for a place, where a service is there to ask and nobody here knows it."""
        postcode = find_postcode(incoming.text) if self._postcodes is not None else None
        if self._postcodes is None or postcode is None or incoming.points:
            return incoming
        content = self._engine.content
        if not is_about_place(content, kept.conversation, label) or not content.gazetteer.needs_point(
            postcode
        ):
            return incoming
        found = await self._postcodes.find(postcode)
        return replace(incoming, points=(found,)) if found is not None else incoming

    async def _with_team(
        self, kept: KeptConversation, incoming: Incoming, understanding: Understanding | None
    ) -> Incoming:
        """With the name of the local team, where that is what is asked for and a postcode is told."""
        asked = kept.conversation.looking_up or (understanding.label if understanding is not None else "")
        postcode = find_postcode(incoming.text) if asked == "ask_local_team" else None
        if self._local_teams is None or postcode is None:
            return incoming
        return replace(incoming, team=await self._local_teams.find(postcode) or "")

    async def _with_photos(
        self, item: InboxItem, received: Received, kept: KeptConversation
    ) -> Incoming | None:
        """The incoming message in plain Unicode, with the photos it announced fetched and kept."""
        incoming = received.incoming
        if incoming is None:
            return None
        incoming = replace(incoming, text=clean_text(incoming.text))
        channel = self._channels[item.channel]
        until = time.monotonic() + self._lease_seconds * PHOTO_SHARE_OF_LEASE
        photos = await asyncio.gather(
            *(
                # The same message taken again finds the photo it kept before.
                self.photos.keep_in_time(
                    photo_id_of(item.id, at), kept.id, partial(channel.fetch_photo, ref), until
                )
                for at, ref in enumerate(received.photo_refs)
            )
        )
        came_before = tuple(self.photos.with_point(photo) for photo in incoming.photos)
        return replace(incoming, photos=(*came_before, *photos))

    async def _let_go_of_photos(self, turn: Turn | None, forgotten: Forgotten | None) -> None:
        """Photos of a form given up, those it has no room for, and those of a person forgotten go after the commit."""
        events = turn.events if turn is not None else ()
        dropped = [e for e in events if isinstance(e, FormDropped | PhotosLeftOut)]
        photos = [photo for event in dropped for photo in event.attachments]
        await self.photos.let_go([*photos, *(forgotten.photos if forgotten is not None else ())])
        if forgotten is not None:
            await asyncio.to_thread(write_back, self._database)


def _read(kept: KeptConversation, need: Need, now: datetime, tx: Transaction) -> Any:
    return read_fact(tx, kept, need, now)
