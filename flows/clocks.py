"""Hours as people say them: "half six", "20 past 3", "8pm", "at 5 this morning"."""

import re
from datetime import time

from flows.time_words import PARTS

_HOUR_WORDS = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_CLOCK = re.compile(
    r"\b(?:(?P<half>half(?:\s+past)?|quarter past|quarter to)\s+(?P<word>\w+)"
    rf"|(?P<minutes>five|ten|twenty five|twenty|\d{{1,2}})(?: minutes)? (?P<to>past|to)"
    rf" (?P<hour_to>\d{{1,2}}|{_HOUR_WORDS})"
    rf"|(?P<hour>\d{{1,2}}|{_HOUR_WORDS})(?:[:.](?P<minute>\d{{2}}))?\s*(?P<half_day>am|pm|a\.m\.|p\.m\.|o'?\s?clock)"
    r"|(?P<hour24>[01]?\d|2[0-3])[:.](?P<minute24>[0-5]\d)(?![.:/-]?\d)"
    r"|(?:(?<=since )|(?<=at )|^)(?P<hour_hundred>[01]\d|2[0-3])(?P<minute_hundred>[0-5]\d)(?: ?(?:hrs|hours))?(?= |$)"
    r"|(?:at|about|around|since|from|just gone|just after|just before|gone|after|before|roughly|towards|by) "
    rf"(?P<bare>\d{{1,2}}|{_HOUR_WORDS})"
    r"(?!\d|st|nd|rd|th|[/.-]| (?:past|to|minute|hour|day|night|week|month|year|of|or|caravan))"
    rf"|(?P<bare_part>\d{{1,2}}|{_HOUR_WORDS})(?= (?:this|last|in the|yesterday|tonight)\b))(?!\w)"
)
_HOURS = {w: n + 1 for n, w in enumerate(_HOUR_WORDS.split("|"))}
_MINUTES = {"five": 5, "ten": 10, "twenty": 20, "twenty five": 25}


def read_clock(said: str) -> tuple[time, bool] | None:
    """The hour said and whether it may be either half of the day."""
    found = _CLOCK.search(said)
    if not found:
        return None
    if found["half"] or found["to"]:
        return _read_past_or_to(found)
    if found["hour24"] or found["hour_hundred"]:
        hour, minute = (
            int(found["hour24"] or found["hour_hundred"]),
            found["minute24"] or found["minute_hundred"],
        )
        # "9.30 last night" is written without the nought of a 24-hour clock.
        either = bool(found["hour24"]) and 1 <= hour <= 12 and not found["hour24"].startswith("0")
        return time(hour, int(minute)), either
    said_hour = _hour(found["hour"] or found["bare"] or found["bare_part"])
    minute_said = int(found["minute"] or 0)
    half = (found["half_day"] or "")[:1]
    if said_hour is None or minute_said > 59 or (half in ("a", "p") and not 1 <= said_hour <= 12):
        return None
    if half == "a":
        return time(said_hour % 12, minute_said), False
    if half == "p":
        return time(said_hour % 12 + 12, minute_said), False
    return time(said_hour, minute_said), said_hour <= 12


def _hour(said: str) -> int | None:
    hour = int(said) if said.isdecimal() else _HOURS.get(said)
    return hour if hour is not None and hour <= 23 else None


def _read_past_or_to(found: re.Match[str]) -> tuple[time, bool] | None:
    """ "Half six", "quarter to seven", "20 past 3"."""
    hour = _hour(found["word"] or found["hour_to"])
    if hour is None or not 1 <= hour <= 12:
        return None
    if found["half"]:
        minute = {"h": 30, "p": 15, "t": -15}["h" if found["half"][0] == "h" else found["half"].split()[1][0]]
    else:
        minute = _MINUTES.get(found["minutes"]) or int(found["minutes"])
        minute = -minute if found["to"] == "to" else minute
    if not -60 < minute < 60:
        return None
    return time((hour - (minute < 0)) % 12, minute % 60), True


def is_small_hour(clock: tuple[time, bool] | None, part: int | None) -> bool:
    """ "1 last night": an hour of the night that is the next day by the calendar."""
    return clock is not None and clock[1] and part == PARTS["night"] and clock[0].hour in (12, *range(1, 6))


def half_of_day(clock: tuple[time, bool], part: int | None) -> time:
    at, either = clock
    if is_small_hour(clock, part):
        return at.replace(hour=at.hour % 12)
    if either and part is not None and part >= 12 and at.hour < 12:
        return at.replace(hour=at.hour + 12)
    if either and part == 0 and at.hour == 12:
        return at.replace(hour=0)
    return at
