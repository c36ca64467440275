"""Cases that are about the same: made one, and parted again. Each keeps all that it had."""

from staff.act import Act
from staff.errors import StaffError
from storage.submissions import SubmissionStatus


def merge(act: Act, reference: str, into: str) -> str:
    """Make a case a repeat of another, with all that repeat it; returns the reference of the one that stays."""
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
    if root.status == SubmissionStatus.CLOSED != case.status:
        raise StaffError(
            f"{root.reference} is closed, and nobody would see {case.reference} any more. "
            f"Open {root.reference} again first (set it to in_progress)."
        )
    act.tx.submissions.merge(case.id, root.id, act.now)
    event = act.write(case, "merged", {"into": root.reference})
    other = act.write(root, "repeat_added", {"reference": case.reference})
    act.audit("case.merge", case.id, event=event, into=root.id, into_event=other)
    return root.reference


def split(act: Act, reference: str) -> str:
    """Make a repeat a case of its own again; returns the reference of the one it was merged into."""
    case = act.get_case(reference)
    root = act.tx.submissions.find(case.merged_into) if case.merged_into else None
    if root is None:
        raise StaffError(f"{case.reference} is a case of its own: there is nothing to split it from.")
    act.tx.submissions.split(case.id, act.now)
    event = act.write(case, "split", {"from": root.reference})
    other = act.write(root, "repeat_removed", {"reference": case.reference})
    act.audit("case.split", case.id, event=event, split_from=root.id, from_event=other)
    return root.reference
