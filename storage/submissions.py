"""Forms that were read back, agreed and sent."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, insert, select, update

from flows.events import SubmissionFiled
from storage.conversations import KeptConversation
from storage.errors import ReferenceTaken
from storage.rows import insert_if_new
from storage.tables import attachments, submission_events, submissions
from storage.vault import Vault

ROWS_AT_A_TIME = 500


class SubmissionStatus(StrEnum):
    RECEIVED = "received"
    CLOSED = "closed"


@dataclass(frozen=True)
class Submission:
    """A kept form. `answers` and `personal` map field ids to stored values; `personal` is empty once purged."""

    id: str
    reference: str
    form: str
    form_version: int
    status: str
    channel: str
    language: str
    conversation_id: str | None
    person_id: str | None
    district: str | None
    latitude: float | None
    longitude: float | None
    certainty: str | None
    answers: dict[str, Any]
    personal: dict[str, Any]
    submitted_at: datetime
    updated_at: datetime


class Submissions:
    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    def file(self, filed: SubmissionFiled, kept: KeptConversation, language: str, now: datetime) -> str:
        """Keep a form with its photos and its first event; returns the row's id. Raises ReferenceTaken."""
        id = str(uuid4())
        personal = json.dumps(filed.personal) if filed.personal else None
        values = {
            "id": id,
            "reference": filed.reference,
            "form": filed.form,
            "form_version": filed.form_version,
            "status": SubmissionStatus.RECEIVED,
            "channel": kept.channel,
            "language": language,
            "conversation_id": kept.id,
            "person_id": kept.person_id,
            "district": filed.district,
            "latitude": filed.latitude,
            "longitude": filed.longitude,
            "certainty": filed.certainty,
            "answers": _storable(filed.answers),
            "personal": self._vault.seal(personal, f"submissions.personal:{id}") if personal else None,
            "submitted_at": now,
            "updated_at": now,
        }
        kept_id = insert_if_new(
            self._connection, submissions, values, submissions.c.id, unique=("reference",)
        )
        if kept_id is None:
            raise ReferenceTaken(filed.reference)
        self._link_attachments(id, kept.id, filed.attachments)
        self.add_event(id, "received", "citizen", {}, now)
        return id

    def add_event(
        self, submission_id: str, kind: str, actor: str, data: dict[str, Any], now: datetime
    ) -> None:
        """Write down what happened to a submission. `data` holds no personal data."""
        values = {"submission_id": submission_id, "at": now, "kind": kind, "actor": actor, "data": data}
        self._connection.execute(insert(submission_events).values(values))

    def events(self, submission_id: str) -> list[tuple[datetime, str, str, dict[str, Any]]]:
        """(when, kind, actor, data), oldest first."""
        query = (
            select(submission_events)
            .where(submission_events.c.submission_id == submission_id)
            .order_by(submission_events.c.id)
        )
        return [(row.at, row.kind, row.actor, row.data) for row in self._connection.execute(query)]

    def find_by_reference(self, reference: str) -> Submission | None:
        row = self._connection.execute(
            select(submissions).where(submissions.c.reference == reference)
        ).one_or_none()
        return self._from_row(row) if row is not None else None

    def stream(
        self,
        form: str,
        since: datetime | None = None,
        until: datetime | None = None,
        district: str | None = None,
    ) -> Iterator[Submission]:
        """All of one form sent at or after `since` and before `until`, oldest first, a few rows at a time."""
        query = select(submissions).where(submissions.c.form == form)
        if since is not None:
            query = query.where(submissions.c.submitted_at >= since)
        if until is not None:
            query = query.where(submissions.c.submitted_at < until)
        if district is not None:
            query = query.where(submissions.c.district == district)
        query = query.order_by(submissions.c.submitted_at, submissions.c.id)
        with self._connection.execute(query.execution_options(yield_per=ROWS_AT_A_TIME)) as rows:
            for row in rows:
                yield self._from_row(row)

    def _link_attachments(self, id: str, conversation_id: str, attachment_ids: tuple[str, ...]) -> None:
        # Only this conversation's own photos, and none that belongs to a report already.
        self._connection.execute(
            update(attachments)
            .where(
                attachments.c.id.in_(attachment_ids),
                attachments.c.conversation_id == conversation_id,
                attachments.c.submission_id.is_(None),
            )
            .values(submission_id=id)
        )

    def _from_row(self, row: Row[Any]) -> Submission:
        values = dict(row._mapping)
        if row.personal is None:
            values["personal"] = {}
        else:
            place = f"submissions.personal:{row.id}"
            values["personal"] = json.loads(self._vault.open_text(row.personal, place))
        return Submission(**values)


def _storable(value: Any) -> Any:
    """The same JSON value without what PostgreSQL refuses in text: NUL, and halves of surrogate pairs."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, list | tuple):
        return [_storable(item) for item in value]
    if isinstance(value, dict):
        return {_storable(key): _storable(item) for key, item in value.items()}
    return value
