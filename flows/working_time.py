"""How long something took in the hours when people are at work."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache, cached_property

from flows.county import LONDON
from flows.office import NINE_TO_FIVE, OfficeHours, is_working_day

_FIRST_YEAR = 2020  # of the count of working days; earlier moments count as its first


@dataclass(frozen=True)
class WorkingTime:
    """Working hours between moments: cheap, so that a whole record can be measured."""

    office: OfficeHours = NINE_TO_FIVE

    @cached_property
    def hours_a_day(self) -> float:
        return self._closes - self._opens

    def hours_between(self, begin: datetime, end: datetime) -> float:
        """0.0 where it began and ended outside of working hours."""
        return max(self._until(end) - self._until(begin), 0.0)

    def _until(self, moment: datetime) -> float:
        """The working hours from the first year on."""
        local = moment.astimezone(LONDON)
        days_before, is_open = _place_of(local.date())
        if not is_open:
            return days_before * self.hours_a_day
        return (
            days_before * self.hours_a_day + min(max(_hours(local), self._opens), self._closes) - self._opens
        )

    @cached_property
    def _opens(self) -> float:
        return _hours(self.office.opens)

    @cached_property
    def _closes(self) -> float:
        return _hours(self.office.closes)


@cache
def _place_of(day: date) -> tuple[int, bool]:
    """How many working days lie before a day, and whether it is one."""
    return _working_days_before(day), is_working_day(day)


@cache
def _working_days_before(day: date) -> int:
    """Since the first year; from one first of a month to the next, so that no call counts more than a month."""
    if day <= date(_FIRST_YEAR, 1, 1):
        return 0
    before = (day - timedelta(days=1)).replace(day=1)
    span = (day - before).days
    return _working_days_before(before) + sum(is_working_day(before + timedelta(n)) for n in range(span))


def _hours(at: time | datetime) -> float:
    return at.hour + at.minute / 60 + at.second / 3600
