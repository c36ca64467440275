"""Everything one message leads to, kept in one transaction or not at all: state, events, replies, promises to send."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.channel import Channel, Received
from bot.recording import record_event
from bot.recording_scene import Scene
from flows.conversation import Conversation
from flows.engine import Engine
from flows.events import ErasureAsked, HideAsked
from flows.messages import ChannelName, Incoming, Reply
from flows.office import QuietHours
from flows.turn import Turn
from storage.conversations import KeptConversation
from storage.database import Transaction
from storage.erasure import Forgotten, forget_person
from storage.inbox import InboxItem
from storage.states import Priority

# Telegram lets a bot take its own messages away for 48 hours; what is nearly so old may be too old once it is asked.
ERASABLE = timedelta(hours=47)


@dataclass(frozen=True)
class NumberedReply:
    """A reply as the web chat shows it; `number` orders a conversation."""

    number: int
    body: dict[str, Any]


class Keeper:
    """Keeps turns; `owner` is the process that has leased their messages."""

    def __init__(self, engine: Engine, channels: dict[str, Channel], owner: str, quiet: QuietHours) -> None:
        self._engine = engine
        self._channels = channels
        self._owner = owner
        self._quiet = quiet

    def keep(
        self,
        tx: Transaction,
        item: InboxItem,
        received: Received,
        incoming: Incoming | None,
        kept: KeptConversation,
        turn: Turn | None,
        now: datetime,
    ) -> tuple[list[NumberedReply], Forgotten | None]:
        """Keeps it all; returns the replies as they are numbered, and what was erased if that was asked."""
        if turn is not None:
            # First, so that a turn worked out over what has changed meanwhile (or was purged) ends here.
            tx.conversations.save(kept.id, turn.conversation, kept.version, now)
        if received.blocked is not None:
            _block(tx, kept, now, blocked=received.blocked)
        if incoming is not None:
            instead = turn.instead if turn is not None else None
            tx.messages.add(kept.id, "in", _heard(incoming, instead), item.id, now)
        if turn is not None:
            scene = Scene(
                tx, kept, turn, now, self._engine.content, self._quiet, self._channels, received.network
            )
            # Events first: STOP cancels what waits, and must not cancel its own confirmation.
            for event in turn.events:
                record_event(scene, event)
        forgotten = self._forget(tx, item, kept, turn, now)
        self._promise(tx, item, kept, received, turn, now, goodbye=forgotten is not None)
        replies = turn.replies if turn else ()
        bodies = [reply.to_dict() for reply in replies]
        if forgotten is not None and item.channel != ChannelName.WEB:
            numbered = [NumberedReply(0, body) for body in bodies]  # no conversation is left to hold them
        else:
            numbered = [
                NumberedReply(tx.messages.add(kept.id, "out", body, item.id, now), body) for body in bodies
            ]
        tx.inbox.finish(item.id, self._owner, now)
        if turn is not None and turn.instead is not None:
            tx.inbox.empty(item.id)  # words that must not be kept
        return numbered, forgotten

    def _forget(
        self, tx: Transaction, item: InboxItem, kept: KeptConversation, turn: Turn | None, now: datetime
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
            now,
            kept_answers=lambda form: forms[form].kept_when_erased if form in forms else frozenset(),
            keep_web_conversation=kept.id if item.channel == ChannelName.WEB else None,
            spare_inbox=frozenset({item.id}),
            tickets=kept.conversation.tickets.items(),  # of before this turn, which leaves an empty one
        )
        if item.channel == ChannelName.WEB and turn is not None:
            emptied = tx.conversations.find_by_id(kept.id)
            spoken = Conversation(language=turn.conversation.language, stopped=turn.conversation.stopped)
            if emptied is not None:
                tx.conversations.save(kept.id, spoken, emptied.version, now)
        detail = {"reason": asked.reason, "submissions": forgotten.submissions, "kept": list(forgotten.kept)}
        tx.audit.append("citizen", "person.forgotten", asked.receipt, detail, now)
        return forgotten

    def _promise(
        self,
        tx: Transaction,
        item: InboxItem,
        kept: KeptConversation,
        received: Received,
        turn: Turn | None,
        now: datetime,
        *,
        goodbye: bool,
    ) -> None:
        """For doors that send: replies as outbox rows; earlier buttons are taken off first.

        `goodbye`: the person was forgotten, so the words go out with no conversation and are emptied then.
        """
        replies = turn.replies if turn else ()
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
                on_unknown="resend",  # a reference told twice does no harm; one never told leaves a person in doubt
                has_buttons=about is not None and bool(about.buttons) and is_last_part,
                now=now,
            )


def _block(tx: Transaction, kept: KeptConversation, now: datetime, *, blocked: bool) -> None:
    """The citizen shut the door on us at the supplier's, or opened it again."""
    if blocked:
        tx.suppressions.add(kept.channel, kept.address, now)
        tx.outbox.cancel_waiting(kept.id, now, keep_urgent=False)
    else:
        tx.suppressions.remove(kept.channel, kept.address)


def _heard(incoming: Incoming, instead: str | None) -> dict[str, Any]:
    """A citizen's message as it is kept (sealed): only what was in it, with other words `instead` of its own."""
    heard: dict[str, Any] = {"text": incoming.text if instead is None else instead}
    if instead is not None:
        heard["moderated"] = True
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
