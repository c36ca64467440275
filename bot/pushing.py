"""Messages sent unasked: taken from the record when they are due, and given to the person's own door.

Whether one may still go is decided here, at the last moment: not after STOP, not where somebody else may see the
chat, not at night. What a member of staff answers to somebody who asked goes at once.
"""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from bot.channel import Channel
from flows.content import Content
from flows.messages import ChannelName, Reply
from flows.office import QuietHours
from flows.watch_check import make_check
from storage.conversations import KeptConversation
from storage.database import Transaction
from storage.errors import VersionConflict
from storage.memberships import Membership
from storage.pushes import Push
from storage.states import Priority, PushState
from storage.suppressions import Scope

AT_ONCE = 200
ANSWER, CHECK = "answer", "check"
NEWS = frozenset({"update", CHECK})
MOST_LOOKED_AT = 5000
A_DAY = timedelta(days=1)
MEMBERS_AT_ONCE = 200


def promise_due(tx: Transaction, channels: dict[str, Channel], quiet: QuietHours, now: datetime) -> int:
    """Gives what is due to its doors, or drops it; returns how many were settled."""
    settled = 0
    is_night = quiet.next_allowed(now) > now
    for push in tx.pushes.due(now, AT_ONCE, channels=channels, kinds=(ANSWER,) if is_night else None):
        kept = tx.conversations.find_by_id(push.conversation_id)
        reason = _why_not(tx, kept, push.kind) if kept is not None else "gone"
        if kept is None or reason:
            settled += tx.pushes.settle(push.id, PushState.DROPPED, now, reason)
        elif push.kind == CHECK and (kept.conversation.in_hand is not None or kept.conversation.confirming):
            # Its numbers would be taken for answers to the open question.
            tx.pushes.postpone(push.id, now + A_DAY)
        elif tx.pushes.settle(push.id, PushState.PROMISED, now):
            _promise(tx, channels[kept.channel], kept, push, now)
            settled += 1
    return settled


def _why_not(tx: Transaction, kept: KeptConversation, kind: str) -> str:
    """Why a push of this kind must not go there (any more); empty where it may."""
    scope: Scope = "alerts" if kind in NEWS else "all"
    if kept.conversation.stopped or tx.suppressions.is_suppressed(kept.channel, kept.address, scope):
        return "stopped"
    taken = kind == ANSWER and bool(kept.conversation.taken_until)
    return "discreet" if kept.conversation.discreet and not taken else ""


def _promise(tx: Transaction, channel: Channel, kept: KeptConversation, push: Push, now: datetime) -> None:
    reply = Reply.from_kept(push.reply)
    tx.messages.add(kept.id, "out", reply.to_dict(), None, now)
    for at, body in enumerate(channel.render(reply)):
        tx.outbox.add(
            key=f"push-{push.id}-{at}",
            conversation_id=kept.id,
            conversation_key=kept.conversation_key,
            channel=kept.channel,
            address=kept.address,
            body=body,
            priority=Priority.REPLY if push.kind == ANSWER else Priority.ALERT,
            on_unknown="resend" if push.kind == "check" else "park",
            has_buttons=bool(reply.buttons) and kept.channel == ChannelName.TELEGRAM,
            now=now,
        )
    if reply.buttons and kept.conversation.in_hand is None:
        # A texter answers with a number: from now on it stands for these choices.
        offered = tuple(b.payload for b in reply.buttons if not b.keyword)
        with suppress(VersionConflict):  # they are writing just now: the buttons still work
            tx.conversations.save(kept.id, replace(kept.conversation, offered=offered), kept.version, now)


def check_members(tx: Transaction, content: Content, quiet: QuietHours, now: datetime) -> int:
    """The yearly "still yes?" and one reminder; pauses that are over end, and who never answers has left."""
    tx.memberships.end_pauses(now)
    tx.memberships.lapse(now)
    asked = 0
    # All that are due are looked at, since those who cannot be asked stay due; few are asked at once.
    for membership in tx.memberships.due_for_check(now, limit=MOST_LOOKED_AT):
        door = _find_door(tx, membership) if asked < MEMBERS_AT_ONCE else None
        if door is not None and tx.memberships.mark_asked(membership.id, now):
            asked += _ask(tx, content, quiet, door, membership, f"check-{membership.id}-{now:%Y-%m}", now)
    for membership in tx.memberships.due_for_reminder(now, limit=MOST_LOOKED_AT):
        door = _find_door(tx, membership) if asked < MEMBERS_AT_ONCE else None
        if door is not None and tx.memberships.mark_reminded(membership.id, now):
            asked += _ask(tx, content, quiet, door, membership, f"remind-{membership.id}-{now:%Y-%m}", now)
    return asked


def _find_door(tx: Transaction, membership: Membership) -> KeptConversation | None:
    """Where the member can be asked; None where they want no messages, or others may look on."""
    chats = [c for c in tx.conversations.of_person(membership.person_id) if not _why_not(tx, c, CHECK)]
    # A web chat is closed by then; a phone is not.
    return min(chats, key=lambda chat: chat.channel == ChannelName.WEB, default=None)


def _ask(
    tx: Transaction,
    content: Content,
    quiet: QuietHours,
    door: KeptConversation,
    membership: Membership,
    key: str,
    now: datetime,
) -> bool:
    name = next((s.name for s in content.schemes if s.id == membership.scheme), membership.scheme)
    reply = make_check(content.texts, door.conversation.language, membership.id, name)
    return tx.pushes.add(key, door.id, CHECK, reply.to_kept(), quiet.next_allowed(now), now)
