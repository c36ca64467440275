"""Where somebody lives: house numbers with a road, flats, named houses, and what follows "I live"."""

import re

from flows.personal_words import ADDRESS_FOLLOWS, COUNTED, NOT_A_NAME, ROADS, SPOKEN_NUMBERS
from flows.stripping_rules import hide_checked, one_of

_WORD = r"[^\W\d_][^\W\d_'.-]*(?:['-][^\W\d_]+)*\.?"
_HOUSE = r"\d{1,4}\s?[a-z]?(?:\s?[-/&]\s?\d{1,4}[a-z]?)?"
_ROAD = rf"(?:{one_of(ROADS)})"
_STREET = re.compile(rf"\b{_HOUSE},?\s+((?:{_WORD}\s+){{1,3}}?){_ROAD}\b\.?", re.IGNORECASE)
_ABROAD = re.compile(
    r"\b(?:ul\.?|ulica|ulicy|aleja|calle|avenida|rue|strada|str\.|rua|viale)\s+\S+(?:\s+\S+){0,2}?\s+\d+\w*",
    re.IGNORECASE,
)
_FLAT = re.compile(
    r"\b(?:flat|apartment|apt|maisonette|plot|room|unit|suite|bungalow|house number|house no|house|number|nos?\b\.?|nr)"
    rf"\s*(?:\d{{1,4}}[a-z]?|(?:{one_of(SPOKEN_NUMBERS)})(?:[ -](?:{one_of(SPOKEN_NUMBERS)}))?)\b"
    rf"(?!\s*(?:{one_of(COUNTED)})\b)",
    re.IGNORECASE,
)
# A road right after a house, and houses right after each other, are one address.
_MORE = re.compile(rf"<address>(?:[\s,]*<address>|,?\s+(?:{_WORD}\s+){{1,2}}?{_ROAD}\b\.?)+", re.IGNORECASE)
_THREE_WORDS = re.compile(r"(?:///|what3words|w3w)\s?[:/]*\s*[^\W\d_]+\.[^\W\d_]+\.[^\W\d_]+", re.IGNORECASE)
_HOME = re.compile(
    rf"\b(?P<kept>(?:lives?|living|lived|resides?|stays?|staying|mieszkam|locuiesc|vivo|habite|wohne)\s+(?:just\s+)?"
    rf"(?:(?:in|on|at|off|near|up|down|along|w|na|în|en|à|auf|opposite|behind|by)\s+)?)"
    rf"(?:(?P<house>{_HOUSE},?\s+)?(?P<words>(?:{_WORD}\s+){{1,3}}?){_ROAD}\b|(?P<alone>{_HOUSE})\b)",
    re.IGNORECASE,
)
_NAMED_HOUSE = re.compile(
    rf"((?:{_WORD}\s+){{1,2}})(?:cottage|cottages|bungalow|lodge|barn|farmhouse|villa)\b", re.IGNORECASE
)
_NAMED_BIG_HOUSE = re.compile(
    r"\b(?:[A-Z][\w']+\s+){1,2}(?:House|Farm|Grange|Manor|Barns|Vicarage|Rectory)\b"
)
_TOLD = re.compile(rf"(?<!\w)({one_of(ADDRESS_FOLLOWS)})(?!\w)[\s:,-]*[^.!?\n]{{1,90}}\S*", re.IGNORECASE)
_NOT_A_STREET = NOT_A_NAME | {"in", "on", "at", "off", "a", "the"}
# Roads are named after these all the same.
_STREET_ALL_THE_SAME = frozenset(
    """
    church school station park green hill mill north south east west old new great little upper lower court cross
    castle horse crown king queen high manor farm bridge wood woods brook river canal common village hall
    """.split()
)
_COLOURS = frozenset("black white red blue grey green new old".split())
_ANY_HOUSE = frozenset(
    "a the my our your his her their this that an old in at barn new of small little".split()
)


def hide_addresses(text: str) -> str:
    text = _TOLD.sub(r"\1 <address>", text)
    text = _HOME.sub(_hide_home, text)
    text = hide_checked(text, _STREET, _is_street, "<address>")
    text = _ABROAD.sub("<address>", text)
    text = _FLAT.sub("<address>", text)
    text = _NAMED_BIG_HOUSE.sub("<address>", text)
    text = _THREE_WORDS.sub("<address>", text)
    return _MORE.sub("<address>", _NAMED_HOUSE.sub(_hide_named_house, text))


def _hide_home(found: re.Match[str]) -> str:
    """ "I live on Mill Lane" and "lives at 42", not "living in the park" or "live 2 miles away"."""
    if found["alone"]:
        after = re.match(r"\s*(\w+)", found.string[found.end() :])
        is_home = after is None or after.group(1).casefold() not in COUNTED
    else:
        words = {_bare(word) for word in found["words"].split()}
        is_home = bool(found["house"]) or not words <= _ANY_HOUSE | NOT_A_NAME - _STREET_ALL_THE_SAME
    return f"{found['kept']}<address>" if is_home else found.group()


def _is_street(found: re.Match[str]) -> bool:
    """ "12 Mill Lane" but not "6 caravans park" or "20 of them on the green"."""
    words = [_bare(word) for word in found.group(1).split()]
    if words[0] == "the":
        del words[0]
    if any(word in COUNTED - _COLOURS for word in words):
        return False
    return not any(word in _NOT_A_STREET and word not in _STREET_ALL_THE_SAME for word in words)


def _bare(word: str) -> str:
    return word.strip(".").casefold()


def _hide_named_house(found: re.Match[str]) -> str:
    """ "at Rose Cottage", not "the cottage": the words that name it go, what stands before them stays."""
    words = found.group(1).split()
    if words[-1].casefold() in _ANY_HOUSE or words[-1].casefold() in NOT_A_NAME - _STREET_ALL_THE_SAME:
        return found.group()
    first = words[0].casefold()
    kept = f"{words[0]} " if len(words) == 2 and (first in _ANY_HOUSE or first in NOT_A_NAME) else ""
    return f"{kept}<address>"
