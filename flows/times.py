"""Times as people say them ("since last night", "friday teatime", "2 days ago"), meant in London.

Own rules come first because the library misses "last weekend" and loses the hour of "half past six
yesterday"; plain dates ("3rd of November", "03/11") are left to dateparser, told to read day before month.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import dateparser

LONDON = ZoneInfo("Europe/London")
Precision = Literal["minute", "part", "day", "week"]

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_PARTS = {
    "midnight": 0,
    "first thing": 7,
    "early hours": 3,
    "morning": 9,
    "dinner time": 13,
    "dinnertime": 13,
    "lunchtime": 13,
    "lunch time": 13,
    "lunch": 13,
    "midday": 12,
    "noon": 12,
    "afternoon": 15,
    "teatime": 17,
    "tea time": 17,
    "evening": 19,
    "eve": 19,
    "tonight": 20,
    "night": 21,
}
_SHORT = {
    r"\b(yest|yday|ystrday|yesturday|yesterdy)\b": "yesterday",
    r"\b(2day|tday)\b": "today",
    r"\b(2nite|tonite)\b": "tonight",
    r"\bnite\b": "night",
    r"\blast nigt\b": "last night",
    r"\b(mornin|morn|am this)\b": "morning",
    r"\b(wkend|w/e|wknd)\b": "weekend",
    r"\bmon\b": "monday",
    r"\btues?\b": "tuesday",
    r"\bweds?\b": "wednesday",
    r"\bthurs?\b": "thursday",
    r"\bfri\b": "friday",
    r"\bsat\b": "saturday",
    r"\bsun\b": "sunday",
    r"\bmins?\b": "minutes",
    r"\bhrs?\b": "hours",
    r"\bwks?\b": "weeks",
}
_AMOUNTS = {
    "a": 1,
    "an": 1,
    "one": 1,
    "a couple of": 2,
    "couple of": 2,
    "a couple": 2,
    "couple": 2,
    "two": 2,
    "a few": 3,
    "few": 3,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "ten": 10,
    "half an": 0.5,
}
_UNITS = {
    "minute": 1 / 1440,
    "hour": 1 / 24,
    "day": 1.0,
    "night": 1.0,
    "week": 7.0,
    "month": 30.0,
    "year": 365.0,
}
_AGO = re.compile(
    rf"\b(\d{{1,3}}|{'|'.join(sorted(_AMOUNTS, key=len, reverse=True))})\s+"
    rf"({'|'.join(_UNITS)})s?\s*(?:(ago|now|back|or so|since)|$)"
)
_FOR = re.compile(
    rf"\b(?:for|last|past|about|been)\s+(?:the\s+)?(?:last\s+|past\s+|about\s+)?"
    rf"(\d{{1,3}}|{'|'.join(sorted(_AMOUNTS, key=len, reverse=True))})\s+({'|'.join(_UNITS)})s?\b"
)
_CLOCK = re.compile(
    r"\b(?:(?P<half>half(?:\s+past)?|quarter past|quarter to)\s+(?P<word>\w+)"
    r"|(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2}))?\s*(?P<half_day>am|pm|a\.m\.|p\.m\.|o'?clock)"
    r"|(?P<hour24>[01]?\d|2[0-3])[:.](?P<minute24>[0-5]\d)"
    r"|(?:at|about|around)\s+(?P<bare>\d{1,2})(?!\d|st|nd|rd|th|[/.-]))(?!\w)"
)
_HOURS = {
    w: n + 1 for n, w in enumerate("one two three four five six seven eight nine ten eleven twelve".split())
}
_NOW = re.compile(
    r"\b(just now|right now|(?<!for )(?<!bye )now|just (?:arrived|pulled|turned|got|come|come in)|"
    r"as i (?:type|write)|this minute|at the moment|currently)\b"
)
_FUTURE = re.compile(
    r"\b(tomorrow|next (?:week|month|year|" + "|".join(_WEEKDAYS) + r")|in \w+ (?:hours|days|weeks))\b"
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
    amount = _AGO.search(said) or _FOR.search(said)
    if amount:
        return _ago(text, amount, here)
    clock = _read_clock(said)
    part = next((hour for words, hour in _PARTS.items() if re.search(rf"\b{words}\b", said)), None)
    day, precision = _read_day(said, here, part=part, has_clock=clock is not None)
    if day is None:
        if _NOW.search(said):
            return When(text.strip(), now.astimezone(UTC), "minute")
        if clock is None and part is None:
            return None
        day = here.date()
        if clock is not None and datetime.combine(day, _half_of_day(clock, part), tzinfo=LONDON) > here:
            day -= timedelta(days=1)  # "5pm" said in the morning was yesterday
    if part == 0 and re.search(r"\blast night\b|\byesterday\b", said):
        day += timedelta(days=1)  # the midnight of a night is the next day's first minute
    if clock is not None:
        return _at(text, day, _half_of_day(clock, part), "minute", here)
    if part is not None:
        return _at(text, day, time(part), "part", here)
    return _at(text, day, time(12), precision, here)


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
    for short, full in _SHORT.items():
        said = re.sub(short, full, said)
    return said


def _ago(text: str, found: re.Match[str], here: datetime) -> When:
    amount = float(found.group(1)) if found.group(1).isdecimal() else float(_AMOUNTS[found.group(1)])
    unit = found.group(2)
    value = (here.astimezone(UTC) - timedelta(days=amount * _UNITS[unit])).replace(second=0, microsecond=0)
    precision: Precision = "day"
    if unit in ("minute", "hour"):
        precision = "minute"
    elif unit in ("week", "month", "year"):
        precision = "week"
    return When(text.strip(), value, precision)


def _read_day(
    said: str, here: datetime, *, part: int | None, has_clock: bool
) -> tuple[date | None, Precision]:
    today = here.date()
    if re.search(r"\bday before yesterday\b|\bnight before last\b", said):
        return today - timedelta(days=2), "day"
    if re.search(r"\byesterday\b|\blast night\b|\blast evening\b|\bovernight\b|\bthe other night\b", said):
        # At one in the morning "last night" is still the evening before the small hours.
        return today - timedelta(days=1), "day"
    if re.search(r"\btoday\b|\bthis (?:morning|afternoon|evening)\b|\btonight\b|\bearlier\b", said):
        return today, "day"
    if "tomorrow" in said:
        return today + timedelta(days=1), "day"
    weekday = next((n for n, name in enumerate(_WEEKDAYS) if re.search(rf"\b{name}s?\b", said)), None)
    if weekday is not None:
        return _read_weekday(said, today, weekday)
    if "weekend" in said:
        back = (today.weekday() - 5) % 7
        back = back + 7 if back < 2 and "last" in said else back
        return today - timedelta(days=back), "day"
    if re.search(r"\bearlier this week\b|\bstart of the week\b|\bbeginning of the week\b", said):
        return today - timedelta(days=today.weekday()), "week"
    if re.search(r"\blast week\b|\ba week\b", said):
        return today - timedelta(days=7), "week"
    if re.search(r"\blast month\b", said):
        return today - timedelta(days=30), "week"
    if _FUTURE.search(said):
        return today + timedelta(days=7), "week"
    return _read_date(said, here, part=part, has_clock=has_clock), "day"


def _read_weekday(said: str, today: date, weekday: int) -> tuple[date, Precision]:
    if re.search(r"\bnext\b", said):
        return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1), "day"
    back = (today.weekday() - weekday) % 7
    if back == 0 and re.search(r"\blast\b", said):
        back = 7
    if re.search(r"\b(week last|last week|before last)\b", said):
        back += 7
    return today - timedelta(days=back), "day"


_DATE_WORDS = re.compile(
    r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[/.-]\d{1,2}(?:[/.-]\d{2,4})?"
    r"|(?:the\s+)?\d{1,2}(?:st|nd|rd|th)?\s+(?:of\s+)?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?(?:\s+\d{4})?"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s+\d{1,2}(?:st|nd|rd|th)?(?:,?\s+\d{4})?"
    r"|(?:the\s+)?\d{1,2}(?:st|nd|rd|th)"
)


def _read_date(said: str, here: datetime, *, part: int | None, has_clock: bool) -> date | None:
    found = _DATE_WORDS.search(said)
    if not found or (has_clock and ":" in found.group(0)):
        return None
    words = re.sub(r"^the\s+|\bof\s+", "", found.group(0))
    order = "YMD" if re.match(r"\d{4}-", words) else "DMY"
    read = dateparser.parse(
        words,
        languages=["en"],
        settings={
            "DATE_ORDER": order,
            "PREFER_DATES_FROM": "future" if "next" in said else "past",
            "RELATIVE_BASE": here.replace(tzinfo=None),
            "REQUIRE_PARTS": ["day"],
        },
    )
    return read.date() if read else None


def _read_clock(said: str) -> tuple[time, bool] | None:
    """The hour said and whether it may be either half of the day."""
    found = _CLOCK.search(said)
    if not found:
        return None
    if found["half"]:
        hour = _HOURS.get(found["word"]) or (int(found["word"]) if found["word"].isdecimal() else None)
        if hour is None or not 1 <= hour <= 12:
            return None
        minute = {"h": 30, "p": 15, "t": 45}["h" if found["half"][0] == "h" else found["half"].split()[1][0]]
        return time((hour - 1) % 12 if minute == 45 else hour % 12, minute), True
    if found["hour24"]:
        return time(int(found["hour24"]), int(found["minute24"])), False
    hour = int(found["hour"] or found["bare"])
    minute = int(found["minute"] or 0)
    half = (found["half_day"] or "")[:1]
    if minute > 59 or hour > 23 or (half in ("a", "p") and not 1 <= hour <= 12):
        return None
    if half == "a":
        return time(hour % 12, minute), False
    if half == "p":
        return time(hour % 12 + 12, minute), False
    return time(hour, minute), hour <= 12


def _half_of_day(clock: tuple[time, bool], part: int | None) -> time:
    at, either = clock
    if either and part is not None and part >= 12 and at.hour < 12:
        return at.replace(hour=at.hour + 12)
    return at


def _at(text: str, day: date, at: time, precision: Precision, here: datetime) -> When:
    value = datetime.combine(day, at, tzinfo=LONDON)
    # "This afternoon" said at noon, or "8" said at 9 in the evening: meant is a time that has been.
    if value > here and day == here.date() and precision in ("part", "day"):
        value = here.replace(second=0, microsecond=0)
    return When(text.strip(), value.astimezone(UTC), precision)
