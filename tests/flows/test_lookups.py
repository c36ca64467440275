"""Events, calendars and places: who and what is near."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from fakes import meaning

from flows.calendars import BadCalendar, read_calendars
from flows.conversation import Conversation
from flows.county import CountyEvent
from flows.engine import Engine
from flows.lookups import show_event
from flows.messages import ChannelName, Incoming

NOW = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)
CALENDAR = b"""BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//test//EN\r
BEGIN:VEVENT\r
UID:1\r
DTSTART;TZID=Europe/London:20261205T100000\r
DTEND;TZID=Europe/London:20261205T120000\r
SUMMARY:Police drop-in\r
LOCATION:Kenilworth Library\r
END:VEVENT\r
BEGIN:VEVENT\r
UID:2\r
DTSTART;VALUE=DATE:20261224\r
SUMMARY:Open day\r
END:VEVENT\r
BEGIN:VEVENT\r
UID:3\r
DTSTART:20261201T100000Z\r
END:VEVENT\r
END:VCALENDAR\r
"""


def event(name: str, starts: str, **traits) -> CountyEvent:
    return CountyEvent(**{"id": name, "title": name, "starts": starts, "status": "confirmed", **traits})


EVENTS = (
    event("over", "2026-11-20 10:00"),
    event("soon", "2026-11-28 10:00", district="rugby", place="Rugby Library"),
    event("later", "2026-12-20 10:00", district="warwick"),
    event("everywhere", "2026-12-10 18:30", online=True, how="Ask for the link by 101."),
    event("doubtful", "2026-11-29 10:00", status="unconfirmed"),
    event("far-off", "2027-09-01 10:00"),
)


def ask(engine: Engine, text: str) -> str:
    with_events = Engine(replace(engine.content, events=EVENTS))
    state = Conversation(greeted=True)
    return (
        with_events.take_turn(state, Incoming(ChannelName.WEB, text), meaning(text, "ask_events"), NOW)
        .replies[0]
        .text
    )


@pytest.mark.parametrize(
    ("text", "told", "kept_back"),
    [
        ("any events?", ["soon", "everywhere", "later"], ["over", "doubtful", "far-off"]),
        ("events in Rugby", ["soon", "everywhere"], ["later"]),
        ("anything this week", ["soon"], ["everywhere", "later"]),
        ("whats on near Kenilworth this month", ["everywhere", "later"], ["soon"]),
    ],
)
def test_events_of_the_place_and_time_asked_for(engine: Engine, text, told, kept_back):
    said = ask(engine, text)
    assert all(name in said for name in told) and not any(name in said for name in kept_back)


def test_no_event_is_an_honest_word_and_a_way_on(engine: Engine):
    assert "warwickshire.police.uk" in ask(engine, "anything today")


def test_an_event_is_told_in_one_line():
    assert show_event(EVENTS[1]) == "Sat 28 November, 10:00: soon, Rugby Library."
    assert show_event(EVENTS[3]) == "Thu 10 December, 18:30: everywhere, online. Ask for the link by 101."


def test_calendars_beside_the_list_are_read(tmp_path):
    (tmp_path / "police.ics").write_bytes(CALENDAR)
    found = read_calendars(tmp_path)
    assert [(e.title, e.place, e.starts.isoformat()) for e in found] == [
        ("Police drop-in", "Kenilworth Library", "2026-12-05T10:00:00+00:00"),
        ("Open day", "", "2026-12-24T00:00:00+00:00"),
    ]


def test_a_broken_calendar_is_named(tmp_path):
    (tmp_path / "bad.ics").write_bytes(b"no calendar")
    with pytest.raises(BadCalendar, match=r"county/bad\.ics"):
        read_calendars(tmp_path)
