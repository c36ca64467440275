"""Whole numbers as people write them: "6", "six", "a couple", "half a dozen", "about 8", "5 or 6"."""

import re

from flows.postcodes import find_postcode

MOST = 999_999_999  # nobody counts higher
_UNITS = {
    word: number
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
        "sixteen seventeen eighteen nineteen".split()
    )
}
_TENS = {
    word: 10 * (number + 2)
    for number, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split())
}
_SAID = {
    "none": 0,
    "no": 0,
    "nil": 0,
    "nought": 0,
    "a": 1,
    "an": 1,
    "single": 1,
    "a single": 1,
    "a couple": 2,
    "couple": 2,
    "a pair": 2,
    "pair": 2,
    "half a dozen": 6,
    "half dozen": 6,
    "a dozen": 12,
    "dozen": 12,
    "a score": 20,
    "a hundred": 100,
}
_VAGUE = re.compile(r"\b(loads?|lots?|many|some|several|few|tons?|plenty|dozens|hundreds|bunch|heaps)\b")
_AROUND = re.compile(
    r"\b(about|around|roughly|approx(?:imately)?|nearly|almost|at least|maybe|probably|possibly|over|up to|"
    r"more than|i think|i counted|there(?:'?s| are| is| were| was)|it was|just|only|or so|or thereabouts|ish|"
    r"in total|altogether|of them|so far)\b"
)
_DIGITS = re.compile(r"(?<![\w.])(\d{1,9})(?![\w.]*\d)(?:ish|-ish)?")
_DAY = r"\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|yesterday|today|tonight|morning|afternoon|evening|night)\b"
# What has digits and is no amount: a time of day, a date, and how long ago.
_NO_AMOUNT = re.compile(
    r"\b(?:\d{1,2}(?:[:.]\d\d)?\s?(?:am|pm|o'?clock)|\d{1,2}:\d\d|\d{1,2}(?:st|nd|rd|th)"
    r"|\w+ (?:day|night|week|month)s? ago)\b"
)
_HOUR_OF_DAY = re.compile(rf"{_DAY}.*?\b\d{{1,2}}\s?-?ish\b")
_MINUS = re.compile(r"(?:^|\s)(?:minus|negative)\s|(?:^|\s)[-\u2212]\s?\d")
_NOUNS = (
    "caravans?|motor ?homes?|campers?|vans?|tents?|cars?|lorr(?:y|ies)|vehicles?|others?|more|"
    "other (?:cars|vehicles)"
)
_OF_THEM = re.compile(
    r"^\W*(?:(?:there(?:'?s| are)|about|around|only|just|maybe)\s+)*(?:\w+\s+){1,3}of (?:them|those)\W*$"
)
_NONE = re.compile(rf"^(?:no|none|zero|nil|not any|without)(?: of)?(?: any| other)? (?:{_NOUNS})$")
_RANGE = re.compile(r"^(.+?)\s*(?:\bto\b|\bor\b|\bmaybe\b|-|\u2013|/)\s*(.+)$")


def is_negative(text: str) -> bool:
    """Whether somebody wrote a number below nought ("minus three caravans")."""
    return bool(_MINUS.search(text.casefold()))


def is_vague(text: str) -> bool:
    """Whether an amount is meant but no number said ("loads")."""
    return bool(_VAGUE.search(text.casefold()))


def is_bare_count(text: str) -> bool:
    """Whether words tell how many of what was spoken of, and nothing else ("6 of them")."""
    return bool(_OF_THEM.match(text.casefold())) and read_number(text) is not None


def read_number(text: str) -> int | None:
    """The whole number said, or None. Of a range ("5 or 6") the higher end: a report should not fall short.

    Words around it are allowed as long as only one number stands in the text; a postcode, a time or a date is none.
    """
    if find_postcode(text):
        return None
    said = _HOUR_OF_DAY.sub(" ", _NO_AMOUNT.sub(" ", text.casefold()))
    said = _AROUND.sub(" ", said.replace(",", "")).strip(" .!?~c")
    said = re.sub(r"\s+", " ", said)
    if is_negative(text):
        return None
    if _NONE.match(said):
        return 0
    exact = _read_words(said)
    if exact is not None:
        return exact
    ends = _RANGE.match(said)
    if ends:
        low, high = _first_number(ends.group(1), last=True), _first_number(ends.group(2))
        if low is not None and high is not None and low <= high:
            return high
    found = _numbers_in(said)
    return found[0] if len(set(found)) == 1 else None


def _read_words(said: str) -> int | None:
    if said.isdecimal():
        return int(said) if len(said) <= 9 else MOST
    said = re.sub(r"^(\d{1,9})\s?-?ish$", r"\1", said)
    if said.isdecimal():
        return int(said)
    said = re.sub(r"\s+of$", "", said).replace("-", " ")
    if said in _SAID:
        return _SAID[said]
    return _read_spelled(said.split())


def _read_spelled(words: list[str]) -> int | None:
    """ "twenty one", "a hundred and five"; up to 999."""
    words = [w for w in words if w != "and"]
    if not words:
        return None
    total = 0
    if len(words) > 1 and words[1] == "hundred" and (words[0] in _UNITS or words[0] == "a"):
        total = 100 * (1 if words[0] == "a" else _UNITS[words[0]])
        words = words[2:]
    if words and words[0] in _TENS:
        total += _TENS[words[0]]
        words = words[1:]
        if words and words[0] in _UNITS and 0 < _UNITS[words[0]] < 10:
            total += _UNITS[words[0]]
            words = words[1:]
    elif words and words[0] in _UNITS:
        total += _UNITS[words[0]]
        words = words[1:]
    return total if not words else None


def _numbers_in(said: str) -> list[int]:
    """Every number in a sentence; articles ("a", "no") do not count as one here."""
    found = [int(m) for m in _DIGITS.findall(said)]
    for phrase in ("half a dozen", "half dozen", "a couple", "couple", "a dozen", "dozen", "a pair"):
        if re.search(rf"\b{phrase}\b", said):
            found.append(_SAID[phrase])
            said = said.replace(phrase, " ")
    words = re.findall(r"[a-z]+", said)
    i = 0
    while i < len(words):
        length = next((n for n in (4, 3, 2, 1) if _starts_number(words[i : i + n], n)), 0)
        if length:
            value = _read_spelled(words[i : i + length])
            if value is not None:
                found.append(value)
        i += max(length, 1)
    return found


def _starts_number(words: list[str], length: int) -> bool:
    return (
        len(words) == length
        and (words[0] in _UNITS or words[0] in _TENS)
        and words[-1] != "and"
        and _read_spelled(words) is not None
    )


def _first_number(said: str, *, last: bool = False) -> int | None:
    exact = _read_words(said.strip())
    if exact is not None:
        return exact
    found = _numbers_in(said)
    if not found:
        return None
    return found[-1] if last else found[0]
