"""When people are at work, so that a citizen is told truly when to expect an answer.

Bank holidays of England come from the `holidays` package (gov.uk/bank-holidays).
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

import holidays

from flows.county import LONDON


@dataclass(frozen=True)
class OfficeHours:
    """Local opening times, Monday to Friday; an answer comes within so many working days."""

    opens: time = time(9)
    closes: time = time(17)
    answer_days: int = 1

    def is_open(self, now: datetime) -> bool:
        local = now.astimezone(LONDON)
        return is_working_day(local.date()) and self.opens <= local.time() < self.closes

    def answer_by(self, now: datetime) -> date:
        """The last day on which an answer to a wish of now is due: counted from the next time somebody is in."""
        local = now.astimezone(LONDON)
        day = local.date()
        if local.time() >= self.closes or not is_working_day(day):
            day = next_working_day(day)
        for _ in range(self.answer_days):
            day = next_working_day(day)
        return day


NINE_TO_FIVE = OfficeHours()


@dataclass(frozen=True)
class QuietHours:
    """Local times between which nothing is sent unasked."""

    begins: time = time(20)
    ends: time = time(8)

    def next_allowed(self, now: datetime) -> datetime:
        """`now`, or the end of the quiet hours it falls into."""
        local = now.astimezone(LONDON)
        if self.begins > self.ends:
            is_quiet = local.time() >= self.begins or local.time() < self.ends
        else:
            is_quiet = self.begins <= local.time() < self.ends
        if not is_quiet:
            return now
        day = local.date() if local.time() < self.ends else local.date() + timedelta(days=1)
        return datetime.combine(day, self.ends, LONDON).astimezone(now.tzinfo)


EIGHT_TO_EIGHT = QuietHours()


def is_working_day(day: date) -> bool:
    return day.weekday() < 5 and day not in _bank_holidays()


def next_working_day(day: date) -> date:
    """The first working day after `day`."""
    day += timedelta(days=1)
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def end_of_working_day(since: date | datetime, days: int = 0) -> datetime:
    """The end, in London, of the working day that comes so many after a moment or day.

    0: of that day itself, or of the next working day where it is none. A date with no days counts whatever day it is.
    """
    if not isinstance(since, datetime):
        day = since
    else:
        day = since.astimezone(LONDON).date()
        if days == 0 and not is_working_day(day):
            day = next_working_day(day)
    for _ in range(days):
        day = next_working_day(day)
    return datetime.combine(day + timedelta(days=1), time(0), LONDON).astimezone(UTC)


def bank_holidays_between(first: date, last: date) -> tuple[tuple[date, str], ...]:
    """Both days included, in order, each with its name."""
    found = _bank_holidays()
    days = (first + timedelta(days=ahead) for ahead in range((last - first).days + 1))
    return tuple((day, str(found[day])) for day in days if day in found)


def show_day(day: date, language: str) -> str:
    """ "Tuesday 1 December"; in other languages "01/12/2026", which everybody here reads."""
    return f"{day:%A} {day.day} {day:%B}" if language == "en" else f"{day:%d/%m/%Y}"


@cache
def _bank_holidays() -> holidays.HolidayBase:
    return holidays.country_holidays("GB", subdiv="ENG")
