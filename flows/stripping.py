"""Takes personal data out of a message before it is kept for people to learn from.

Everything here would rather hide too much than too little: a mark too many costs a training example a word, a
phone number left in costs a person their privacy. Plain rules find no name that nothing announces, and no
person told by what they did; so a person reads every message before it is used (`frontdoor unanswered`).

The marks: <email>, <link>, <reference>, <date>, <postcode>, <number>, <phone>, <address>, <name>.
"""

import re
import unicodedata
from collections.abc import Callable

import phonenumbers

from flows.personal_words import BORN, MAIL_HOSTS, MONTHS, SPOKEN_DIGITS
from flows.postcodes import find_postcode
from flows.references import find_reference
from flows.stripping_addresses import hide_addresses
from flows.stripping_names import hide_names
from flows.stripping_rules import hide_checked, one_of

LONGEST_KEPT = 500
PHONE_DIGITS = 7
LONGEST_READ = 1200  # of a longer message its beginning


def strip_personal(text: str, place_words: frozenset[str] = frozenset()) -> str:
    """The message on one line of at most 500 characters, with a mark such as "<phone>" where personal data stood.

    `place_words` are plain words of known places (`Gazetteer.words`), so that "Leamington Spa" is not taken
    for somebody's name.
    """
    text = _bare(text)
    for hide in _STEPS:
        text = hide(text)
    text = hide_names(text, place_words)
    return _cut(_LAST_DIGITS.sub("<number>", _LAST_EMAIL.sub("<email>", text)))


_INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b\u200e\u200f\u2060-\u2064\ufeff\ufe0e\ufe0f\u20e3]")
# No word, and the one thing that makes searching slow.
_ENDLESS = re.compile(r"\S{101,}")
_JOINER_BY_LETTER = re.compile("(?<=[!-~])[\u200c\u200d]+|[\u200c\u200d]+(?=[!-~])")


def _bare(text: str) -> str:
    """Nothing invisible to part a number, every digit of any script as 0 to 9, and no word cut off at the end."""
    if len(text) > LONGEST_READ:
        text = text[:LONGEST_READ].rpartition(" ")[0]
    text = _JOINER_BY_LETTER.sub("", _INVISIBLE.sub("", unicodedata.normalize("NFC", text)))
    text = text.replace("\uff20", "@").replace("\ufe6b", "@").replace("\u2019", "'").replace("\u2018", "'")
    # Brackets of the citizen's would be taken for marks of ours.
    text = text.replace("<", "(").replace(">", ")")
    text = "".join(str(unicodedata.digit(c)) if c.isdigit() else c for c in text)
    lines = (" ".join(line.split()) for line in text.splitlines())
    return _ENDLESS.sub("<link>", "\n".join(line for line in lines if line))


_DOT = r"\s*(?:\.|\(dot\)|\[dot\]|\{dot\}|\sdot\s|\spunkt\s|\spunto\s|\spoint\s)\s*"
_AT = r"\s*(?:@|\(at\)|\[at\]|\{at\}|\sat\s|\sarroba\s|\smałpa\s|\smalpa\s|\sarobase\s)\s*"
_TLD = r"(?:com|co|org|net|uk|eu|info|me|io|gov|ac|edu|pl|ro|de|fr|es|it|pt|ie|in|pk|lt|bg|ua|biz)"
_LOCAL = rf"[\w+%'-]+(?:(?:{_DOT}|\s(?:underscore|dash|hyphen)\s)[\w+%'-]+)*"
_EMAILS = (
    re.compile(rf"{_LOCAL}{_AT}[\w-]+(?:{_DOT}[\w-]+)*{_DOT}{_TLD}\b", re.IGNORECASE),
    re.compile(rf"\S*[^\s(]{_AT}(?:{one_of(MAIL_HOSTS)}){_DOT}{_TLD}(?:{_DOT}{_TLD})?\b", re.IGNORECASE),
    re.compile(r"[^\s@]\S*\s*@\s*\S+\.\S+"),
    re.compile(rf"\S+{_AT}(?:gmail|googlemail|hotmail|outlook|yahoo|icloud|btinternet)\b", re.IGNORECASE),
    re.compile(r"[^\s@]\S*@\S+"),
)


def _hide_emails(text: str) -> str:
    """Addresses as they are written, with gaps, and as they are said ("ann dot lee at gmail dot com")."""
    for email in _EMAILS:
        text = email.sub("<email>", text)
    return text


_LINK = re.compile(
    r"\b(?:https?|ftp)\s?:\s?//\S+|\bwww\s?\.\S+|\b(?:t\.me|wa\.me|bit\.ly)/\S*"
    r"|\b[\w-]+(?:\.[\w-]+)*\.(?:com|co|org|net|uk|eu|info|gov|pl|ro|de|app|shop|online|site|xyz)\b(?:/\S*)?",
    re.IGNORECASE,
)
_HANDLE = re.compile(r"(?<!\S)@\s?\w[\w.]*|@\w[\w.]*")
_UNDERSCORED = re.compile(r"\b[^\W_]+(?:_[^\W_]+)+\b")
_ACCOUNT = re.compile(
    r"\b((?:insta|instagram|snap|snapchat|tiktok|telegram|twitter|username|user name|handle)(?: is|:| id)\s*)\S+",
    re.IGNORECASE,
)


def _hide_links(text: str) -> str:
    """Links and names on the net: both lead to a person as often as not."""
    text = _LINK.sub("<link>", text)
    text = _ACCOUNT.sub(r"\1<name>", _HANDLE.sub("<name>", text))
    return _UNDERSCORED.sub("<name>", text)


_REFERENCE = re.compile(r"\b[A-Za-z]{2}[\s-]*[0-9A-Za-z]{4}[\s-]*[0-9A-Za-z]{3}\b")
_HYPHENED = re.compile(r"[A-Za-z]{2}-[0-9A-Za-z]{4}-[0-9A-Za-z]{3}")
_TOLD_REFERENCE = re.compile(
    r"\b((?:refs?|reference|crime|incident|case|cad|urn|log|ticket|order|account|acc|customer|policy|claim|booking"
    r"|passport|licence|license|tracking)(?:\s+(?:ref|reference|numbers?|no|nr|id|code))*\b[\s.:#'-]*(?:is|was|=)?\s*)"
    r"((?=[\w/-]*\d)[\w/-]{3,}(?:\s+(?=[\w/-]*\d)[\w/-]{2,})*)",
    re.IGNORECASE,
)


def _hide_references(text: str) -> str:
    """Ours by their check character or their hyphens; others where the words before say what they are."""
    text = hide_checked(text, _REFERENCE, _is_reference, "<reference>")
    return _TOLD_REFERENCE.sub(r"\1<reference>", text)


def _is_reference(found: re.Match[str]) -> bool:
    words = found.group()
    if _HYPHENED.fullmatch(words):
        return True
    return any(c.isdigit() for c in words) and find_reference(words) is not None


_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_MONTH = rf"(?:{MONTHS})[a-z]*"
_YEAR = r"(?:19|20)?\d{2}"
_BORN = re.compile(
    rf"(?<!\w)((?:{one_of(BORN)})(?!\w)[\s:.=-]*(?:is|was|in|on|on the|the|e|to)?\s*)"
    rf"(?:(?:{_DAY}|{_MONTH}|{_YEAR}|of|de|din|\d+)(?!\w)[\s,./-]*)+",
    re.IGNORECASE,
)
_DATES = (
    re.compile(rf"\b{_DAY}\s*(?:of\s+)?{_MONTH}[\s,.]*(?:19|20)\d\d\b", re.IGNORECASE),
    re.compile(rf"\b{_MONTH}\s*{_DAY}[\s,.]*(?:19|20)\d\d\b", re.IGNORECASE),
    re.compile(r"\b\d{1,2}\s?[/.-]\s?(?:0?[1-9]|1[0-2])\s?[/.-]\s?(?:19|20)?\d\d\b(?![.:]\d)"),
    re.compile(r"\b(?:19|20)\d\d[/.-]\d{1,2}[/.-]\d{1,2}\b"),
)


def _hide_dates(text: str) -> str:
    """Whole dates, which may be of birth, and whatever stands after "born"; a day without a year stays."""
    text = _BORN.sub(r"\1<date> ", text)
    for date in _DATES:
        text = date.sub("<date>", text)
    return text


_POSTCODE = re.compile(r"\b[A-Z]{1,2}[0-9OIL][0-9A-ZOIL]?[\s.-]*[0-9OIL][A-Z0-9]{2}\b", re.IGNORECASE)


def _hide_postcodes(text: str) -> str:
    return hide_checked(text, _POSTCODE, lambda found: find_postcode(found.group()) is not None, "<postcode>")


_CODES = (
    # National insurance, then registration plates: since 2001, before, before 1983, and told as such.
    re.compile(r"\b[A-Z]{2}(?:[\s-]*\d\d){3}(?:[\s-]*[A-D])?\b", re.IGNORECASE),
    re.compile(r"\b[A-Z]{2}\d\d\s?[A-Z]{3}\b", re.IGNORECASE),
    re.compile(r"\b[A-Z]{2}\s\d\d\s[A-Z]{3}\b"),
    re.compile(r"\b[A-Z]\d{1,3}\s?[A-Z]{3}\b"),
    re.compile(r"\b[A-Z]{3}\s?\d{1,3}[A-Z]\b"),
    re.compile(r"\b[A-Z9]{5}\s?\d{6}\s?[A-Z0-9]{5}\b"),  # driving licence
    # A word of letters and four digits or more: licences, passports, frame numbers; also with letter O for nought.
    re.compile(r"(?<![\w<])(?=\w*[^\W\d])(?=(?:\w*?\d){4})\w{6,}(?![\w>])"),
    re.compile(r"\b(?=\d*[OoIl])(?=(?:\w*?\d){3})[\dOoIl]{5,}\b"),
)
_TOLD_PLATE = re.compile(
    r"\b((?:reg|regs|registration|number\s?plate|plate|plates|vrm|index)(?:\s+(?:number|no|nr|plate))?\b"
    r"[\s.:]*(?:is|was|=)?\s*)((?=[\w\s]{0,8}\d)[A-Z0-9]{1,4}(?:\s?[A-Z0-9]{1,4})?)\b",
    re.IGNORECASE,
)
_COLLAR = re.compile(
    r"\b((?:pc|pcso|sgt|sergeant|officer|collar(?: number| no)?)\s+)\d{2,5}\b", re.IGNORECASE
)
_SPOKEN = re.compile(
    rf"\b(?:(?:{one_of(SPOKEN_DIGITS)}|double|triple|\d{{1,2}})(?:[\s,.-]+(?=\w)|\b)){{5,}}", re.IGNORECASE
)


def _hide_codes(text: str) -> str:
    text = _TOLD_PLATE.sub(r"\1<number>", text)
    for code in _CODES:
        text = code.sub("<number>", text)
    text = _COLLAR.sub(r"\1<number>", text)
    return _SPOKEN.sub(_hide_spoken, text)


def _hide_spoken(found: re.Match[str]) -> str:
    has_words = any(c.isalpha() for c in found.group())
    return "<number> " if has_words else found.group()  # figures alone have rules of their own


def _hide_phones(text: str) -> str:
    # Loosely: a number too short by one digit is still somebody's.
    found = phonenumbers.PhoneNumberMatcher(text, "GB", leniency=phonenumbers.Leniency.POSSIBLE)
    for match in reversed(list(found)):
        is_part_of_a_word = text[: match.start][-1:].isalpha()  # the B4100
        if sum(c.isdigit() for c in match.raw_string) >= PHONE_DIGITS and not is_part_of_a_word:
            text = f"{text[: match.start]}<phone>{text[match.end :]}"
    return text


_PIECES = re.compile(
    r"(?:(?:<phone>|<number>)[\s-]?|\b\d{3,4}[\s-](?=<))+(?:<phone>|<number>|(?<=[>\s-])\d{3,4}\b)"
)
_DIGITS = re.compile(r"[+(]*\d(?:(?:[^\w<>]|_){0,3}\d){4,}")


def _hide_digits(text: str) -> str:
    """Five digits or more, however they are parted: accounts, sort codes; and what is left beside a number."""
    return _PIECES.sub(
        lambda found: "<phone>" if "<phone>" in found.group() else "<number>", _DIGITS.sub("<number>", text)
    )


_STEPS: tuple[Callable[[str], str], ...] = (
    _hide_emails,
    _hide_links,
    _hide_references,
    _hide_dates,
    _hide_postcodes,
    _hide_codes,
    _hide_phones,
    hide_addresses,
    _hide_digits,
)
_LAST_DIGITS = re.compile(r"\d{5,}")
_LAST_EMAIL = re.compile(r"\S+@\S+")


def _cut(text: str) -> str:
    """One line, cut between words and never within a mark."""
    text = " ".join(text.split())
    if len(text) <= LONGEST_KEPT:
        return text
    kept = text[: LONGEST_KEPT + 1].rpartition(" ")[0] or text[:LONGEST_KEPT]
    at = kept.rfind("<")
    return kept[:at].rstrip() if at > kept.rfind(">") else kept
