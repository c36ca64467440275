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
_TWO = re.compile(r"\s(?:and|&|or)\s|[/;+]", re.IGNORECASE)


def read_name(text: str, longest: int = LONGEST) -> Read:
    """One name as it was written; None where there are no letters in it, Unclear where it holds two."""
    if find_postcode(text):
        text = _POSTCODE_LIKE.sub(" ", text)
    name = _AROUND.sub("", text)
    name = re.sub(r"\b(?:postcode|post code|and my|my)\b.*$", "", name, flags=re.IGNORECASE)
    name = re.sub(r"\s+", " ", name).strip(" ,.;:-!")
    if _TWO.search(name):
        return Unclear("name.two")
    if not any(c.isalpha() for c in name) or any(c.isdecimal() for c in name) or "@" in name:
        return None
    if len(name) > min(longest, LONGEST):
        return Unclear("name.long")
    return Answered(name)
