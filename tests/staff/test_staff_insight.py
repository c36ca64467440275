"""Insight, on a small record of which every figure is worked out by hand."""

from datetime import UTC, datetime
from typing import Any

import pytest
from staff_samples import ADA, CONTENT, audit, cases_of, file, ref

from flows.office import QuietHours
from staff.case_state import Given
from staff.errors import StaffError
from staff.insight import Insight
from staff.sheets import Report, Row, Sheet
from storage.database import Database
from storage.insight import Wanted
from storage.tables import moderations

ALL = Wanted("encampment")
NOW = datetime(2026, 11, 26, 17, 0, tzinfo=UTC)  # a Thursday; the office is open from 9 to 17 in London
COUNTY, WARWICK = "county_encampments", "warwick_council"


def at(day: int, hour: float = 9, month: int = 11) -> datetime:
    return datetime(2026, month, day, int(hour), round(hour % 1 * 60), tzinfo=UTC)


def insight_of(database: Database) -> Insight:
    return Insight(database, CONTENT, QuietHours())


def report(database: Database, number: int, when: datetime, into: str | None = None, **different: Any) -> str:
    different = {"answers": {"land": "park", "caravans": 2}, "desk": WARWICK, "personal": {}, **different}
    id = file(database, ref(number), at=when, **different)
    if into is not None:
        with database.transaction() as tx:
            tx.submissions.merge(id, into, when)
            tx.commit()
    return id


def move(database: Database, id: str, *moves: tuple[str, datetime], welfare: bool = False) -> None:
    with database.transaction() as tx:
        for state, when in moves:
            data: dict[str, Any] = {"state": state}
            if welfare and state == "visited":
                data["welfare_done"] = True
            tx.submissions.set_status(id, state, when)
            tx.submission_events.add(id, "state", ADA, data, when)
        tx.commit()


@pytest.fixture
def record(database: Database) -> Database:
    """Three sites: a park in Warwick with two repeats, a verge in Rugby, and one of which little is known."""
    park = report(database, 1, at(31, 23.75, month=10))  # a Saturday, before midnight in London
    report(database, 2, at(1, 0.25), park, district="rugby", answers={"land": "school"})
    report(database, 3, at(3), park)
    move(database, park, ("acknowledged", at(2, 10)), ("land_check", at(2, 12)), ("assigned", at(2, 14)))
    move(database, park, ("visited", at(4, 13)), ("vacated", at(5)), ("closed", at(6)), welfare=True)
    verge = report(
        database, 4, at(9), district="rugby", desk=COUNTY, answers={"land": "verge_or_layby", "caravans": 9}
    )
    move(database, verge, ("acknowledged", at(9, 11)), ("assigned", at(10)), ("visited", at(20, 13)))
    report(database, 5, at(25), district=None, desk=None, answers={}, latitude=None, longitude=None)
    return database


def shown(sheet: Sheet) -> dict[str, tuple[Any, Any]]:
    return {row.id: (row.values["reports"], row.values["sites"]) for row in sheet.all_rows}


@pytest.mark.parametrize(
    ("by", "expected", "zeros"),
    [
        ("district", {"warwick": (3, 1), "rugby": (1, 1), "unknown": (1, 1), "total": (5, 3)}, 3),
        ("land", {"park": (3, 1), "verge_or_layby": (1, 1), "unknown": (1, 1), "total": (5, 3)}, 8),
        ("desk", {WARWICK: (3, 1), COUNTY: (1, 1), "unknown": (1, 1), "total": (5, 3)}, None),
        ("state", {"closed": (3, 1), "visited": (1, 1), "received": (1, 1), "total": (5, 3)}, None),
        ("month", {"2026-10": (1, 1), "2026-11": (4, 2), "total": (5, 3)}, 0),
    ],
)
def test_reports_and_sites_stand_side_by_side_and_none_is_zero(record, by, expected, zeros) -> None:
    counted = shown(insight_of(record).reports(ALL, by, actor=ADA, now=NOW))
    assert {id: counts for id, counts in counted.items() if counts != (0, 0)} == expected
    if zeros is not None:
        assert list(counted.values()).count((0, 0)) == zeros


def test_months_are_london_s_and_those_without_any_are_there(sqlite_database: Database) -> None:
    report(sqlite_database, 1, datetime(2026, 7, 31, 23, 30, tzinfo=UTC))  # half past midnight, in August
    asked = Wanted(
        "encampment", since=datetime(2026, 7, 1, tzinfo=UTC), until=datetime(2026, 9, 30, tzinfo=UTC)
    )
    sheet = insight_of(sqlite_database).reports(asked, "month", actor=ADA, now=NOW)
    assert [(row.name, row.values["reports"]) for row in sheet.rows] == [
        ("July 2026", 0),
        ("August 2026", 1),
        ("September 2026", 0),
    ]


def test_time_district_and_question_are_asked_for_and_left_in_the_audit(record: Database) -> None:
    asked = Wanted("encampment", since=at(9), until=at(25), district="rugby")
    assert shown(insight_of(record).reports(asked, actor=ADA, now=NOW))["total"] == (1, 1)
    asked_for = {
        "by": "district",
        "since": at(9).isoformat(),
        "until": at(25).isoformat(),
        "district": "rugby",
    }
    assert audit(record)[-1] == (ADA, "insight.reports", "submissions:encampment", asked_for)


@pytest.mark.parametrize(
    ("wanted", "by", "told"),
    [
        (Wanted("nothing"), "district", "no form nothing"),
        (Wanted("encampment", district="Rugby"), "district", "no district Rugby"),
        (Wanted("encampment", since=at(2), until=at(1)), "district", "ends before it begins"),
        (ALL, "ethnicity", "Nothing is counted by ethnicity"),
    ],
)
def test_what_is_not_there_cannot_be_asked_for(sqlite_database: Database, wanted, by, told) -> None:
    with pytest.raises(StaffError, match=told):
        insight_of(sqlite_database).reports(wanted, by, actor=ADA, now=NOW)
    assert audit(sqlite_database) == []


def test_times_are_working_hours_and_what_still_runs_is_counted_so(record: Database) -> None:
    sheet = insight_of(record).times(ALL, actor=ADA, now=NOW)
    rows = {row.id: row.values for row in sheet.rows}

    def told(id: str) -> tuple[Any, ...]:
        names = ("ended", "running", "median_hours", "p90_hours", "median_days", "within_clock")
        return tuple(rows[id][name] for name in names)

    # Ended after 1 (of a weekend) and 2 hours; the third has been waiting two days: 1 of 3, 2 of 3, unknown. It was
    # to be read on its first day, as the first one was (of a weekend: on Monday) and the second.
    assert told("received/all") == (2, 1, 2.0, None, 0.2, 0.67)
    assert told(f"received/{WARWICK}") == (1, 0, 1.0, 1.0, 0.1, 1.0)
    # 15 working hours with the district, which has no clock. With the county from Tuesday 10 at 9 to Friday 20 at 13:
    # 8 days of 8 hours and 4, where 5 working days are the clock.
    assert told(f"assigned/{WARWICK}")[:4] == (1, 0, 15.0, 15.0)
    assert told(f"assigned/{COUNTY}") == (1, 0, 68.0, 68.0, 8.5, 0.0)
    # One visited state ended after 4 hours, one has run for 4 hours and 4 days.
    assert told("visited/all") == (1, 1, 4.0, None, 0.5, None)
    assert "closed/all" not in rows


@pytest.fixture
def evidence(record: Database) -> Report:
    with record.transaction() as tx:
        for number, channel in enumerate(("web", "web", "sms")):
            row = {
                "id": str(number),
                "at": at(3),
                "channel": channel,
                "form": "encampment",
                "field": "details",
            }
            tx.connection.execute(moderations.insert().values(**row, kind="label", outcome="rephrased"))
        tx.commit()
    return insight_of(record).fairness(ALL, actor=ADA, now=NOW)


def rows_of(report: Report, id: str) -> dict[str, Row]:
    return {row.id: row for row in next(sheet for sheet in report.sheets if sheet.id == id).all_rows}


def test_the_evidence_says_what_was_moderated_where_sites_stand_and_who_asked_about_welfare(evidence) -> None:
    moderated = rows_of(evidence, "moderated")["label/rephrased"].values
    assert moderated == {"web": 2, "telegram": 0, "sms": 1, "open311": 0, "total": 3}
    outcomes = rows_of(evidence, "outcomes")
    assert (outcomes["closed"].values["warwick"], outcomes["visited"].values["rugby"]) == (1, 1)
    welfare = rows_of(evidence, "welfare")
    named = ("done", "not_done", "unvisited", "total", "visit_days", "end_days")
    # Warwick: from Saturday to Wednesday at 13 (20 hours) and to Friday at 9 (32 hours).
    assert [welfare["warwick"].values[name] for name in named] == [1, 0, 0, 1, 2.5, 4.0]
    # Rugby: from Monday 9 at 9 to Friday 20 at 13, 76 hours; not at its end.
    assert [welfare["rugby"].values[name] for name in named] == [0, 1, 0, 1, 9.5, None]
    assert [welfare["total"].values[name] for name in named[:4]] == [1, 1, 1, 3]
    words = " ".join(evidence.unrecorded)
    assert all(word in words for word in ("ethnicity", "plates", "faces"))


def test_the_number_of_reports_is_held_against_the_order_of_visits(sqlite_database: Database) -> None:
    # Reports on the first day 1, 3, 2, 1; visited after 1, 2, 3, 4 working days. The ranks 1.5, 4, 3, 1.5 against
    # 1, 2, 3, 4: a covariance of -0.5 / 3, deviations of 1.5 and 1.667 squared: -0.105.
    for number, (reports, day) in enumerate(((1, 3), (3, 4), (2, 5), (1, 6))):
        site = report(sqlite_database, number * 10, at(2))
        for more in range(1, reports):
            report(sqlite_database, number * 10 + more, at(2, 9 + more), site)
        move(sqlite_database, site, ("visited", at(day)))
    late = insight_of(sqlite_database).fairness(ALL, actor=ADA, now=NOW)
    order = rows_of(late, "order")["first_day"].values
    assert order == {"correlation": -0.11, "sites": 4}
    public = insight_of(sqlite_database).fairness(ALL, public=True, actor=ADA, now=NOW)
    assert rows_of(public, "order")["first_day"].values == {
        "correlation": "not shown",
        "sites": "fewer than 5",
    }


def test_what_happened_to_a_case_before_it_was_merged_happened_to_the_site(database: Database) -> None:
    cases, by = cases_of(database), {"actor": ADA, "now": at(6)}
    site, other = report(database, 1, at(2)), report(database, 2, at(3))
    move(database, other, ("visited", at(4)), welfare=True)
    cases.merge(ref(2), ref(1), **by)
    cases.set_state(ref(1), "acknowledged", **by)
    seen = insight_of(database)
    welfare = rows_of(seen.fairness(ALL, actor=ADA, now=NOW), "welfare")["warwick"].values
    assert [welfare[name] for name in ("done", "unvisited", "visit_days", "end_days")] == [1, 0, 2.0, None]
    times = {row.id: row.values for row in seen.times(ALL, actor=ADA, now=NOW).rows}
    assert (times["visited/all"]["ended"], times["visited/all"]["running"]) == (0, 0)
    report(database, 3, at(4))
    cases.set_state(ref(3), "duplicate_of", actor=ADA, now=at(7), given=Given(same_as=ref(1)))
    move(database, site, ("closed", at(9)))
    welfare = rows_of(seen.fairness(ALL, actor=ADA, now=NOW), "welfare")["warwick"].values
    assert (welfare["total"], welfare["end_days"]) == (1, 5.0)


def test_what_may_be_published_holds_no_small_number(record: Database) -> None:
    report = insight_of(record).fairness(ALL, public=True, actor=ADA, now=NOW)
    shown = [value for sheet in report.sheets for _, _, _, value in sheet.lines()]
    assert {value for value in shown if isinstance(value, int)} <= {0}
    assert not any(isinstance(value, float) for value in shown)


def test_the_public_reads_stages_and_no_step_of_the_law_to_come(sqlite_database: Database) -> None:
    for number in range(6):
        site = report(sqlite_database, number, at(2))
        move(sqlite_database, site, ("visited", at(3)), ("enforcing", at(4)))
    published = insight_of(sqlite_database).fairness(ALL, public=True, actor=ADA, now=NOW)
    assert {id: row.values["warwick"] for id, row in rows_of(published, "outcomes").items()} == {
        "visited": 6,
        "total": 6,
    }


def test_sites_for_the_map_are_one_each_at_their_most_exact_point(record: Database) -> None:
    first, second, third = insight_of(record).sites(ALL, actor=ADA, now=NOW)
    assert (first.reference, first.state, first.caravans, first.near) == (ref(1), "closed", 2, "Warwick")
    assert (second.reference, second.land, second.caravans) == (ref(4), "verge_or_layby", 9)
    assert (third.latitude, third.near, third.caravans) == (None, "", None)
    left = insight_of(record).sites(ALL, open_only=True, actor=ADA, now=NOW)
    assert [site.reference for site in left] == [ref(4), ref(5)]
