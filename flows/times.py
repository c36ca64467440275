"""Times as people say them ("since last night", "friday teatime", "2 days ago"), meant in London.

Own rules come first because the library misses "last weekend" and loses the hour of "half past six
yesterday". The hour is read in clocks.py, the day in days.py, the words are in time_words.py; here they
are put together and turned into a moment.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flows.clocks import half_of_day, is_small_hour, read_clock
from flows.days import WEEKDAYS, Precision, read_amount, read_day, read_day_abroad
from flows.time_words import AMOUNTS, ELSEWHERE, PARTS, SPELLINGS, UNITS

LONDON = ZoneInfo("Europe/London")

_AGO = re.compile(
    rf"\b(\d{{1,3}}|{'|'.join(sorted(AMOUNTS, key=len, reverse=True))})\s+"
    rf"({'|'.join(UNITS)})s?\s*(?:(ago|now|back|or so|since)|$)"
)
_FOR = re.compile(
    rf"\b(?:for|last|past|about|been)\s+(?:the\s+)?(?:last\s+|past\s+|about\s+)?"
    rf"(\d{{1,3}}|{'|'.join(sorted(AMOUNTS, key=len, reverse=True))})\s+({'|'.join(UNITS)})s?\b"
)
_ELSEWHERE = {word: english for words in ELSEWHERE.values() for word, english in words.items()}
_FOREIGN = re.compile(
    r"(?<![\w'])(?:"
    + "|".join(re.escape(w) for w in sorted(_ELSEWHERE, key=len, reverse=True))
    + r")(?![\w\u0a01-\u0a75])"
)
_NOW = re.compile(
    r"\b(just now|right now|(?<!for )(?<!bye )now|just (?:arrived|pulled|turned|got|come|come in)|"
    r"as i (?:type|write)|this minute|at the moment|currently)\b"
)


@dataclass(frozen=True)
class When:
    """A time somebody said. `value` is aware UTC; `precision` is how exactly it was meant."""

    text: str
    value: datetime
    precision: Precision

    def to_dict(self) -> dict[str, Any]:
        return {"text": self.text, "value": self.value.isoformat(), "precision": self.precision}


def read_when(text: str, now: datetime) -> When | None:
    """What time a text means, seen from `now` (aware UTC); None where it says none.

    A time after now is given as it is: the question decides whether the future is allowed.
    """
    said = _normalise(text)
    here = now.astimezone(LONDON)
    abroad = read_day_abroad(text.casefold(), here)
    if abroad is not None:
        return _at(text, abroad, time(12), "day", here)
    amount = _AGO.search(said) or _FOR.search(said)
    if amount:
        return _ago(text, amount, here)
    clock = read_clock(said)
    part = next((hour for words, hour in PARTS.items() if re.search(rf"\b{words}\b", said)), None)
    day, precision = read_day(said, here, has_clock=clock is not None)
    at = half_of_day(clock, part) if clock is not None else time(part if part is not None else 12)
    if day is None:
        if _NOW.search(said):
            return When(text.strip(), now.astimezone(UTC), "minute")
        if clock is None and part is None:
            return None
        day = here.date()
        if datetime.combine(day, at, tzinfo=LONDON) > here:
            day -= timedelta(days=1)  # "5pm" or "teatime" said in the morning was yesterday
    elif _is_later_today(said, here, day, at) and (clock is not None or part is not None):
        day -= timedelta(days=7)  # "monday evening" said on Monday morning
    if re.search(r"\blast night\b|\byesterday\b", said) and (part == 0 or is_small_hour(clock, part)):
        day += timedelta(days=1)  # the midnight of a night is the next day's first minute
    if clock is not None:
        return _at(text, day, at, "minute", here)
    return _at(text, day, at, "part" if part is not None else precision, here)


def _is_later_today(said: str, here: datetime, day: date, at: time) -> bool:
    """Whether a weekday's name was taken for today though its hour is still to come."""
    if day != here.date() or not any(name in said for name in WEEKDAYS):
        return False
    return datetime.combine(day, at, tzinfo=LONDON) > here


def show_when(when: dict[str, Any]) -> str:
    """A stored time as residents read it: "Sunday 22 November, evening"."""
    here = datetime.fromisoformat(when["value"]).astimezone(LONDON)
    shown = f"{here:%A} {here.day} {here:%B}"
    if when["precision"] == "minute":
        return f"{shown}, {here:%H:%M}"
    if when["precision"] == "part":
        return f"{shown}, {_part_of_day(here.hour)}"
    return shown if when["precision"] == "day" else f"about {shown}"


def _part_of_day(hour: int) -> str:
    if hour < 5:
        return "night"
    if hour < 12:
        return "morning"
    if hour < 17:
        return "afternoon"
    return "evening" if hour < 21 else "night"


def _normalise(text: str) -> str:
    said = re.sub(r"\s+", " ", text.casefold().replace("\u2019", "'")).strip(" .!?")
    said = _FOREIGN.sub(lambda found: _ELSEWHERE[found.group(0)], said)
    for spelling, word in SPELLINGS.items():
        said = re.sub(spelling, word, said)
    return said


def _ago(text: str, found: re.Match[str], here: datetime) -> When:
    amount = read_amount(found.group(1))
    unit = found.group(2)
    value = (here.astimezone(UTC) - timedelta(days=amount * UNITS[unit])).replace(second=0, microsecond=0)
    precision: Precision = "day"
    if unit in ("minute", "hour"):
        precision = "minute"
    elif unit in ("week", "month", "year"):
        precision = "week"
    return When(text.strip(), value, precision)


def _at(text: str, day: date, at: time, precision: Precision, here: datetime) -> When:
    value = datetime.combine(day, at, tzinfo=LONDON)
    # "This afternoon" said at noon, or "8" said at 9 in the evening: meant is a time that has been.
    if value > here and day == here.date() and precision in ("part", "day"):
        value = here.replace(second=0, microsecond=0)
    return When(text.strip(), value.astimezone(UTC), precision)
