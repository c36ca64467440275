"""Forms that were read back, agreed and sent."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, Row, Select, exists, func, or_, select, update

from flows.events import SubmissionFiled
from flows.facts import ENDED_STATES
from flows.sites import find_cell
from storage.conversations import KeptConversation
from storage.errors import ReferenceTaken
from storage.rows import insert_if_new
from storage.submission_events import SubmissionEvents
from storage.tables import attachments, submissions
from storage.vault import Vault

ROWS_AT_A_TIME = 500
STANDING = ("status", "state_at", "state_until")  # columns that say where a case stands
LONGEST_ACTOR = 100


class SubmissionStatus(StrEnum):
    RECEIVED = "received"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"
    ACTED_ON = "acted_on"
    CLOSED = "closed"


@dataclass(frozen=True)
class Submission:
    """A kept form. `answers` and `personal` map field ids to stored values; `personal` is empty once purged.

    `merged_into` is the id of the one it repeats, `assigned_to` the member of staff who has it in hand. `desk` is an
    id of county/desks.yml, `state_at` since when it is in its state, `solved` what its sender said at the end.
    """

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
    assigned_to: str | None
    merged_into: str | None
    wants_news: bool
    urgent: bool
    routed_to: str | None
    desk: str | None
    within_m: int | None
    cell: int | None
    state_at: datetime | None
    state_until: date | None
    solved: bool | None
    submitted_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class NewPoint:
    """Where a case is, and who leads there."""

    latitude: float
    longitude: float
    certainty: str
    within_m: int | None
    district: str | None
    desk: str | None


@dataclass(frozen=True)
class OtherSystem:
    """Who files where no citizen of ours writes: the system of another body. There is no chat and no person.

    `name` is the body's, `request` a keyed hash of its own number for what it sent.
    """

    channel: str
    name: str
    request: str = ""
    id: None = None
    person_id: None = None

    @property
    def actor(self) -> str:
        return f"{self.channel}: {self.name}"[:LONGEST_ACTOR]


class Submissions:
    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault
        self._events = SubmissionEvents(connection, vault)

    def file(
        self, filed: SubmissionFiled, kept: KeptConversation | OtherSystem, language: str, now: datetime
    ) -> str:
        """Keep a form with its photos and its first event; returns the row's id. Raises ReferenceTaken.

        One that repeats another (`joins`) is merged into it where both are of the same person.
        """
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
            "merged_into": self._repeated(filed.joins, kept.person_id),
            "wants_news": filed.wants_news,
            "urgent": filed.urgent,
            "routed_to": filed.routed_to,
            "desk": filed.desk,
            "within_m": filed.within_m,
            "cell": find_cell(filed.latitude, filed.longitude),
            "state_at": now,
            "submitted_at": now,
            "updated_at": now,
        }
        root = self.find(values["merged_into"]) if values["merged_into"] else None
        if root is not None:
            values |= {name: getattr(root, name) for name in STANDING}
        kept_id = insert_if_new(
            self._connection, submissions, values, submissions.c.id, unique=("reference",)
        )
        if kept_id is None:
            raise ReferenceTaken(filed.reference)
        if isinstance(kept, OtherSystem):
            self._events.add(
                id, "received", kept.actor, {"request": kept.request} if kept.request else {}, now
            )
        else:
            self._link_attachments(id, kept.id, filed.attachments)
            self._events.add(id, "received", "citizen", {}, now)
        return id

    def find(self, id: str) -> Submission | None:
        return self._find(select(submissions).where(submissions.c.id == id))

    def find_by_reference(self, reference: str) -> Submission | None:
        return self._find(select(submissions).where(submissions.c.reference == reference))

    def of_person(self, person_id: str) -> list[Submission]:
        """Oldest first."""
        return self._all(select(submissions).where(submissions.c.person_id == person_id))

    def merged_into(self, id: str) -> list[Submission]:
        """Those that repeat this one, oldest first."""
        return self.repeats_of([id])

    def repeats_of(self, ids: Collection[str]) -> list[Submission]:
        """Those that repeat one of these, oldest first."""
        return self._all(select(submissions).where(submissions.c.merged_into.in_(ids)))

    def list_cases(
        self,
        forms: Iterable[str] | None = None,
        states: Iterable[str] | None = None,
        assigned_to: str | None = None,
        district: str | None = None,
        *,
        limit: int = 100,
        include_closed: bool = False,
        include_merged: bool = False,
    ) -> list[Submission]:
        """What there is to do: urgent ones first, then the oldest.

        What was merged into another is no case, but makes that one urgent where it is; it comes with
        `include_merged`. `assigned_to` "" asks for those nobody has in hand. Closed ones come only where asked
        for, by `include_closed` or by name in `states`.
        """
        query = select(submissions)
        if not include_merged:
            query = query.where(submissions.c.merged_into.is_(None))
        if forms is not None:
            query = query.where(submissions.c.form.in_(list(forms)))
        if states is not None:
            query = query.where(submissions.c.status.in_(list(states)))
        elif not include_closed:
            query = query.where(submissions.c.status.not_in(ENDED_STATES))
        if assigned_to is not None:
            mine = submissions.c.assigned_to == assigned_to
            query = query.where(mine if assigned_to else submissions.c.assigned_to.is_(None))
        if district is not None:
            query = query.where(submissions.c.district == district)
        repeats = submissions.alias("repeats")
        is_urgent = or_(
            submissions.c.urgent, exists().where(repeats.c.merged_into == submissions.c.id, repeats.c.urgent)
        )
        query = query.order_by(is_urgent.desc(), submissions.c.submitted_at, submissions.c.id)
        return [self._from_row(row) for row in self._connection.execute(query.limit(limit))]

    def assign(self, id: str, to: str | None, now: datetime) -> bool:
        """False for an unknown one."""
        return self._change(id, {"assigned_to": to or None}, now)

    def set_status(self, id: str, status: str, now: datetime, until: date | None = None) -> bool:
        """`status` is a common one (SubmissionStatus) or one of the form's own; False for an unknown submission.

        `until` is how long it may stay in it.
        """
        return self._change(id, {"status": str(status), "state_at": now, "state_until": until}, now)

    def set_solved(self, id: str, *, solved: bool) -> None:
        """What its sender said at the end. Nothing was done to the case, so its time stays."""
        self._connection.execute(update(submissions).where(submissions.c.id == id).values(solved=solved))

    def move(self, id: str, point: NewPoint, now: datetime) -> bool:
        """Staff corrected where it is; False for an unknown submission."""
        return self._change(id, asdict(point) | {"cell": find_cell(point.latitude, point.longitude)}, now)

    def set_desk(self, id: str, desk: str, now: datetime) -> bool:
        return self._change(id, {"desk": desk}, now)

    def let_go_of_sender(self, id: str, now: datetime) -> bool:
        """Takes out what identifies the sender and ends news of it: they took their agreement back."""
        return self._change(id, {"personal": None, "wants_news": False}, now)

    def merge(self, id: str, into_id: str, now: datetime) -> bool:
        """Make it a repeat of another, with all that repeat it. False where that would be itself, or is unknown.

        All of them stand where that one stands. Both rows are held meanwhile: of two merges crosswise the second
        finds what the first made.
        """
        self.hold((id, into_id))
        root_id = self._root(into_id)
        root = self.find(root_id) if root_id is not None else None
        if root is None or root.id == id:
            return False
        values = {"merged_into": root.id} | {name: getattr(root, name) for name in STANDING}
        if not self._change(id, values, now):
            return False
        repeats = update(submissions).where(submissions.c.merged_into == id)
        self._connection.execute(repeats.values(values))
        return True

    def hold(self, ids: Collection[str]) -> None:
        """Lets nobody else change these before this transaction ends (PostgreSQL)."""
        rows = select(submissions.c.id).where(submissions.c.id.in_(ids)).order_by(submissions.c.id)
        self._connection.execute(rows.with_for_update()).all()

    def split(
        self,
        id: str,
        now: datetime,
        *,
        standing: Mapping[str, Any] | None = None,
        with_ids: Collection[str] = (),
    ) -> bool:
        """Make it a case of its own again, with some of those merged into the same; False where it is one.

        `standing` gives the columns of STANDING; without it all stand where they stood in the case they leave.
        """
        merged = update(submissions).where(submissions.c.merged_into.is_not(None))
        values = dict(standing or {})
        alone = merged.where(submissions.c.id == id).values(merged_into=None, updated_at=now, **values)
        if self._connection.execute(alone).rowcount != 1:
            return False
        along = merged.where(submissions.c.id.in_(with_ids)).values(merged_into=id, **values)
        self._connection.execute(along)
        return True

    def count(
        self,
        form: str,
        since: datetime | None = None,
        until: datetime | None = None,
        district: str | None = None,
    ) -> int:
        """How many `stream` gives."""
        query = select(func.count()).select_from(submissions).where(*_sent(form, since, until, district))
        return int(self._connection.execute(query).scalar_one())

    def stream(
        self,
        form: str,
        since: datetime | None = None,
        until: datetime | None = None,
        district: str | None = None,
    ) -> Iterator[Submission]:
        """All of one form sent at or after `since` and before `until`, oldest first, a few rows at a time."""
        query = select(submissions).where(*_sent(form, since, until, district))
        query = query.order_by(submissions.c.submitted_at, submissions.c.id)
        with self._connection.execute(query.execution_options(yield_per=ROWS_AT_A_TIME)) as rows:
            for row in rows:
                yield self._from_row(row)

    def _repeated(self, reference: str | None, person_id: str | None) -> str | None:
        earlier = self.find_by_reference(reference) if reference else None
        if earlier is None or earlier.person_id != person_id:
            return None
        root = self.find(earlier.merged_into) if earlier.merged_into else earlier
        # Closed meanwhile: nobody would look at a repeat of it.
        return root.id if root is not None and root.status not in ENDED_STATES else None

    def _root(self, id: str) -> str | None:
        """The case an id belongs to; None for an unknown one. Repeats of repeats are never kept."""
        found = self.find(id)
        return (found.merged_into or found.id) if found is not None else None

    def _change(self, id: str, values: dict[str, Any], now: datetime) -> bool:
        one = update(submissions).where(submissions.c.id == id)
        return self._connection.execute(one.values(**values, updated_at=now)).rowcount == 1

    def _find(self, query: Select[Any]) -> Submission | None:
        row = self._connection.execute(query).one_or_none()
        return self._from_row(row) if row is not None else None

    def _all(self, query: Select[Any]) -> list[Submission]:
        query = query.order_by(submissions.c.submitted_at, submissions.c.id)
        return [self._from_row(row) for row in self._connection.execute(query)]

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


def _sent(
    form: str, since: datetime | None, until: datetime | None, district: str | None
) -> list[ColumnElement[bool]]:
    wanted = [submissions.c.form == form]
    if since is not None:
        wanted.append(submissions.c.submitted_at >= since)
    if until is not None:
        wanted.append(submissions.c.submitted_at < until)
    if district is not None:
        wanted.append(submissions.c.district == district)
    return wanted


def _storable(value: Any) -> Any:
    """The same JSON value without what PostgreSQL refuses in text: NUL, and halves of surrogate pairs."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, list | tuple):
        return [_storable(item) for item in value]
    if isinstance(value, dict):
        return {_storable(key): _storable(item) for key, item in value.items()}
    return value
