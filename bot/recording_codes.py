"""One-time codes in the record: taken once, sent where they may go, and their owner told when somebody tries one."""

from datetime import timedelta
from typing import Any

from bot.recording_scene import Scene
from flows.code_kinds import KINDS
from flows.effects import COORDINATES
from flows.events import CodeUsed, PhoneGiven, StatusCodeAsked
from flows.facts import CodeState
from flows.messages import ChannelName, Reply
from storage.codes import FoundCode
from storage.conversations import KeptConversation, conversation_key
from storage.errors import VersionConflict
from storage.memberships import MembershipChanges
from storage.states import Priority
from storage.suppressions import Scope

STATUS_CODE = timedelta(hours=24)
PHONE_CODE = timedelta(hours=24)
PHONE_KEY = "phone-"  # how the outbox rows of codes to numbers begin
HOUR, MOST_AN_HOUR = timedelta(hours=1), 60
# Of one kind at a time: more would be somebody trying it on.
MOST_LIVE_CODES = 3


def use_code(scene: Scene, event: CodeUsed) -> None:
    """Takes the code and does what it stands for. Raises VersionConflict where another was quicker."""
    tx, kept, now = scene.tx, scene.kept, scene.now
    found = tx.codes.find(event.code, now)
    is_theirs = event.kind != "phone" or found.person_id == kept.person_id
    if found.kind != event.kind or not is_theirs:
        raise VersionConflict(f"code {event.id}")
    if found.state is not CodeState.GOOD or not tx.codes.use(found.id, kept.person_id, now):
        raise VersionConflict(f"code {event.id}")
    match event.kind:
        case "invite":
            tx.grants.give(kept.person_id, event.subject, "invitation", now)
        case "join" if found.person_id is not None:
            _join(scene, found.person_id)
        case "phone" if found.address is not None:
            _confirm_phone(scene, found.address)
        case "handover":
            _hand_over(scene, found)
        case _:
            pass
    tx.audit.append("citizen", f"code.{event.kind}", found.id, {}, now)


def warn_owner(scene: Scene, code: str) -> None:
    """Tells whose code was tried, once a day."""
    tx, now = scene.tx, scene.now
    if code[:2] not in KINDS:
        return
    found = tx.codes.find(code, now)
    owner = found.person_id if found.state is not CodeState.UNKNOWN else tx.codes.count_wrong(code, now)
    if owner is None or owner == scene.kept.person_id:
        return
    tx.notices.add("code_tried", None, {"kind": KINDS[code[:2]], "state": found.state}, now)
    door = find_reachable(scene, owner, news=False)
    if door is not None:
        _push(scene, door, "note", f"tried-{owner}-{now:%Y-%m-%d}", "code.tried")


def send_status_code(scene: Scene, event: StatusCodeAsked) -> None:
    """To the chat the report came from, if it may be written to; nobody learns here whether there is one."""
    tx, now = scene.tx, scene.now
    about = tx.submissions.find_by_reference(event.reference)
    if about is None or about.conversation_id is None or about.person_id is None:
        return
    door = tx.conversations.find_by_id(about.conversation_id)
    if door is None or not may_push(scene, door, news=False):
        return
    if tx.codes.live_of(about.person_id, "status", now) >= MOST_LIVE_CODES:
        return
    due = scene.quiet.next_allowed(now)
    made = tx.codes.make(
        "status",
        event.code,
        person_id=about.person_id,
        subject=about.id,
        expires_at=due + STATUS_CODE,
        now=now,
    )
    _push(scene, door, "code", f"status-{made}", "status.code", reference=about.reference, code=event.code)


def text_code(scene: Scene, event: PhoneGiven) -> None:
    """A code to a number somebody gave, as a text; not to a number that stopped us, and not again and again."""
    tx, kept, now = scene.tx, scene.kept, scene.now
    sms = scene.channels.get(ChannelName.SMS)
    if sms is None or tx.suppressions.is_suppressed(ChannelName.SMS, event.phone):
        return
    key = conversation_key(tx.vault, ChannelName.SMS, event.phone)
    if tx.codes.live_of(kept.person_id, "phone", now) >= MOST_LIVE_CODES:
        return
    # Any number of web chats may name one number: it is not texted without end, nor are all of them together.
    of_number = tx.outbox.count_since(PHONE_KEY, now - PHONE_CODE, conversation_key=key)
    if of_number >= MOST_LIVE_CODES or tx.outbox.count_since(PHONE_KEY, now - HOUR) >= MOST_AN_HOUR:
        tx.notices.add("phone_codes_held", None, {}, now)
        return
    made = tx.codes.make(
        "phone",
        event.code,
        person_id=kept.person_id,
        subject=None,
        expires_at=now + PHONE_CODE,
        now=now,
        address=event.phone,
    )
    said = scene.content.texts.say("phone.code", scene.turn.conversation.language, code=event.code)
    for at, body in enumerate(sms.render(Reply(said.text, sms=said.sms))):
        tx.outbox.add(
            key=f"{PHONE_KEY}{made}-{at}",
            conversation_id=None,
            conversation_key=key,
            channel=ChannelName.SMS,
            address=event.phone,
            body=body,
            priority=Priority.REPLY,
            on_unknown="resend",
            has_buttons=False,
            now=now,
            fleeting=True,
        )


def find_reachable(scene: Scene, person_id: str, *, news: bool = True) -> KeptConversation | None:
    """The person's conversation last used that may be written to unasked; None where none may."""
    return next(
        (c for c in scene.tx.conversations.of_person(person_id) if may_push(scene, c, news=news)),
        None,
    )


def may_push(scene: Scene, kept: KeptConversation, *, news: bool) -> bool:
    """Not to who stopped messages, and never where somebody else may see the chat."""
    scope: Scope = "alerts" if news else "all"
    is_stopped = scene.tx.suppressions.is_suppressed(kept.channel, kept.address, scope)
    return not is_stopped and not kept.conversation.stopped and not kept.conversation.discreet


def _push(scene: Scene, to: KeptConversation, kind: str, key: str, name: str, **values: Any) -> None:
    said = scene.content.texts.say(name, to.conversation.language, **values)
    due = scene.quiet.next_allowed(scene.now)
    scene.tx.pushes.add(key, to.id, kind, Reply(said.text, sms=said.sms).to_kept(), due, scene.now)


def _join(scene: Scene, owner: str) -> None:
    chats = scene.tx.conversations.of_person(owner)
    scene.tx.joining.join(scene.kept.handle_id, owner, scene.now)
    for chat in chats:
        if chat.id != scene.kept.id and may_push(scene, chat, news=False):
            _push(scene, chat, "note", f"joined-{scene.kept.id}-{chat.id}-{scene.now:%s}", "join.told")


def _confirm_phone(scene: Scene, phone: str) -> None:
    key = conversation_key(scene.tx.vault, ChannelName.SMS, phone)
    door = scene.tx.conversations.open(ChannelName.SMS, phone, key, scene.now)
    scene.tx.joining.join(door.handle_id, scene.kept.person_id, scene.now)


def _hand_over(scene: Scene, found: FoundCode) -> None:
    """The coordination goes from who made the code to who typed it; the other stays a member."""
    tx, now = scene.tx, scene.now
    given = tx.memberships.find(found.subject or "")
    if given is None or given.person_id != found.person_id or given.role not in COORDINATES:
        return
    if not tx.memberships.change(given.id, given.person_id, now, role="member"):
        return  # they have left meanwhile
    held = next((m for m in tx.memberships.of_person(scene.kept.person_id) if m.scheme == given.scheme), None)
    if held is not None:
        told: MembershipChanges = {"role": "coordinator", "status": "active", "group_id": given.group_id}
        tx.memberships.change(held.id, held.person_id, now, **told)
    else:
        tx.memberships.join(
            scene.kept.person_id,
            given.scheme,
            "coordinator",
            district=given.district,
            group_id=given.group_id,
            delivery=given.delivery,
            now=now,
        )
    for group in tx.local_groups.of_coordinator(given.person_id):
        if group.scheme == given.scheme:
            tx.local_groups.set_coordinator(group.id, scene.kept.person_id)
    tx.notices.add("coordinator_changed", scene.kept.id, {"scheme": given.scheme}, now)
