"""Writing to the citizen where they wrote to us, and taking a chat over from the automated service."""

from dataclasses import replace
from datetime import datetime, timedelta

from flows.county import LONDON
from flows.texts import Said
from staff.act import Act, check_words
from staff.case_list import find_takers
from staff.errors import StaffError
from storage.conversations import KeptConversation
from storage.submissions import Submission

TAKEN_FOR = timedelta(hours=2)
LONGEST_REPLY = 900
OTHERWISE = "If they left a phone number or an address (show the case with a reason), use that."


def reply(act: Act, reference: str, text: str) -> None:
    """Words of a member of staff, at once. Keeps a takeover going."""
    words = check_words(text, "The reply", LONGEST_REPLY)
    case = act.get_case(reference)
    chat = _get_chat(act, case)
    is_taken = chat.conversation.is_taken(act.now)
    if chat.conversation.discreet and not is_taken:
        raise StaffError(
            f"Somebody else may see the chat of {case.reference}, so nothing is written there unasked. "
            f"If they asked there for a person, take the chat over first. {OTHERWISE}"
        )
    event = act.write(case, "replied")
    act.push(chat, "answer", f"reply-{case.id}-{event}", Said(words, words), act.now)
    if is_taken:
        _keep(act, chat, taken_until=act.now + TAKEN_FOR)
    act.audit("case.reply", case.id, event=event, conversation=chat.id)


def take_over(act: Act, reference: str) -> datetime:
    """From now on the citizen's words are for staff to answer; returns until when.

    Whoever has the chat keeps it longer and the citizen is not told again; anybody else is told who has it.
    """
    case = act.get_case(reference)
    chat = _get_chat(act, case)
    until = act.now + TAKEN_FOR
    holder = find_takers(act, [chat.id]).get(chat.id)
    if holder is not None and holder != act.actor:
        ends = datetime.fromisoformat(chat.conversation.taken_until).astimezone(LONDON)
        raise StaffError(
            f"{holder} has taken over the chat of {case.reference}, until {ends:%H:%M}. "
            "Ask them to hand it back, or wait until then."
        )
    if holder is None and chat.conversation.discreet and not _asked_for_person(act, chat):
        raise StaffError(
            f"Somebody else may see the chat of {case.reference}, and nobody asked there for a person, "
            f"so nothing is written there. {OTHERWISE}"
        )
    event = act.write(case, "taken", {"until": until.isoformat()})
    if holder is None:
        said = act.content.texts.say("person.joined", chat.conversation.language)
        act.push(chat, "answer", f"taken-{case.id}-{event}", said, act.now)
    _keep(act, chat, taken_until=until)
    act.audit("case.takeover", case.id, event=event, conversation=chat.id)
    return until


def hand_back(act: Act, reference: str) -> None:
    """The automated service answers again."""
    case = act.get_case(reference)
    chat = act.find_chat(case)
    if chat is None or not chat.conversation.is_taken(act.now):
        raise StaffError(
            f"Nobody has taken over the chat of {case.reference}: there is nothing to hand back."
        )
    event = act.write(case, "handed_back")
    if chat.conversation.discreet:
        # Nothing more goes there unasked: the service says who is speaking when they next write.
        _keep(act, chat, taken_until=act.now)
    else:
        said = act.content.texts.say("person.left", chat.conversation.language)
        act.push(chat, "answer", f"handed-{case.id}-{event}", said, act.now)
        _keep(act, chat, taken_until=None)
    act.audit("case.handback", case.id, event=event, conversation=chat.id)


def _get_chat(act: Act, case: Submission) -> KeptConversation:
    """The chat, where it may be written to. Raises StaffError."""
    chat = act.find_chat(case)
    if chat is None:
        raise StaffError(f"The chat of {case.reference} is gone, so nobody can be reached there. {OTHERWISE}")
    if chat.conversation.stopped or act.tx.suppressions.is_suppressed(chat.channel, chat.address):
        raise StaffError(
            f"Whoever sent {case.reference} wants no messages there any more (STOP), so none is sent. {OTHERWISE}"
        )
    return chat


def _asked_for_person(act: Act, chat: KeptConversation) -> bool:
    return bool(act.tx.notices.latest_of([chat.id], ("person_asked",)))


def _keep(act: Act, chat: KeptConversation, *, taken_until: datetime | None) -> None:
    """Raises VersionConflict where the citizen wrote in the same moment."""
    changed = replace(chat.conversation, taken_until=taken_until.isoformat() if taken_until else "")
    act.tx.conversations.save(chat.id, changed, chat.version, act.now)
