"""Promising webhooks: rows of the outbox, in the same transaction as what they tell of."""

from datetime import datetime
from uuid import uuid4

from flows.content import Content
from flows.open311 import why_no_service
from flows.webhooks import CHANNEL, HookCase, HookEvent, Webhook, make_body
from storage.states import OnUnknown, Priority
from storage.submissions import Submission
from storage.transaction import Transaction


def promise_webhooks(
    tx: Transaction, content: Content, event: HookEvent, submission_id: str, now: datetime
) -> int:
    """Tells everybody who wants to hear of it, but for those that said they are gone; returns how many.

    Only of reports of a place: who joins a watch or wants a post does not tell councils where they live.
    The row's key is the webhook's id: sent again it is the same, so that a receiver can tell.
    """
    wanting = [hook for hook in content.webhooks if event in hook.events]
    case = tx.submissions.find(submission_id) if wanting else None
    form = content.forms.get(case.form) if case is not None else None
    if case is None or form is None or why_no_service(form):
        return 0
    body = make_body(event, _told(tx, case), form, now)
    promised = 0
    for hook in wanting:
        if tx.suppressions.is_suppressed(CHANNEL, hook.url):
            continue
        promised += tx.outbox.add(
            key=f"hook_{uuid4()}",
            conversation_id=None,
            conversation_key=conversation_key(hook),
            channel=CHANNEL,
            address=hook.url,
            body=body,
            priority=Priority.REPLY,
            on_unknown=OnUnknown.RESEND,
            has_buttons=False,
            now=now,
        )
    return promised


def promise_filed(tx: Transaction, content: Content, submission_id: str, now: datetime) -> int:
    """Tells that a report came, and where it was joined to another at once, of that."""
    promised = promise_webhooks(tx, content, HookEvent.FILED, submission_id, now)
    case = tx.submissions.find(submission_id) if content.webhooks else None
    if case is not None and case.merged_into is not None:
        promised += promise_webhooks(tx, content, HookEvent.JOINED, submission_id, now)
    return promised


def conversation_key(hook: Webhook) -> str:
    """The line its messages stand in: in order, one at a time."""
    return f"{CHANNEL}:{hook.name}"


def _told(tx: Transaction, case: Submission) -> HookCase:
    root = tx.submissions.find(case.merged_into) if case.merged_into else None
    return HookCase(
        reference=case.reference,
        form=case.form,
        state=case.status,
        district=case.district,
        desk=case.desk,
        latitude=case.latitude,
        longitude=case.longitude,
        certainty=case.certainty,
        answers=case.answers,
        joined_to=root.reference if root is not None else None,
    )
