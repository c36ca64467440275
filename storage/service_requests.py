"""What other systems may read of reports (Open311): where each stands and where it is, and nobody's words.

Read beside the model, a few columns of many rows: no personal data is opened for it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from storage.tables import submissions


@dataclass(frozen=True)
class ServiceRequest:
    """A report; one that was joined to another stands where that one does. `answers` hold words: pick from them.

    `id` is of the case it stands with, `state_at` since when that stands there.
    """

    id: str
    reference: str
    form: str
    status: str
    desk: str | None
    district: str | None
    latitude: float | None
    longitude: float | None
    answers: dict[str, Any]
    submitted_at: datetime
    updated_at: datetime
    state_at: datetime | None


class ServiceRequests:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, references: Collection[str], forms: Collection[str]) -> list[ServiceRequest]:
        """Those of these references that are of these forms, newest first."""
        query = _query().where(submissions.c.reference.in_(references), submissions.c.form.in_(forms))
        return self._rows(query)

    def list_sent(
        self,
        ended: Mapping[str, Collection[str]],
        since: datetime,
        until: datetime,
        *,
        closed: bool | None = None,
        limit: int = 1000,
    ) -> list[ServiceRequest]:
        """Cases of some forms sent from `since` to `until`, newest first, without those joined to another.

        `ended` has, by form, the states in which there is nothing left to do; `closed` asks for those alone, or for
        the others.
        """
        if closed is None:
            wanted: ColumnElement[bool] = submissions.c.form.in_(list(ended))
        else:
            wanted = or_(
                *(
                    and_(
                        submissions.c.form == form,
                        submissions.c.status.in_(states) if closed else submissions.c.status.not_in(states),
                    )
                    for form, states in ended.items()
                )
            )
        query = _query().where(
            wanted,
            submissions.c.merged_into.is_(None),
            submissions.c.submitted_at >= since,
            submissions.c.submitted_at <= until,
        )
        return self._rows(query.limit(limit))

    def _rows(self, query: Select[Any]) -> list[ServiceRequest]:
        newest_first = query.order_by(submissions.c.submitted_at.desc(), submissions.c.id)
        return [ServiceRequest(**row._mapping) for row in self._connection.execute(newest_first)]


def _query() -> Select[Any]:
    root = submissions.alias("root")
    own = submissions.c
    return select(
        func.coalesce(root.c.id, own.id).label("id"),
        own.reference,
        own.form,
        func.coalesce(root.c.status, own.status).label("status"),
        func.coalesce(root.c.desk, own.desk).label("desk"),
        own.district,
        own.latitude,
        own.longitude,
        own.answers,
        own.submitted_at,
        func.coalesce(root.c.updated_at, own.updated_at, type_=own.updated_at.type).label("updated_at"),
        func.coalesce(root.c.state_at, own.state_at, type_=own.state_at.type).label("state_at"),
    ).select_from(submissions.outerjoin(root, own.merged_into == root.c.id))
