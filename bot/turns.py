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
from bot.local_teams import LocalTeams
from bot.logs import place_of
from bot.photo_keeper import PhotoKeeper, photo_id_of
from bot.recording import record_event
from bot.recording_scene import Scene
from flows.cleaning import clean_text
from flows.conversation import Conversation
from flows.engine import Engine
from flows.events import ErasureAsked, FormDropped, HideAsked
from flows.facts import FactsNeeded, Need
from flows.messages import ChannelName, Incoming, Reply
from flows.office import EIGHT_TO_EIGHT, QuietHours
from flows.postcodes import find_postcode
from flows.turn import Turn
from flows.understanding import Understanding
from storage.conversations import KeptConversation
from storage.database import Database, Transaction, write_back
from storage.erasure import Forgotten, forget_person
from storage.errors import LeaseLost, ReferenceTaken, StorageBusy, VersionConflict
from storage.inbox import InboxItem
from storage.states import InboxState, Priority

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
# Telegram lets a bot take its own messages away for 48 hours; what is nearly so old may be too old once it is asked.
ERASABLE = timedelta(hours=47)


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
        photos: PhotoKeeper,
        source: Source,
        lease_seconds: float,
        tries: int,
        on_kept: Callable[[], None] = lambda: None,
        local_teams: LocalTeams | None = None,
        quiet: QuietHours = EIGHT_TO_EIGHT,
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
        self._quiet = quiet

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
        return tx.inbox.claim(
            self._source.owner,
            self._source.now(),
            self._lease_seconds,
            limit,
            conversation_key=key,
            # What waits for a door that is switched off just now waits on.
            channels=list(self._channels),
            ignore_hold=key is not None,
        )

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
        incoming = await self._with_photos(item, received, kept)
        for _ in range(3):
            turn = await self._turn(kept, incoming)
            try:
                replies, forgotten = await self._database.run(
                    self._keep, item, received, incoming, kept, turn
                )
            except (VersionConflict, ReferenceTaken):
                kept = await self._database.run(self._open, item, received)
                continue
            self._on_kept()
            await self._let_go_of_photos(turn, forgotten)
            return replies
        raise TurnFailed

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
            understood = (await self._with_team(kept, incoming, understanding), understanding)

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
        return replace(incoming, photos=(*incoming.photos, *photos))

    async def _let_go_of_photos(self, turn: Turn | None, forgotten: Forgotten | None) -> None:
        """Photos of a form given up, or of a person forgotten, go after the commit."""
        dropped = [e for e in turn.events if isinstance(e, FormDropped)] if turn is not None else []
        photos = [photo for event in dropped for photo in event.attachments]
        await self.photos.let_go([*photos, *(forgotten.photos if forgotten is not None else ())])
        if forgotten is not None:
            await asyncio.to_thread(write_back, self._database)

    def _keep(
        self,
        tx: Transaction,
        item: InboxItem,
        received: Received,
        incoming: Incoming | None,
        kept: KeptConversation,
        turn: Turn | None,
    ) -> tuple[list[NumberedReply], Forgotten | None]:
        """Everything one message leads to, or nothing of it; returns the replies as they are numbered."""
        now = self._source.now()
        if turn is not None:
            # First, so that a turn worked out over what has changed meanwhile (or was purged) ends here.
            tx.conversations.save(kept.id, turn.conversation, kept.version, now)
        if received.blocked is not None:
            self._block(tx, kept, blocked=received.blocked)
        if incoming is not None:
            tx.messages.add(kept.id, "in", _heard(incoming), item.id, now)
        if turn is not None:
            scene = Scene(tx, kept, turn, now, self._engine.content, self._quiet, self._channels)
            # Events first: STOP cancels what waits, and must not cancel its own confirmation.
            for event in turn.events:
                record_event(scene, event)
        forgotten = self._forget(tx, item, kept, turn)
        self._promise(tx, item, kept, received, turn, goodbye=forgotten is not None)
        replies = turn.replies if turn else ()
        bodies = [reply.to_dict() for reply in replies]
        if forgotten is not None and item.channel != ChannelName.WEB:
            numbered = [NumberedReply(0, body) for body in bodies]  # no conversation is left to hold them
        else:
            numbered = [
                NumberedReply(tx.messages.add(kept.id, "out", body, item.id, now), body) for body in bodies
            ]
        tx.inbox.finish(item.id, self._source.owner, now)
        return numbered, forgotten

    def _forget(
        self, tx: Transaction, item: InboxItem, kept: KeptConversation, turn: Turn | None
    ) -> Forgotten | None:
        """Erases the person where the turn asks for it; a web chat goes on empty, to show the receipt."""
        asked = (
            next((e for e in turn.events if isinstance(e, ErasureAsked)), None) if turn is not None else None
        )
        if asked is None:
            return None
        forms = self._engine.content.forms
        forgotten = forget_person(
            tx,
            kept.person_id,
            self._source.now(),
            kept_answers=lambda form: forms[form].kept_when_erased if form in forms else frozenset(),
            keep_web_conversation=kept.id if item.channel == ChannelName.WEB else None,
            spare_inbox=frozenset({item.id}),
        )
        if item.channel == ChannelName.WEB and turn is not None:
            emptied = tx.conversations.find_by_id(kept.id)
            spoken = Conversation(language=turn.conversation.language, stopped=turn.conversation.stopped)
            if emptied is not None:
                tx.conversations.save(kept.id, spoken, emptied.version, self._source.now())
        detail = {"reason": asked.reason, "submissions": forgotten.submissions, "kept": list(forgotten.kept)}
        tx.audit.append("citizen", "person.forgotten", asked.receipt, detail, self._source.now())
        return forgotten

    def _promise(
        self,
        tx: Transaction,
        item: InboxItem,
        kept: KeptConversation,
        received: Received,
        turn: Turn | None,
        *,
        goodbye: bool,
    ) -> None:
        """For doors that send: replies as outbox rows; earlier buttons are taken off first.

        `goodbye`: the person was forgotten, so the words go out with no conversation and are emptied then.
        """
        replies = turn.replies if turn else ()
        now = self._source.now()
        channel = self._channels[item.channel]
        bodies: list[tuple[dict[str, Any], Reply | None]] = [(body, None) for body in received.chores]
        if replies and channel.retires_buttons and not goodbye:
            opened = tx.outbox.open_buttons(kept.id)
            tx.outbox.mark_retired([row for row, _ in opened])
            retired = (channel.retire(provider_ref) for _, provider_ref in opened)
            bodies += [(body, None) for body in retired if body is not None and body not in received.chores]
        if turn is not None and any(isinstance(event, HideAsked) for event in turn.events):
            sent = tx.outbox.sent_since(kept.id, now - ERASABLE)
            bodies += [(body, None) for body in channel.erase(sent)]
        for reply in replies:
            if not received.answered_by_carrier:
                bodies += [(body, reply) for body in channel.render(reply)]
        for at, (body, about) in enumerate(bodies):
            is_last_part = at + 1 == len(bodies) or bodies[at + 1][1] is not about
            tx.outbox.add(
                key=f"{item.id}-{at}",
                conversation_id=None if goodbye else kept.id,
                conversation_key=kept.conversation_key,
                channel=item.channel,
                address=kept.address,
                body=body,
                fleeting=goodbye,
                priority=Priority.URGENT if about is not None and about.urgent else Priority.REPLY,
                on_unknown="resend" if about is None or about.repeatable else "park",
                has_buttons=about is not None and bool(about.buttons) and is_last_part,
                now=now,
            )

    def _block(self, tx: Transaction, kept: KeptConversation, *, blocked: bool) -> None:
        """The citizen shut the door on us at the supplier's, or opened it again."""
        now = self._source.now()
        if blocked:
            tx.suppressions.add(kept.channel, kept.address, now)
            tx.outbox.cancel_waiting(kept.id, now, keep_urgent=False)
        else:
            tx.suppressions.remove(kept.channel, kept.address)


def _read(kept: KeptConversation, need: Need, now: datetime, tx: Transaction) -> Any:
    return read_fact(tx, kept, need, now)


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
