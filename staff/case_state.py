"""Who has a case in hand, where it stands, and what staff note of it. Whoever asked for news is told."""

from dataclasses import dataclass
from datetime import datetime

from staff.act import Act, check_name, check_words
from staff.case_list import CUSTODY_VISIT
from staff.errors import StaffError
from storage.submissions import Submission, SubmissionStatus

LONGEST_NOTE = 2000


@dataclass(frozen=True)
class StateSet:
    """`told_at` is when the news goes out to those who asked for it; None where nobody is told."""

    state: str
    told_at: datetime | None


def assign(act: Act, reference: str, to: str) -> None:
    """`to` "" takes it out of everybody's hands."""
    name = check_name(to, "To whom") if to.strip() else ""
    case = act.get_open_case(reference)
    act.tx.submissions.assign(case.id, name, act.now)
    event = act.write(case, "assigned", {"to": name})
    act.audit("case.assign", case.id, event=event, to=name)


def note(act: Act, reference: str, text: str) -> None:
    words = check_words(text, "The note", LONGEST_NOTE)
    case = act.get_case(reference)
    event = act.write(case, "note", note=words)
    act.audit("case.note", case.id, event=event)


def set_state(act: Act, reference: str, state: str, text: str) -> StateSet:
    """Repeats follow the case they were merged into, and who sent them is told as well."""
    words = check_words(text, "The note", LONGEST_NOTE) if text.strip() else ""
    case = act.get_open_case(reference)
    _check(case, state, words)
    told: set[str] = set()
    for each in (case, *act.tx.submissions.merged_into(case.id)):
        if each.status == state:
            continue
        act.tx.submissions.set_status(each.id, state, act.now)
        data = {"state": state, "was": each.status}
        data |= {} if each is case else {"with": case.reference}
        event = act.write(each, "state", data, note=words if each is case else "")
        if each.conversation_id not in told and _tell(act, each, state, event):
            told.add(str(each.conversation_id))
        act.audit("case.set_state", each.id, event=event, state=state, was=each.status, note=bool(words))
    return StateSet(state, act.quiet.next_allowed(act.now) if told else None)


def _check(case: Submission, state: str, words: str) -> None:
    if state not in list(SubmissionStatus):
        raise StaffError(f"There is no state {state}. There are: {', '.join(SubmissionStatus)}.")
    if state == case.status:
        raise StaffError(f"{case.reference} is {state} already. To write something down, add a note.")
    if case.form != CUSTODY_VISIT:
        return
    if state == SubmissionStatus.ACTED_ON and not words:
        raise StaffError(
            f"{case.reference} is a custody visit: please say in a note what was done, and set it again."
        )
    if state == SubmissionStatus.CLOSED and case.status != SubmissionStatus.ACTED_ON:
        raise StaffError(
            f"{case.reference} is a custody visit: it can be closed only after it was acted on. "
            "Set it to acted_on first, with a note saying what was done."
        )


def _tell(act: Act, case: Submission, state: str, event: int) -> bool:
    """News for the sender, where it was asked for and may still be sent there."""
    chat = act.find_chat(case) if case.wants_news else None
    form = act.content.forms.get(case.form)
    if chat is None or form is None or chat.conversation.discreet or chat.conversation.stopped:
        return False
    if act.tx.suppressions.is_suppressed(chat.channel, chat.address, "alerts"):
        return False
    texts, language = act.content.texts, chat.conversation.language
    said = texts.say(
        "update.state",
        language,
        thing=texts.form(form.id, language).thing or form.thing,
        reference=case.reference,
        state=texts.say(f"state.{state}", language).text,
    )
    act.push(chat, "update", f"state-{case.id}-{event}", said, act.quiet.next_allowed(act.now))
    return True
