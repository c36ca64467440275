"""Sites: what becomes of a new report near an open case of its form.

A site is a case; the further reports of it are merged into it. Nothing sealed is opened.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, exists, or_, select, update

from flows.events import SubmissionFiled
from flows.facts import ENDED_STATES
from flows.site_matching import decide, find_twin
from flows.sites import Sighting, Site, find_cell, is_better_placed
from storage.near_sites import KeptSite, NearCase, NearSites, sighting_of
from storage.submission_events import SubmissionEvents
from storage.submissions import Submissions
from storage.tables import submission_events, submissions

SERVICE = "service"
Point = tuple[float | None, float | None, str | None, int | None]
_POINT = (submissions.c.latitude, submissions.c.longitude, submissions.c.certainty, submissions.c.within_m)


@dataclass(frozen=True)
class TakenUp:
    """What became of a report: the ids of the case it was put to, and of one that turned out to be the same.

    `moved` are the cases that have taken over a better point.
    """

    into: str | None = None
    twin: str | None = None
    twin_into: str | None = None
    moved: tuple[str, ...] = ()


class Sites:
    def __init__(self, connection: Connection, kept: Submissions, events: SubmissionEvents) -> None:
        self._connection = connection
        self._submissions = kept
        self._events = events
        self._near = NearSites(connection)

    def take_up(self, id: str, filed: SubmissionFiled, now: datetime) -> TakenUp:
        """Put a report that was just filed to its site, if it has one already; note those it may be of.

        Two that tell of a new site in the same moment stay two cases: a later report may bring them together.
        """
        if filed.not_same:
            self._note(id, "not_same", {"references": list(filed.not_same)}, now, "citizen")
        self._take_desk(id, filed)
        if self._is_merged(id):
            return TakenUp()
        told = self._find_told(filed)
        if told is not None:
            return self._put(id, *told, filed, "sighting", {}, now)
        here = sighting_of(filed, now)
        if here is None:
            return TakenUp()
        kept = self._near.load(filed.form, here, now, besides=id)
        refused = self._roots_of(filed.not_same)
        there = {key: each for key, each in kept.items() if each.case.id not in refused}
        closed = {key for key, each in there.items() if each.case.is_closed}
        grouping = decide(here, [each.site for each in there.values()], closed)
        if grouping.into is None:
            if grouping.perhaps:
                references = [match.key for match in grouping.perhaps]
                self._note(id, "perhaps_same", {"references": references}, now)
            return TakenUp()
        into = there[grouping.into.key]
        sure = {"sure": round(grouping.into.sure, 2)}
        taken = self._put(id, into.case.id, into.case.reference, filed, "grouped", sure, now)
        if taken.into is None:
            return taken
        return self._join_twin(into, here, list(there.values()), taken, now)

    def _put(
        self,
        id: str,
        root_id: str,
        reference: str,
        filed: SubmissionFiled,
        kind: str,
        data: dict[str, Any],
        now: datetime,
    ) -> TakenUp:
        if not self._submissions.merge(id, root_id, now):
            return TakenUp()
        self._note(id, kind, {"into": reference, **data}, now, "citizen" if kind == "sighting" else SERVICE)
        self._note(root_id, "repeat_added", {"reference": filed.reference}, now)
        point = (filed.latitude, filed.longitude, filed.certainty, filed.within_m)
        moved = self._refine(root_id, filed.reference, point, now)
        return TakenUp(root_id, moved=(root_id,) if moved else ())

    def _refine(self, root_id: str, reference: str, told: Point, now: datetime) -> bool:
        """Take over the point of a report that knows it much better, unless staff have moved the site; False if not."""
        latitude, longitude, certainty, within_m = told
        root = self._connection.execute(select(*_POINT).where(submissions.c.id == root_id)).one()
        if not is_better_placed(certainty, within_m, (root.certainty, root.within_m)):
            return False
        moved = exists().where(
            submission_events.c.submission_id == root_id, submission_events.c.kind == "moved"
        )
        if self._connection.execute(select(moved)).scalar_one():
            return False
        was = dict(root._mapping)
        point = {**dict(zip(was, told, strict=True)), "cell": find_cell(latitude, longitude)}
        self._connection.execute(update(submissions).where(submissions.c.id == root_id).values(point))
        self._note(root_id, "place_refined", {"by": reference, "was": was}, now)
        return True

    def unrefine(self, root_id: str, references: Collection[str], now: datetime) -> bool:
        """Give a site back the point it had before one of these reports, which are not of it; False if none told it."""
        query = select(submission_events).where(
            submission_events.c.submission_id == root_id,
            submission_events.c.kind.in_(("place_refined", "place_restored", "moved")),
        )
        last = self._connection.execute(query.order_by(submission_events.c.id.desc()).limit(1)).one_or_none()
        if last is None or last.kind != "place_refined" or last.data["by"] not in references:
            return False
        was = last.data["was"]
        point = {**was, "cell": find_cell(was["latitude"], was["longitude"])}
        self._connection.execute(update(submissions).where(submissions.c.id == root_id).values(point))
        self._note(root_id, "place_restored", {"without": last.data["by"]}, now)
        return True

    def _join_twin(
        self, into: KeptSite, here: Sighting, there: Sequence[KeptSite], taken: TakenUp, now: datetime
    ) -> TakenUp:
        """Join the case with another that is surely the same, now that more is known of it.

        Only where staff have not begun to tell them apart: both stand alike, and nobody has said they are two.
        """
        grown = Site(into.site.key, (*into.site.reports, here), into.site.ended_at)
        alike = {
            each.site.key: each
            for each in there
            if each is not into and _stands_alike(each.case, into.case) and each.case.ended_at is None
        }
        twin = find_twin(grown, [each.site for each in alike.values()])
        if twin is None:
            return taken
        pair = sorted((into, alike[twin.key]), key=lambda each: (each.case.submitted_at, each.case.id))
        first, second = pair[0].case, pair[1].case
        if self._are_parted(first, second):
            return taken
        along = self._references(submissions.c.merged_into == second.id)
        if not self._submissions.merge(second.id, first.id, now):
            return taken
        # As staff write it down, so that they can split them again.
        standing = {
            "was": second.status,
            "was_at": second.state_at.isoformat() if second.state_at else None,
            "was_until": second.state_until.isoformat() if second.state_until else None,
        }
        data = {"into": first.reference, **standing, "sure": round(twin.sure, 2)}
        self._note(second.id, "merged", data | ({"moved": along} if along else {}), now)
        self._note(first.id, "repeat_added", {"reference": second.reference}, now)
        # Read anew: the report may just have told it better.
        row = self._connection.execute(select(*_POINT).where(submissions.c.id == second.id)).one()
        point = (row.latitude, row.longitude, row.certainty, row.within_m)
        refined = self._refine(first.id, second.reference, point, now)
        moved = (*taken.moved, first.id) if refined else taken.moved
        return TakenUp(taken.into, second.id, first.id, tuple(dict.fromkeys(moved)))

    def _are_parted(self, first: NearCase, second: NearCase) -> bool:
        """Whether staff split reports of the two, or a citizen said that one is not the other."""
        ids = (first.id, second.id)
        of = or_(submissions.c.id.in_(ids), submissions.c.merged_into.in_(ids))
        references = set(self._references(of))
        query = (
            select(submission_events.c.data)
            .join(submissions, submissions.c.id == submission_events.c.submission_id)
            .where(of, submission_events.c.kind.in_(("split", "not_same")))
        )
        said = (data for (data,) in self._connection.execute(query))
        return any(references & {data.get("from"), *data.get("references", ())} for data in said)

    def _find_told(self, filed: SubmissionFiled) -> tuple[str, str] | None:
        """The id and reference of the open case of the same form that the citizen says it is."""
        if not filed.sighting_of:
            return None
        roots = self._roots_of((filed.sighting_of,))
        query = select(submissions.c.id, submissions.c.reference).where(
            submissions.c.id.in_(roots),
            submissions.c.form == filed.form,
            submissions.c.status.not_in(ENDED_STATES),
        )
        row = self._connection.execute(query).one_or_none()
        return (row.id, row.reference) if row is not None else None

    def _take_desk(self, id: str, filed: SubmissionFiled) -> None:
        """Who leads on the site the citizen says it is leads on the report: also of one closed since, or split off.

        Whose land it is was not asked again.
        """
        roots = self._roots_of((filed.sighting_of,)) if filed.sighting_of else set()
        query = select(submissions.c.desk).where(
            submissions.c.id.in_(roots), submissions.c.form == filed.form
        )
        desk = self._connection.execute(query).scalar_one_or_none()
        if desk is not None:
            self._connection.execute(update(submissions).where(submissions.c.id == id).values(desk=desk))

    def _roots_of(self, references: Collection[str]) -> set[str]:
        query = select(submissions.c.id, submissions.c.merged_into)
        rows = self._connection.execute(query.where(submissions.c.reference.in_(references)))
        return {row.merged_into or row.id for row in rows}

    def _references(self, which: ColumnElement[bool]) -> list[str]:
        query = select(submissions.c.reference).where(which).order_by(submissions.c.reference)
        return list(self._connection.execute(query).scalars())

    def _is_merged(self, id: str) -> bool:
        query = select(submissions.c.merged_into).where(submissions.c.id == id)
        return self._connection.execute(query).scalar_one() is not None

    def _note(self, id: str, kind: str, data: dict[str, Any], now: datetime, actor: str = SERVICE) -> None:
        self._events.add(id, kind, actor, data, now)


def _stands_alike(case: NearCase, other: NearCase) -> bool:
    return (case.status, case.assigned_to, case.state_until) == (
        other.status,
        other.assigned_to,
        other.state_until,
    )
