"""Filing what another body's system sent, once: the same request again finds the report it made."""

from dataclasses import dataclass, replace
from datetime import datetime

from bot.site_filing import take_up_site
from flows.content import Content
from flows.events import SubmissionFiled
from flows.forms import Form
from flows.open311 import CHANNEL
from flows.open311_request import Refused, Taken
from flows.references import NUMBERS, make_reference
from flows.safety import DangerKind
from flows.texts import SOURCE_LANGUAGE
from storage.api_keys import ApiKey
from storage.database import Transaction
from storage.errors import ReferenceTaken
from storage.submissions import OtherSystem
from storage.vault import Vault
from storage.webhooks import promise_filed

TRIES = 5


@dataclass(frozen=True)
class Filed:
    """The report of a request; `fresh` where this very call made it."""

    reference: str
    fresh: bool


def file_request(
    tx: Transaction,
    form: Form,
    read: Taken | Refused,
    content: Content,
    *,
    key: ApiKey,
    request_id: str,
    number: int,
    now: datetime,
) -> Filed | Refused:
    """Keeps a request as a report, unless it was kept before; what was refused now may have been taken then.

    Raises ReferenceTaken where another took the reference in the same moment.

    `request_id` is the caller's own number, empty where it has none; `number` is fresh randomness. With a number of
    the caller's the reference follows from it, so that the record itself holds two calls at once apart.
    """
    mark = tx.vault.index("open311.request", f"{key.id}:{request_id}") if request_id else ""
    for attempt in range(TRIES):
        drawn = _number_of(tx.vault, mark, attempt) if mark else number + attempt
        reference = make_reference(form.prefix, drawn % NUMBERS)
        earlier = tx.submissions.find_by_reference(reference)
        if earlier is None:
            if isinstance(read, Refused):
                return read
            return _file(tx, content, replace(read.filed, reference=reference), read, key, mark, now)
        if mark and any(e.data.get("request") == mark for e in tx.submission_events.of(earlier.id)):
            return Filed(reference, fresh=False)
    raise ReferenceTaken(reference)


def _file(
    tx: Transaction,
    content: Content,
    report: SubmissionFiled,
    read: Taken,
    key: ApiKey,
    mark: str,
    now: datetime,
) -> Filed:
    # Who sent it is kept beside the answers: once that may go (retention), the free words go with it.
    filed = replace(report, personal={"sent_by": key.name})
    sender = OtherSystem(CHANNEL, key.name, mark)
    submission = tx.submissions.file(filed, sender, SOURCE_LANGUAGE, now)
    take_up_site(tx, content, submission, filed, now)
    promise_filed(tx, content, submission, now)
    tx.audit.append(sender.actor, "submission.filed", submission, {"form": filed.form}, now)
    for moderated in read.moderated:
        tx.moderations.add(
            CHANNEL, moderated.kind, moderated.outcome, now, form=moderated.form, field=moderated.field
        )
    _tell_staff(tx, filed, read.danger, now)
    return Filed(filed.reference, fresh=True)


def _tell_staff(tx: Transaction, filed: SubmissionFiled, danger: DangerKind | None, now: datetime) -> None:
    detail = {"form": filed.form, "reference": filed.reference}
    if filed.urgent:
        tx.notices.add("urgent", None, detail, now)
    if danger is not None:
        tx.notices.add("danger", None, {**detail, "kind": danger, "by": "rules"}, now)


def _number_of(vault: Vault, mark: str, attempt: int) -> int:
    return int(vault.index("open311.reference", f"{mark}:{attempt}"), 16) % NUMBERS
