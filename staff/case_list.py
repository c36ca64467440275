"""The list of cases: what there is to do, what is new in a chat, who has it, and what has waited too long."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from flows.case_states import COMMON_STATES
from flows.content import Content
from flows.office import end_of_working_day
from staff.act import Act
from staff.errors import StaffError
from staff.rows import CaseFilters, CaseRow
from storage.clocks import clocks_began
from storage.submissions import Submission
from storage.unsolved import find_unsolved

CUSTODY_VISIT = "custody_visit"
OVERDUE_AFTER_WORKING_DAYS = 3
MOST_LOOKED_AT = 10_000
NEWS = ("person_told_more", "person_asked", "site_not_gone")  # kinds of notices
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
    if filters.states is None and not filters.include_closed:
        found = [*found, *_find_unsolved(act, filters)]
    named = {k: getattr(filters, k) for k in ("forms", "states", "district", "assigned_to")}
    asked = sorted(name for name, value in named.items() if value is not None)
    act.audit("case.list", "cases", filters=asked, count=len(found))
    return make_rows(act, found)


def _find_unsolved(act: Act, filters: CaseFilters) -> list[Submission]:
    """Closed cases that come back into the list: whoever reported them says they are not solved."""
    found = (act.tx.submissions.find(id) for id in find_unsolved(act.tx.connection))
    return [
        case
        for case in found
        if case is not None
        and (filters.forms is None or case.form in filters.forms)
        and filters.district in (None, case.district)
        and (filters.assigned_to is None or filters.assigned_to == (case.assigned_to or ""))
    ]


def find_overdue(act: Act) -> tuple[CaseRow, ...]:
    """Open cases whose time is over: that of their state, or three working days for custody visits and urgent ones."""
    rows = make_rows(act, act.tx.submissions.list_cases(limit=MOST_LOOKED_AT))
    overdue = tuple(row for row in rows if row.overdue)
    act.audit("case.find_overdue", "cases", count=len(overdue))
    return overdue


def make_rows(act: Act, found: Sequence[Submission]) -> tuple[CaseRow, ...]:
    """Urgent ones first, then the oldest: how many reports there are of one changes nothing."""
    repeats: dict[str, list[Submission]] = defaultdict(list)
    for repeat in act.tx.submissions.repeats_of([case.id for case in found]):
        repeats[repeat.merged_into or ""].append(repeat)
    chats = {s.conversation_id for case in found for s in (case, *repeats[case.id]) if s.conversation_id}
    new = _chats_with_news(act, chats)
    taken = find_takers(act, chats)
    began = clocks_began(act.tx.submission_events, act.content, found)
    unsolved = set(find_unsolved(act.tx.connection))
    rows = [
        _row(act, case, repeats[case.id], new, taken, began.get(case.id), unsolved=case.id in unsolved)
        for case in found
    ]
    return tuple(sorted(rows, key=lambda row: (not row.urgent, row.since, row.reference)))


def find_takers(act: Act, chats: Collection[str]) -> dict[str, str]:
    """By conversation: who has taken it over now."""
    held = [kept.id for kept in act.tx.conversations.find_all(chats) if kept.conversation.is_taken(act.now)]
    events = act.tx.submission_events.latest(held, ("taken",))
    return {id: events[id].actor if id in events else "somebody" for id in held}


def _row(
    act: Act,
    case: Submission,
    repeats: Sequence[Submission],
    new: Collection[str],
    taken: dict[str, str],
    began: datetime | None,
    *,
    unsolved: bool,
) -> CaseRow:
    every = (case, *repeats)
    since = min(s.submitted_at for s in every)
    urgent = any(s.urgent for s in every)
    due = _due(act, case, began, since if urgent or case.form == CUSTODY_VISIT else None)
    return CaseRow(
        reference=case.reference,
        form=case.form,
        state=case.status,
        district=case.district,
        routed_to=case.routed_to,
        assigned_to=case.assigned_to,
        urgent=urgent,
        age_days=max((act.now - since).days, 0),
        since=since,
        merged_into=act.reference_of(case.merged_into) if case.merged_into else None,
        has_news=any(s.conversation_id in new for s in every),
        taken=next((taken[s.conversation_id] for s in every if s.conversation_id in taken), None),
        desk=case.desk,
        due=due,
        overdue=due is not None and act.now >= due,
        reports=len(every),
        unsolved=unsolved,
    )


def _due(act: Act, case: Submission, began: datetime | None, hurries: datetime | None) -> datetime | None:
    """When a case should have moved on: by the clock of its state, or within days of when an urgent one came."""
    machine = act.content.find_machine(case.form)
    if case.merged_into is not None or not machine.is_open(case.status):
        return None
    since = began or case.state_at or case.submitted_at
    by_state = machine.due(case.status, since, desk=case.desk, until=case.state_until)
    by_hurry = end_of_working_day(hurries, OVERDUE_AFTER_WORKING_DAYS) if hurries is not None else None
    return min((due for due in (by_state, by_hurry) if due is not None), default=None)


def _chats_with_news(act: Act, chats: Collection[str]) -> set[str]:
    looked = act.tx.submission_events.latest(chats, LOOKS)
    told = act.tx.notices.latest_of(chats, NEWS)
    return {chat for chat, at in told.items() if chat not in looked or at > looked[chat].at}


def _known_states(content: Content) -> list[str]:
    """Of every form, the common ones first."""
    machines = (COMMON_STATES, *content.machines.values())
    return list(dict.fromkeys(state for machine in machines for state in machine.states))


def _check(filters: CaseFilters, content: Content) -> None:
    known: dict[str, tuple[Sequence[str], Sequence[str]]] = {
        "form": (filters.forms or (), sorted(content.forms)),
        "state": (filters.states or (), _known_states(content)),
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
