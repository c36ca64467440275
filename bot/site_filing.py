"""A report that was just filed is put to the site it is of, where its form knows sites."""

from datetime import datetime

from flows.content import Content
from flows.events import SubmissionFiled
from flows.webhooks import HookEvent
from storage.transaction import Transaction
from storage.webhooks import promise_webhooks

# States of a site nobody should be on any more: news of one is for people to look at.
GONE = frozenset({"vacated", "cleanup"})


def take_up_site(
    tx: Transaction, content: Content, submission: str, filed: SubmissionFiled, now: datetime
) -> None:
    """In the transaction of its filing; each case that changed has its line in the audit."""
    form = content.forms.get(filed.form)
    if form is None or not form.groups_sites:
        return
    taken = tx.sites.take_up(submission, filed, now)
    if taken.into is not None:
        tx.audit.append("service", "case.group", submission, {"into": taken.into}, now)
        _tell_of_news(tx, submission, taken.into, filed, now)
    for moved in taken.moved:
        promise_webhooks(tx, content, HookEvent.MOVED, moved, now)
    if taken.twin is not None:
        tx.audit.append("service", "case.merge", taken.twin, {"into": taken.twin_into}, now)
        promise_webhooks(tx, content, HookEvent.JOINED, taken.twin, now)


def _tell_of_news(tx: Transaction, submission: str, site: str, filed: SubmissionFiled, now: datetime) -> None:
    """Staff hear of something new at a site that was thought to be empty."""
    found, report = tx.submissions.find(site), tx.submissions.find(submission)
    if found is None or found.status not in GONE or filed.answers.get("known") == "same":
        return
    chat = report.conversation_id if report is not None else None
    tx.notices.add("site_not_gone", chat, {"reference": found.reference}, now)
