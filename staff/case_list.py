"""The list of cases: what there is to do, what is new in a chat, who has it, and what has waited too long."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from flows.content import Content
from flows.county import LONDON
from flows.office import next_working_day
from staff.act import Act
from staff.errors import StaffError
from staff.rows import CaseFilters, CaseRow
from storage.submissions import Submission, SubmissionStatus

CUSTODY_VISIT = "custody_visit"
OVERDUE_AFTER_WORKING_DAYS = 3
MOST_LOOKED_AT = 10_000
NEWS = ("person_told_more", "person_asked")  # kinds of notices
LOOKS = (
    "looked",
    "replied",
    "taken",
    "handed_back",
)  # kinds of events after which what was written has been seen


def list_cases(act: Act, filters: CaseFilters) -> tuple[CaseRow, ...]:
    _check(filters, act.content)
    found = act.tx.submissions.list_cases(
        filters.forms,
        filters.states,
        filters.assigned_to,
        filters.district,
        limit=filters.limit,
        include_closed=filters.include_closed,
        include_merged=filters.include_merged,
    )
    named = {k: getattr(filters, k) for k in ("forms", "states", "district", "assigned_to")}
    asked = sorted(name for name, value in named.items() if value is not None)
    act.audit("case.list", "cases", filters=asked, count=len(found))
    return make_rows(act, found)


def find_overdue(act: Act) -> tuple[CaseRow, ...]:
    """Open custody visits and urgent cases that have waited longer than three working days."""
    rows = make_rows(act, act.tx.submissions.list_cases(limit=MOST_LOOKED_AT))
    overdue = tuple(
        row for row in rows if (row.urgent or row.form == CUSTODY_VISIT) and is_overdue(row.since, act.now)
    )
    act.audit("case.find_overdue", "cases", count=len(overdue))
    return overdue


def is_overdue(since: datetime, now: datetime) -> bool:
    """Whether the third working day after the day it came has passed, in London."""
    day = since.astimezone(LONDON).date()
    for _ in range(OVERDUE_AFTER_WORKING_DAYS):
        day = next_working_day(day)
    return now.astimezone(LONDON).date() > day


def make_rows(act: Act, found: Sequence[Submission]) -> tuple[CaseRow, ...]:
    """Urgent ones first, then the oldest."""
    repeats: dict[str, list[Submission]] = defaultdict(list)
    for repeat in act.tx.submissions.repeats_of([case.id for case in found]):
        repeats[repeat.merged_into or ""].append(repeat)
    chats = {s.conversation_id for case in found for s in (case, *repeats[case.id]) if s.conversation_id}
    new = _chats_with_news(act, chats)
    taken = find_takers(act, chats)
    rows = [_row(act, case, repeats[case.id], new, taken) for case in found]
    return tuple(sorted(rows, key=lambda row: (not row.urgent, row.since, row.reference)))


def find_takers(act: Act, chats: Collection[str]) -> dict[str, str]:
    """By conversation: who has taken it over now."""
    held = [kept.id for kept in act.tx.conversations.find_all(chats) if kept.conversation.is_taken(act.now)]
    events = act.tx.submissions.latest_events(held, ("taken",))
    return {id: events[id].actor if id in events else "somebody" for id in held}


def _row(
    act: Act, case: Submission, repeats: Sequence[Submission], new: Collection[str], taken: dict[str, str]
) -> CaseRow:
    every = (case, *repeats)
    since = min(s.submitted_at for s in every)
    return CaseRow(
        reference=case.reference,
        form=case.form,
        state=case.status,
        district=case.district,
        routed_to=case.routed_to,
        assigned_to=case.assigned_to,
        urgent=any(s.urgent for s in every),
        age_days=max((act.now - since).days, 0),
        since=since,
        merged_into=act.reference_of(case.merged_into) if case.merged_into else None,
        has_news=any(s.conversation_id in new for s in every),
        taken=next((taken[s.conversation_id] for s in every if s.conversation_id in taken), None),
    )


def _chats_with_news(act: Act, chats: Collection[str]) -> set[str]:
    looked = act.tx.submissions.latest_events(chats, LOOKS)
    told = act.tx.notices.latest_of(chats, NEWS)
    return {chat for chat, at in told.items() if chat not in looked or at > looked[chat].at}


def _check(filters: CaseFilters, content: Content) -> None:
    known: dict[str, tuple[Sequence[str], Sequence[str]]] = {
        "form": (filters.forms or (), sorted(content.forms)),
        "state": (filters.states or (), list(SubmissionStatus)),
        "district": (
            (filters.district,) if filters.district else (),
            sorted(content.gazetteer.district_names),
        ),
    }
    for what, (asked, there_are) in known.items():
        for name in asked:
            if name not in there_are:
                raise StaffError(f"There is no {what} {name}. There are: {', '.join(there_are)}.")
    if filters.limit < 1:
        raise StaffError("Please ask for at least one case.")
