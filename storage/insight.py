"""What is counted of cases: few columns of many rows, none of them sealed.

A site is a case that was merged into no other; what was merged into it are further reports of the same site. A
report stands where its site stands: in its district, on its land, with its desk and in its state.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, case, func, or_, select

from storage.tables import moderations, submission_events, submissions

ROWS_AT_A_TIME = 5000
YES = frozenset({"true", "1"})  # JSON's true, as PostgreSQL and as SQLite take it out

_root = submissions.alias("root")
_is_site = submissions.c.merged_into.is_(None)
_of_root = submissions.join(_root, _root.c.id == func.coalesce(submissions.c.merged_into, submissions.c.id))


@dataclass(frozen=True)
class Wanted:
    """What is counted: of one form, sent at or after `since` and before `until`, in one district or all."""

    form: str
    since: datetime | None = None
    until: datetime | None = None
    district: str | None = None


@dataclass(frozen=True)
class Count:
    """`value` is None where it is not known."""

    value: str | None
    reports: int
    sites: int


@dataclass(frozen=True)
class Step:
    """Something that happened to a site, or (state None) that nothing did yet.

    `state` is the one it came into, None where only the welfare of the people there was seen to. `is_own` is False
    for what happened to a report of the site while that was still a case by itself.
    """

    site: str
    desk: str | None
    district: str | None
    began_at: datetime
    status: str
    at: datetime | None
    state: str | None
    welfare_done: bool
    is_own: bool = True


@dataclass(frozen=True)
class ModerationCount:
    kind: str
    outcome: str
    channel: str
    count: int


@dataclass(frozen=True)
class ReportRow:
    """One report with what it says of its site; `is_site` marks the one that stands for the site."""

    site: str
    is_site: bool
    reference: str
    status: str
    district: str | None
    latitude: float | None
    longitude: float | None
    within_m: int | None
    land: str | None
    caravans: int | None
    submitted_at: datetime
    state_at: datetime | None
    state_until: date | None


class Insight:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def count_by(self, dimension: str, wanted: Wanted) -> list[Count]:
        """`dimension` is district, land, desk or state."""
        columns: dict[str, Any] = {
            "district": _root.c.district,
            "land": _root.c.answers["land"].as_string(),
            "desk": _root.c.desk,
            "state": _root.c.status,
        }
        picked = select(columns[dimension].label("value"), _is_site.label("is_site")).select_from(_of_root)
        # Grouped from outside: to PostgreSQL the same expression with other bound values is another one.
        rows = _narrow(picked, wanted).subquery()
        sites = func.sum(case((rows.c.is_site, 1), else_=0))
        query = select(rows.c.value, func.count(), sites).group_by(rows.c.value).order_by(rows.c.value)
        return [
            Count(value, reports, int(sites)) for value, reports, sites in self._connection.execute(query)
        ]

    def moments(self, wanted: Wanted, *, of_sites: bool = False) -> Iterator[tuple[str, datetime, bool]]:
        """Of each report its site, when it was sent, and whether it stands for the site; the oldest first.

        `of_sites`: all reports of the sites that were first reported in the time, instead of those sent in it.
        """
        columns = select(_root.c.id, submissions.c.submitted_at, _is_site.label("is_site"))
        query = _narrow(columns.select_from(_of_root), wanted, of=_root if of_sites else None)
        query = query.order_by(submissions.c.submitted_at)
        for site, at, is_site in self._stream(query):
            yield site, at, bool(is_site)

    def steps(self, wanted: Wanted, *, of_reports: bool = False) -> Iterator[Step]:
        """What happened to each site that was first reported in the time, site by site, in order.

        `of_reports`: also what happened to its further reports by themselves, before they were joined to it.
        """
        data = submission_events.c.data
        of_note = or_(submission_events.c.kind == "state", data["welfare_done"].as_string().is_not(None))
        # What a report has only "with" its case happened once.
        of_note = and_(of_note, data["with"].as_string().is_(None))
        joined = _of_root.outerjoin(
            submission_events, and_(submission_events.c.submission_id == submissions.c.id, of_note)
        )
        query: Select[Any] = select(
            _root.c.id,
            _root.c.desk,
            _root.c.district,
            _root.c.submitted_at,
            _root.c.status,
            _is_site.label("is_own"),
            submission_events.c.at,
            submission_events.c.kind,
            data["state"].as_string().label("state"),
            data["welfare_done"].as_string().label("welfare"),
        ).select_from(joined)
        query = _narrow(query, wanted, of=_root)
        query = query if of_reports else query.where(_is_site)
        for row in self._stream(query.order_by(_root.c.id, submission_events.c.id)):
            yield Step(
                site=row.id,
                desk=row.desk,
                district=row.district,
                began_at=row.submitted_at,
                status=row.status,
                at=row.at,
                state=row.state if row.kind == "state" else None,
                welfare_done=str(row.welfare).casefold() in YES,
                is_own=bool(row.is_own),
            )

    def count_moderations(self, wanted: Wanted) -> list[ModerationCount]:
        """What was turned aside, in any form's answers or outside of one: the district is not known of it."""
        kind, outcome, channel = moderations.c.kind, moderations.c.outcome, moderations.c.channel
        query = select(kind, outcome, channel, func.count()).group_by(kind, outcome, channel)
        query = query.order_by(kind, outcome, channel)
        query = query.where(or_(moderations.c.form == wanted.form, moderations.c.form.is_(None)))
        if wanted.since is not None:
            query = query.where(moderations.c.at >= wanted.since)
        if wanted.until is not None:
            query = query.where(moderations.c.at < wanted.until)
        return [ModerationCount(*row) for row in self._connection.execute(query)]

    def reports(self, wanted: Wanted) -> Iterator[ReportRow]:
        """All reports of the sites that were first reported in the time, the oldest report first."""
        answers = submissions.c.answers
        query = select(
            _root.c.id.label("site"),
            _is_site.label("is_site"),
            submissions.c.reference,
            submissions.c.status,
            submissions.c.district,
            submissions.c.latitude,
            submissions.c.longitude,
            submissions.c.within_m,
            answers["land"].as_string().label("land"),
            answers["caravans"].as_string().label("caravans"),
            submissions.c.submitted_at,
            submissions.c.state_at,
            submissions.c.state_until,
        ).select_from(_of_root)
        query = _narrow(query, wanted, of=_root)
        for row in self._stream(query.order_by(submissions.c.submitted_at, submissions.c.id)):
            values = dict(row._mapping)
            caravans = str(values["caravans"])
            values["caravans"] = int(caravans) if caravans.isdecimal() else None
            values["is_site"] = bool(values["is_site"])
            yield ReportRow(**values)

    def _stream(self, query: Select[Any]) -> Iterator[Any]:
        with self._connection.execute(query.execution_options(yield_per=ROWS_AT_A_TIME)) as rows:
            yield from rows


def _narrow(query: Select[Any], wanted: Wanted, of: Any = None) -> Select[Any]:
    """`of` is whose time counts: that of each report, or of its site (_root)."""
    counted = submissions if of is None else of
    query = query.where(counted.c.form == wanted.form)
    if wanted.since is not None:
        query = query.where(counted.c.submitted_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(counted.c.submitted_at < wanted.until)
    if wanted.district is not None:
        query = query.where(_root.c.district == wanted.district)
    return query
