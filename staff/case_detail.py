"""One case with all that is known of it. What identifies a person, and what they wrote, only for a reason."""

from flows.stripping import strip_personal
from staff.act import Act, check_words
from staff.case_list import make_rows
from staff.rows import CaseDetail, CaseEvent, ChatLine
from storage.submissions import Submission

LAST_MESSAGES = 20
LONGEST_REASON = 200
SPEAKERS = {"in": "citizen", "out": "service"}


def show_case(act: Act, reference: str, reason: str) -> CaseDetail:
    why = check_words(reason, "The reason", LONGEST_REASON) if reason.strip() else ""
    case = act.get_case(reference)
    names = tuple(sorted(case.personal))
    messages = _messages(act, case) if why else ()
    if why:
        act.write(case, "looked")
        # The audit is kept for ever: nobody's name may come into it by way of a reason.
        told = strip_personal(why, act.content.gazetteer.words)
        act.audit("case.show", case.id, fields=list(names), messages=len(messages), reason=told)
    else:
        act.audit("case.show", case.id, fields=[], messages=0)
    [row] = make_rows(act, [case])
    return CaseDetail(
        row=row,
        channel=case.channel,
        language=case.language,
        submitted_at=case.submitted_at,
        wants_news=case.wants_news,
        latitude=case.latitude,
        longitude=case.longitude,
        answers=case.answers,
        personal=case.personal if why else {},
        withheld=() if why else names,
        photos=len(act.tx.attachments.for_submission(case.id)),
        repeats=tuple(repeat.reference for repeat in act.tx.submissions.merged_into(case.id)),
        events=tuple(
            CaseEvent(event.at, event.kind, event.actor, event.data, event.note if why else None)
            for event in act.tx.submission_events.of(case.id)
        ),
        messages=messages,
        state_until=case.state_until,
        solved=case.solved,
    )


def _messages(act: Act, case: Submission) -> tuple[ChatLine, ...]:
    if case.conversation_id is None:
        return ()
    said = act.tx.messages.said_in(case.conversation_id, LAST_MESSAGES)
    return tuple(ChatLine(at, SPEAKERS[direction], words) for at, direction, words in said)
