"""Reading a person's name: one name, without what stands around it ("hi, my name is Sam Patel, CV34 6PH")."""

import re

from flows.postcodes import find_postcode
from flows.reading import Answered, Read, Unclear

LONGEST = 60
_AROUND = re.compile(
    r"^\s*(?:(?:hi|hello|hey|yes|ok|its|it's|it is|this is|my name is|my name's|name is|name's|i am|i'm|im|call me|"
    r"mam na imi\u0119|jestem|nazywam si\u0119|m\u0103 numesc|numele meu este|sunt|chamo-me|"
    r"o meu nome \u00e9|sou)\b[\s,:]*)+",
    re.IGNORECASE,
)
_POSTCODE_LIKE = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]?\s*\d[A-Z]{2}\b", re.IGNORECASE)
_INTRODUCES = re.compile(
    r"\b(?:its|it's|it is|this is|my name is|my name's|name is|name's|i am|i'm|im|call me)\s+\w",
    re.IGNORECASE,
)
_OUTWARD_LAST = re.compile(r"[\s,]+[A-Z]{1,2}\d[A-Z\d]?\s*$", re.IGNORECASE)
_OF_SOMEBODY = re.compile(
    r"^\s*(?:my|his|her|the|our)\s+(?:mum|mom|mam|mother|dad|father|gran|nan|grandma|grandad|aunt|uncle|carer|parent|"
    r"guardian|sister|brother|wife|husband|partner|name)(?:'s name)?\s+(?:is|its|it's)\s+",
    re.IGNORECASE,
)
_TWO = re.compile(r"\s(?:and|&|or)\s|[/;+]", re.IGNORECASE)


def introduces(text: str) -> bool:
    """Whether somebody says who they are ("Hi its Ann"), and does not only greet."""
    return _INTRODUCES.search(text) is not None


def read_name(text: str, longest: int = LONGEST) -> Read:
    """One name as it was written; None where there are no letters in it, Unclear where it holds two."""
    if find_postcode(text):
        text = _POSTCODE_LIKE.sub(" ", text)
    name = _OF_SOMEBODY.sub("", _AROUND.sub("", text))
    name = re.sub(r"[\s,]*\b(?:and )?(?:my )?(?:postcode|post code)\b.*$", "", name, flags=re.IGNORECASE)
    name = _OUTWARD_LAST.sub("", name)
    name = re.sub(r"\s+", " ", name).strip(" ,.;:-!")
    if _TWO.search(name):
        return Unclear("name.two")
    if not any(c.isalpha() for c in name) or any(c.isdecimal() for c in name) or "@" in name:
        return None
    if len(name) > min(longest, LONGEST):
        return Unclear("name.long")
    return Answered(name)
