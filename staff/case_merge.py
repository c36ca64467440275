"""Cases that are about the same: made one, and parted again. Each keeps all that it had."""

from datetime import date, datetime
from typing import Any

from flows.facts import ENDED_STATES
from flows.webhooks import HookEvent
from staff.act import Act
from staff.errors import StaffError
from storage.submission_events import EventRow
from storage.submissions import Submission
from storage.webhooks import promise_webhooks


def merge(act: Act, reference: str, into: str) -> str:
    """Make a case a repeat of another, with all that repeat it; returns the reference of the one that stays.

    From now on they stand where that one stands. Where they stood, and what came along, is kept for a split.
    """
    case = act.get_open_case(reference)
    named = act.get_case(into)
    root = (act.tx.submissions.find(named.merged_into) if named.merged_into else None) or named
    if case.form != root.form:
        raise StaffError(
            f"{case.reference} is of the form {case.form} and {root.reference} of {root.form}: only cases of one "
            "form can be merged. Write the other's reference in a note instead."
        )
    if case.id == root.id:
        raise StaffError(f"{case.reference} and {named.reference} are one case already.")
    if root.status in ENDED_STATES and case.status not in ENDED_STATES:
        again = act.content.find_machine(root.form).next(root.status)
        raise StaffError(
            f"{root.reference} is {root.status}, and nobody would see {case.reference} any more. "
            f"Open {root.reference} again first (set it to {' or '.join(again)})."
        )
    act.tx.submissions.hold((case.id, root.id))
    along = act.tx.submissions.merged_into(case.id)
    act.tx.submissions.merge(case.id, root.id, act.now)
    data: dict[str, Any] = {"into": root.reference, **_standing_as_data(case)}
    data |= {"moved": [each.reference for each in along]} if along else {}
    event = act.write(case, "merged", data)
    other = act.write(root, "repeat_added", {"reference": case.reference})
    detail: dict[str, Any] = {"moved": [each.id for each in along]} if along else {}
    act.audit("case.merge", case.id, event=event, into=root.id, into_event=other, **detail)
    return root.reference


def split(act: Act, reference: str) -> str:
    """Make a repeat a case of its own again; returns the reference of the one it was merged into.

    It stands where it stood before, and what came along with it goes with it.
    """
    case = act.get_case(reference)
    root = act.tx.submissions.find(case.merged_into) if case.merged_into else None
    if root is None:
        raise StaffError(f"{case.reference} is a case of its own: there is nothing to split it from.")
    act.tx.submissions.hold((case.id, root.id))
    joined = _last_joining(act, case)
    standing = _standing_before(act, case, joined)
    along = _came_along(act, joined, root)
    ids = [each.id for each in along]
    act.tx.submissions.split(case.id, act.now, standing=standing, with_ids=ids)
    if act.tx.sites.unrefine(root.id, {case.reference, *(each.reference for each in along)}, act.now):
        promise_webhooks(act.tx, act.content, HookEvent.MOVED, root.id, act.now)
    stage = act.content.find_machine(case.form).shown(standing["status"])
    data: dict[str, Any] = {"from": root.reference, "state": standing["status"], "stage": stage}
    data |= {"moved": [each.reference for each in along]} if along else {}
    event = act.write(case, "split", data)
    other = act.write(root, "repeat_removed", {"reference": case.reference})
    detail: dict[str, Any] = {"moved": ids} if ids else {}
    act.audit("case.split", case.id, event=event, split_from=root.id, from_event=other, **detail)
    return root.reference


def _standing_as_data(case: Submission) -> dict[str, Any]:
    return {
        "was": case.status,
        "was_at": case.state_at.isoformat() if case.state_at is not None else None,
        "was_until": case.state_until.isoformat() if case.state_until is not None else None,
    }


def _last_joining(act: Act, case: Submission) -> EventRow | None:
    """Its latest merge or split; None for one that was filed as a repeat and never moved."""
    events = act.tx.submission_events.of(case.id)
    return next((e for e in reversed(events) if e.kind in ("merged", "split")), None)


def _standing_before(act: Act, case: Submission, joined: EventRow | None) -> dict[str, Any]:
    """Where it stood before it was merged; one that never stood by itself begins anew."""
    was: dict[str, Any] = joined.data if joined is not None and joined.kind == "merged" else {}
    if "was" not in was:
        begins = act.content.find_machine(case.form).begins
        return {"status": begins, "state_at": act.now, "state_until": None}
    at, until = was.get("was_at"), was.get("was_until")
    return {
        "status": was["was"],
        "state_at": datetime.fromisoformat(at) if at else None,
        "state_until": date.fromisoformat(until) if until else None,
    }


def _came_along(act: Act, joined: EventRow | None, root: Submission) -> list[Submission]:
    """What that merge moved along with the case, and nothing has moved since."""
    if joined is None or joined.kind != "merged":
        return []
    moved = map(act.tx.submissions.find_by_reference, joined.data.get("moved", ()))
    found = []
    for each in moved:
        if each is None or each.merged_into != root.id:
            continue
        last = _last_joining(act, each)
        if last is None or last.id < joined.id:
            found.append(each)
    return found
