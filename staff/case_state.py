"""Who has a case in hand, where it stands, and what staff note of it. Whoever asked for news is told."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flows.case_states import MoveRefused, Need, StateMachine
from flows.county import LONDON
from flows.messages import Reply
from flows.solved import make_question
from staff.act import Act, check_name, check_words
from staff.case_list import CUSTODY_VISIT
from staff.case_merge import merge
from staff.errors import StaffError
from storage.submission_events import EventRow
from storage.submissions import Submission, SubmissionStatus

LONGEST_NOTE = 2000
REOPENED = "reopened"
COUNCIL = "council"  # what a desk of desks.yml `acts` as, where it is a public body on its own land
UPDATE, CHECK = "update", "check"  # kinds of push; one that asks something waits while a form is open


@dataclass(frozen=True)
class Given:
    """What was given with a state: until when, which other case it is the same as, that welfare was asked after."""

    until: date | None = None
    same_as: str = ""
    welfare_done: bool = False


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


def set_state(act: Act, reference: str, state: str, text: str, given: Given = Given()) -> StateSet:
    """Repeats follow the case they were merged into, and who sent them is told as well."""
    words = check_words(text, "The note", LONGEST_NOTE) if text.strip() else ""
    case = act.get_open_case(reference)
    machine = act.content.find_machine(case.form)
    _check(act, machine, case, state, words, given)
    if machine.needs(state, Need.REFERENCE):
        told_there = _join(act, machine, case, state, words, given.same_as)
        return StateSet(state, _next_news(act) if told_there else None)
    told: set[str] = set()
    for each in (case, *act.tx.submissions.merged_into(case.id)):
        is_case = each is case
        if not is_case and (each.status, each.state_until) == (state, given.until):
            continue
        act.tx.submissions.set_status(each.id, state, act.now, given.until)
        stage = _new_stage(machine, each.status, state)
        data: dict[str, Any] = {"state": state, "was": each.status, "stage": stage}
        data |= {"until": given.until.isoformat()} if given.until is not None else {}
        data |= {"welfare_done": True} if given.welfare_done and is_case else {}
        data |= {} if is_case else {"with": case.reference}
        event = act.write(each, "state", data, note=words if is_case else "")
        if each.conversation_id not in told and _tell(act, machine, each, state, stage, event):
            told.add(str(each.conversation_id))
        detail = {key: data[key] for key in ("state", "was", "welfare_done") if key in data}
        act.audit("case.set_state", each.id, event=event, note=bool(words), **detail)
    return StateSet(state, _next_news(act) if told else None)


def _next_news(act: Act) -> datetime:
    return act.quiet.next_allowed(act.now)


def _check(act: Act, machine: StateMachine, case: Submission, state: str, words: str, given: Given) -> None:
    """Raises StaffError where the case may not go there, or not so."""
    if state == case.status and state not in machine.next(case.status):
        raise StaffError(f"{case.reference} is {state} already. To write something down, add a note.")
    _check_given(act, machine, state, given)
    needs = {
        Need.NOTE: bool(words),
        Need.DATE: given.until is not None,
        Need.REFERENCE: bool(given.same_as.strip()),
        Need.WELFARE_DONE: given.welfare_done
        or not machine.needs(state, Need.WELFARE_DONE)
        or not _is_councils(act, case)
        or _is_welfare_done(act.tx.submission_events.of(case.id)),
    }
    try:
        machine.check_move(
            case.status, state, frozenset(need for need, is_there in needs.items() if is_there)
        )
    except MoveRefused as error:
        raise StaffError(f"{case.reference}: {error}") from error
    if case.form == CUSTODY_VISIT:
        _check_custody_visit(case, state, words)


def _check_given(act: Act, machine: StateMachine, state: str, given: Given) -> None:
    """What was given must be of use with the state: else it would look as if it had been kept."""
    if given.until is not None:
        if not machine.needs(state, Need.DATE):
            raise StaffError(f"{state} takes no date: please leave --until out.")
        if given.until < act.now.astimezone(LONDON).date():
            raise StaffError("That date is over. Please give the last day it may stay so.")
    if given.same_as and not machine.needs(state, Need.REFERENCE):
        raise StaffError(f"{state} takes no other case: please leave --of out.")
    if given.welfare_done and not any(machine.needs(name, Need.WELFARE_DONE) for name in machine.states):
        raise StaffError("Welfare enquiries are noted on encampments alone: please leave --welfare-done out.")


def _check_custody_visit(case: Submission, state: str, words: str) -> None:
    if state == SubmissionStatus.ACTED_ON and not words:
        raise StaffError(
            f"{case.reference} is a custody visit: please say in a note what was done, and set it again."
        )
    if state == SubmissionStatus.CLOSED and case.status != SubmissionStatus.ACTED_ON:
        raise StaffError(
            f"{case.reference} is a custody visit: it can be closed only after it was acted on. "
            "Set it to acted_on first, with a note saying what was done."
        )


def _is_councils(act: Act, case: Submission) -> bool:
    """Whether the desk that leads is a public body's on its own land; kept with the case, or by its land."""
    route = act.content.find_route(case.answers.get("land"), case.district)
    desk = act.content.desks.get(case.desk or (route.desk if route is not None else ""))
    return desk is not None and desk.acts == COUNCIL


def _is_welfare_done(events: list[EventRow]) -> bool:
    """Whether welfare was asked after since the case began, or began again."""
    for event in reversed(events):
        if event.data.get("welfare_done"):
            return True
        if event.data.get("state") == REOPENED:
            return False
    return False


def _join(act: Act, machine: StateMachine, case: Submission, state: str, words: str, other: str) -> bool:
    """The same site as another case: merged into it. True where its sender is told so."""
    stage = _new_stage(machine, case.status, state)
    data = {"state": state, "was": case.status, "stage": stage, "of": act.get_case(other).reference}
    event = act.write(case, "state", data, note=words)
    merge(act, case.reference, other)
    act.audit("case.set_state", case.id, event=event, state=state, was=case.status, note=bool(words))
    return _tell(act, machine, case, state, stage, event)


def _new_stage(machine: StateMachine, before: str, after: str) -> str | None:
    """The stage to tell of; None where nothing is told of a state, or it is the stage that was told before."""
    stage = machine.published(after)
    return stage if stage != machine.shown(before) else None


def _tell(
    act: Act, machine: StateMachine, case: Submission, state: str, stage: str | None, event: int
) -> bool:
    """News for the sender, where it was asked for and may still be sent there."""
    chat = act.find_chat(case) if case.wants_news and stage is not None else None
    form = act.content.forms.get(case.form)
    if chat is None or stage is None or form is None:
        return False
    if chat.conversation.discreet or chat.conversation.stopped:
        return False
    if act.tx.suppressions.is_suppressed(chat.channel, chat.address, "alerts"):
        return False
    texts, language = act.content.texts, chat.conversation.language
    said = texts.say(
        "update.state",
        language,
        thing=texts.form(form.id, language).thing or form.thing,
        reference=case.reference,
        state=texts.say(stage, language).text,
    )
    asks = machine.asks_solved(state)
    reply = make_question(texts, language, case.reference, said) if asks else Reply(said.text, sms=said.sms)
    kind = CHECK if asks else UPDATE
    act.push_reply(chat, kind, f"state-{case.id}-{event}", reply, _next_news(act))
    return True
