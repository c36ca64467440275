"""How long something took in the hours when people are at work."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache

from flows.county import LONDON
from flows.office import NINE_TO_FIVE, OfficeHours, is_working_day

_FIRST_YEAR = 2020  # of the count of working days; earlier moments count as its first


@dataclass(frozen=True)
class WorkingTime:
    """Working hours between moments: cheap, so that a whole record can be measured."""

    office: OfficeHours = NINE_TO_FIVE

    @property
    def hours_a_day(self) -> float:
        return _hours(self.office.closes) - _hours(self.office.opens)

    def hours_between(self, begin: datetime, end: datetime) -> float:
        """0.0 where it began and ended outside of working hours."""
        return max(self._until(end) - self._until(begin), 0.0)

    def _until(self, moment: datetime) -> float:
        local = moment.astimezone(LONDON)
        day = local.date()
        whole = _working_days_before(day) * self.hours_a_day
        if not is_working_day(day):
            return whole
        opens, closes = _hours(self.office.opens), _hours(self.office.closes)
        return whole + min(max(_hours(local.time()), opens), closes) - opens


@cache
def _working_days_before(day: date) -> int:
    """Since the first year; by month and day, so that no call counts more than a month."""
    if day.year < _FIRST_YEAR:
        return 0
    if day.day == 1:
        if day == date(_FIRST_YEAR, 1, 1):
            return 0
        before = (day - timedelta(days=1)).replace(day=1)
    else:
        before = day.replace(day=1)
    span = (day - before).days
    return _working_days_before(before) + sum(is_working_day(before + timedelta(n)) for n in range(span))


def _hours(at: time) -> float:
    return at.hour + at.minute / 60 + at.second / 3600 + at.microsecond / 3_600_000_000
