"""Days as people say them: "friday", "the 21st", "a week last Monday", "the weekend before last", "since march".

Plain dates are left to dateparser, told to read day before month; Easter is dateutil's.
"""

import re
from datetime import date, datetime, timedelta
from typing import Literal

import dateparser
from dateutil.easter import easter  # type: ignore[import-untyped]

from flows.time_words import AMOUNTS, BY_EASTER, FEASTS, SEASONS

Precision = Literal["minute", "part", "day", "week"]

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NTH_DAY = re.compile(r"\b(\d{1,2}(?:st|nd|rd|th)|first|second|third|fourth|fifth|sixth) (?:day|night)\b")
_ORDINALS = {"first": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4, "sixth": 5}
_MONTHS = {m: n + 1 for n, m in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split())}
_SINCE_MONTH = re.compile(
    rf"\bsince (?:about |early |late |mid |the |last |before )*({'|'.join(SEASONS)}|(?:{'|'.join(_MONTHS)})[a-z]*)\b"
)
_WEEKS_BEFORE = re.compile(
    rf"\b(\d|{'|'.join(sorted(AMOUNTS, key=len, reverse=True))}) weeks? (?:ago )?(?:last |on )?"
    rf"(?:{'|'.join(WEEKDAYS)})\b"
)
_FUTURE = re.compile(
    r"\b(tomorrow|next (?:week|month|year|" + "|".join(WEEKDAYS) + r")|in \w+ (?:hours|days|weeks))\b"
)


def read_amount(said: str) -> float:
    return float(said) if said.isdecimal() else float(AMOUNTS[said])


def read_day(said: str, here: datetime, *, has_clock: bool) -> tuple[date | None, Precision]:
    today = here.date()
    if re.search(r"\bday before yesterday\b|\bnight before last\b", said):
        return today - timedelta(days=2), "day"
    if re.search(r"\byesterday\b|\blast night\b|\blast evening\b|\bovernight\b|\bthe other night\b", said):
        # At one in the morning "last night" is still the evening before the small hours.
        return today - timedelta(days=1), "day"
    if re.search(r"\btoday\b|\bthis (?:morning|afternoon|evening)\b|\btonight\b|\bearlier(?! this)\b", said):
        return today, "day"
    if "tomorrow" in said:
        return today + timedelta(days=1), "day"
    running = _NTH_DAY.search(said)
    if running:
        return today - timedelta(days=_ORDINALS.get(running[1]) or int(running[1][:-2]) - 1), "day"
    written = _read_date(said, here, has_clock=has_clock) or _read_feast(said, today)
    if written is not None:
        return written, "day"
    weekday = next((n for n, name in enumerate(WEEKDAYS) if re.search(rf"\b{name}s?\b", said)), None)
    if weekday is not None:
        return _read_weekday(said, today, weekday)
    return _read_stretch(said, today)


def _read_stretch(said: str, today: date) -> tuple[date | None, Precision]:
    """Weekends, weeks, months and seasons, by the day they began."""
    if "weekend" in said:
        back = (today.weekday() - 5) % 7
        back = back + 7 if back < 2 and re.search(r"\blast\b", said) else back
        return today - timedelta(days=back + 7 * ("before last" in said and back >= 2)), "day"
    if re.search(r"\b(?:earlier|all|start of|beginning of) (?:this |the )?week\b|\ball this week\b", said):
        return today - timedelta(days=today.weekday()), "week"
    if re.search(r"\bweek before last\b", said):
        return today - timedelta(days=14), "week"
    if re.search(r"\blast week\b|\ba week\b", said):
        return today - timedelta(days=7), "week"
    if re.search(r"\blast month\b", said):
        return today - timedelta(days=30), "week"
    if _FUTURE.search(said):
        return today + timedelta(days=7), "week"
    began = _SINCE_MONTH.search(said)
    if began:
        month, day = SEASONS.get(began[1], (_MONTHS.get(began[1][:3], 1), 1))
        return _latest(today, month, day), "week"
    return None, "day"


def _latest(today: date, month: int, day: int) -> date:
    """The last time that this day of the year has been."""
    this_year = date(today.year, month, day)
    return this_year if this_year <= today else date(today.year - 1, month, day)


def _easter(year: int) -> date:
    sunday: date = easter(year)
    return sunday


def _read_feast(said: str, today: date) -> date | None:
    for name, (month, day) in FEASTS.items():
        if re.search(rf"\b{name}\b", said):
            return _latest(today, month, day)
    for name, days in BY_EASTER.items():
        if re.search(rf"\b{name}\b", said):
            feasts = [_easter(year) + timedelta(days=days) for year in (today.year - 1, today.year)]
            return max(f for f in feasts if f <= today)
    if re.search(r"\bremembrance (?:sunday|day)\b", said):
        sundays = [_nth_weekday(year, 11, 6, nth=2) for year in (today.year - 1, today.year)]
        return max(s for s in sundays if s <= today)
    if "bank holiday" in said:
        return max(h for year in (today.year - 1, today.year) for h in _bank_holidays(year) if h <= today)
    return None


def _bank_holidays(year: int) -> list[date]:
    """The Mondays people mean by "the bank holiday" (gov.uk/bank-holidays, England and Wales)."""
    may = [_nth_weekday(year, 5, 0, nth=n) for n in (1, 4, 5)]
    late_may = max(day for day in may[1:] if day.month == 5)
    august = max(d for n in (4, 5) if (d := _nth_weekday(year, 8, 0, nth=n)).month == 8)
    return [_easter(year) + timedelta(days=1), may[0], late_may, august]


def _nth_weekday(year: int, month: int, weekday: int, *, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def _read_weekday(said: str, today: date, weekday: int) -> tuple[date, Precision]:
    if re.search(r"\bnext\b", said):
        return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1), "day"
    back = (today.weekday() - weekday) % 7
    if back == 0 and re.search(r"\blast\b", said):
        back = 7
    weeks = _WEEKS_BEFORE.search(said)
    if weeks:
        return today - timedelta(days=back + 7 * int(read_amount(weeks[1]))), "day"
    if re.search(rf"\b(week last|last week|before last|{WEEKDAYS[weekday]} week)\b", said):
        back += 7
    return today - timedelta(days=back), "day"


_DATE_WORDS = re.compile(
    r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}/\d{1,2}(?:/\d{2,4})?|\d{1,2}[.-]\d{1,2}[.-]\d{2,4}"
    r"|(?:the\s+)?\d{1,2}(?:st|nd|rd|th)?\s+(?:of\s+)?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?(?:\s+\d{4})?"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s+\d{1,2}(?:st|nd|rd|th)?(?:,?\s+\d{4})?"
    r"|(?:the\s+)?\d{1,2}(?:st|nd|rd|th)"
)


def _read_date(said: str, here: datetime, *, has_clock: bool) -> date | None:
    found = _DATE_WORDS.search(said)
    if not found or (has_clock and ":" in found.group(0)):
        return None
    words = re.sub(r"^the\s+|\bof\s+(?:this month)?", "", found.group(0))
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


# Days as they are said in the other languages of the service; dateparser reads them once they are known for one.
_ABROAD = {
    "pl": re.compile(
        r"\d+\s+(?:dni|dzie\u0144|tygodnie|tygodni|miesi\u0105ce|miesi\u0119cy)\s+temu|\d{1,2}\s+(?:stycznia|lutego|marca|kwietnia|maja"
        r"|czerwca|lipca|sierpnia|wrze\u015bnia|pa\u017adziernika|listopada|grudnia)(?:\s+\d{4})?"
    ),
    "ro": re.compile(
        r"acum\s+\d+\s+(?:zile|s\u0103pt\u0103m\u00e2ni|luni)|\d{1,2}\s+(?:ianuarie|februarie|martie|aprilie|mai|iunie|iulie|august"
        r"|septembrie|octombrie|noiembrie|decembrie)(?:\s+\d{4})?"
    ),
    "pt": re.compile(
        r"h\u00e1\s+\d+\s+(?:dias?|semanas?|meses)|\d+\s+(?:dias?|semanas?|meses)\s+atr\u00e1s|\d{1,2}\s+de\s+(?:janeiro|fevereiro"
        r"|mar\u00e7o|abril|maio|junho|julho|agosto|setembro|outubro|novembro|dezembro)(?:\s+de\s+\d{4})?"
    ),
    "pa": re.compile(
        r"\d+\s+\u0a26\u0a3f\u0a28\s+\u0a2a\u0a39\u0a3f\u0a32\u0a3e\u0a02|\d{1,2}\s+(?:\u0a1c\u0a28\u0a35\u0a30\u0a40|\u0a2b\u0a3c\u0a30\u0a35\u0a30\u0a40|\u0a2e\u0a3e\u0a30\u0a1a|\u0a05\u0a2a\u0a4d\u0a30\u0a48\u0a32|\u0a2e\u0a08|\u0a1c\u0a42\u0a28|\u0a1c\u0a41\u0a32\u0a3e\u0a08"
        r"|\u0a05\u0a17\u0a38\u0a24|\u0a38\u0a24\u0a70\u0a2c\u0a30|\u0a05\u0a15\u0a24\u0a42\u0a2c\u0a30|\u0a28\u0a35\u0a70\u0a2c\u0a30|\u0a26\u0a38\u0a70\u0a2c\u0a30)"
    ),
}


def read_day_abroad(said: str, here: datetime) -> date | None:
    """The day said in Polish, Romanian, Portuguese or Panjabi ("2 dni temu", "3 noiembrie"); None for other words."""
    for language, pattern in _ABROAD.items():
        found = pattern.search(said)
        if found:
            read = dateparser.parse(
                found.group(0),
                languages=[language],
                settings={"PREFER_DATES_FROM": "past", "RELATIVE_BASE": here.replace(tzinfo=None)},
            )
            return read.date() if read else None
    return None
