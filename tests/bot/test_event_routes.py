"""An event as a calendar file."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from house import House
from icalendar import Calendar
from test_web import Caller, build_app

from bot.event_routes import make_calendar
from flows.county import CountyEvent

EVENT = CountyEvent(
    id="drop-in-1",
    title="Police drop-in",
    starts="2026-07-04 10:00",
    place="Kenilworth Library",
    status="confirmed",
)
DOUBTFUL = CountyEvent(id="maybe", title="Maybe", starts="2026-07-04 10:00", status="unconfirmed")


def test_a_calendar_reads_as_the_event_in_summer_time():
    [event] = Calendar.from_ical(make_calendar(EVENT, datetime(2026, 6, 1, tzinfo=UTC))).walk("VEVENT")
    assert event.decoded("dtstart") == datetime(2026, 7, 4, 9, 0, tzinfo=UTC)
    assert event.decoded("dtend") == datetime(2026, 7, 4, 10, 0, tzinfo=UTC)
    assert (str(event["summary"]), str(event["location"])) == ("Police drop-in", "Kenilworth Library")


@pytest.mark.parametrize(("path", "status"), [("drop-in-1", 200), ("maybe", 404), ("nothing", 404)])
def test_only_a_confirmed_event_is_handed_out(house: House, path: str, status: int):
    content = SimpleNamespace(events=(EVENT, DOUBTFUL))
    answer = Caller(build_app(house, content=lambda: content))("GET", f"/events/{path}.ics")
    assert answer.status_code == status
    if status == 200:
        assert answer.headers["content-type"].startswith("text/calendar")
