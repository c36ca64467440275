"""Events from calendar files (iCalendar, RFC 5545) that lie beside the county's own list."""

from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

from flows.county import LONDON, CountyEvent

if TYPE_CHECKING:
    from icalendar import Component

LONGEST_TITLE = 60


class BadCalendar(ValueError):
    """A calendar file cannot be read; the text names the file."""


def read_calendars(county: Path) -> tuple[CountyEvent, ...]:
    """The events of every county/*.ics with a title and a beginning. Raises BadCalendar.

    A series counts with its first date only.
    """
    return tuple(event for path in sorted(county.glob("*.ics")) for event in _read_calendar(path))


def _read_calendar(path: Path) -> list[CountyEvent]:
    from icalendar import Calendar  # most deployments have no such file, and it takes a while to load

    try:
        calendar = Calendar.from_ical(path.read_bytes())
    except ValueError as error:
        raise BadCalendar(f"county/{path.name} is no calendar: {error}") from error
    found = [_as_event(part, f"{path.stem}-{at}") for at, part in enumerate(calendar.walk("VEVENT"))]
    return [event for event in found if event is not None]


def _as_event(part: "Component", id: str) -> CountyEvent | None:
    title, starts = str(part.get("SUMMARY", "")).strip(), part.get("DTSTART")
    if not title or starts is None:
        return None
    ends = part.get("DTEND")
    return CountyEvent(
        id="".join(c if c.isalnum() or c in "-_" else "-" for c in id.lower()),
        title=title[:LONGEST_TITLE],
        starts=_as_time(starts.dt),
        ends=_as_time(ends.dt) if ends is not None else None,
        place=str(part.get("LOCATION", "")).strip(),
        status="confirmed",
    )


def _as_time(value: date | datetime) -> datetime:
    """A whole day begins at midnight in London."""
    moment = value if isinstance(value, datetime) else datetime.combine(value, time())
    return moment if moment.tzinfo else moment.replace(tzinfo=LONDON)
