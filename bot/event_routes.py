"""An event as a calendar file, for the phone's own diary."""

from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response

from bot.exchange import Problem, get_content, get_door
from flows.county import CountyEvent

# What most drop-ins and meetings take, where nobody has told an end.
USUAL_LENGTH = timedelta(hours=1)


async def get_event(request: Request) -> Response:
    """The event as iCalendar (RFC 5545); 404 for one that is not there or not confirmed."""
    door = get_door(request)
    wanted = request.path_params["id"]
    event = next((e for e in get_content(request).events if e.id == wanted and e.status == "confirmed"), None)
    if event is None:
        raise Problem(404, "Not Found", "There is no such event any more.")
    return Response(
        make_calendar(event, door.source.now()),
        media_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{event.id}.ics"'},
    )


def make_calendar(event: CountyEvent, now: datetime) -> bytes:
    """One event; in UTC, so that no time zone has to be described."""
    from icalendar import Calendar, Event  # seldom asked for, and it takes a while to load

    entry = Event()
    entry.add("uid", f"{event.id}@front-door")
    entry.add("dtstamp", now)
    entry.add("summary", event.title)
    entry.add("dtstart", event.starts.astimezone(UTC))
    entry.add("dtend", (event.ends or event.starts + USUAL_LENGTH).astimezone(UTC))
    if event.place:
        entry.add("location", event.place)
    if event.how:
        entry.add("description", event.how)
    calendar = Calendar()
    calendar.add("prodid", "-//Front Door//EN")
    calendar.add("version", "2.0")
    calendar.add_component(entry)
    return bytes(calendar.to_ical())
