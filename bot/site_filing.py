"""A report that was just filed is put to the site it is of, where its form knows sites."""

from datetime import datetime

from flows.content import Content
from flows.events import SubmissionFiled
from flows.webhooks import HookEvent
from storage.transaction import Transaction
from storage.webhooks import promise_webhooks


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
    if taken.twin is not None:
        tx.audit.append("service", "case.merge", taken.twin, {"into": taken.twin_into}, now)
        promise_webhooks(tx, content, HookEvent.JOINED, taken.twin, now)
