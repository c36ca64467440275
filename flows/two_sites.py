"""Two places told of in one message: "caravans on the rec in Rugby and another lot at Southam lay-by".

Rather silent than eager: one place is often told by two names ("the A46 between Warwick and Kenilworth"), so both
halves of a message must name a place of their own, far from each other, and say that there is something at each.
"""

import re

from flows.landmarks import Landmarks
from flows.place import OUTWARD_M, Certainty, km_between
from flows.places import Gazetteer

APART_KM = 1.5
# Latitude, longitude, reach in kilometres.
Spot = tuple[float, float, float]
# What says outright that there is a second lot, at the start of a half ("and another lot at", "also some by").
_MORE = re.compile(
    r"\b(?:also|another|a second|some|more|others?|second(?:ly)?|as well as)\b",
    re.IGNORECASE,
)
_JOINER = re.compile(r"\s*(?:[;.\n]|,?\s*\b(?:and|also|plus|as well as)\b)\s*", re.IGNORECASE)
# "at", "on" and the like begin a place of its own; "and Kenilworth" alone goes on with the one before.
_AT = re.compile(
    r"\b(?:at|on|in|by|near|nr|off|behind|opposite|opp|beside|next to|outside|round|around|along)\b",
    re.IGNORECASE,
)
_AND_AT = re.compile(r"(?:and|also|plus) at\b", re.IGNORECASE)
_ONE_PLACE = re.compile(
    r"\b(?:between|from|corner of|junction of|where|meets?|crosses|side|towards?|moved|moving|came|come|coming|gone"
    r"|went|going|drove|driving|live|i am|i'm|im|my|last time|before|used to)\b",
    re.IGNORECASE,
)


def find_two_sites(landmarks: Landmarks, gazetteer: Gazetteer, text: str) -> tuple[str, str] | None:
    """The words of each of two places over 1.5 km apart; None where the message tells of one, or may."""
    if _ONE_PLACE.search(text):
        return None
    for joiner in _JOINER.finditer(text):
        first, second = text[: joiner.start()].strip(" ,.;"), text[joiner.start() :].strip(" ,.;\n")
        if not _begins_another(second):
            continue
        one, other = _spots(landmarks, gazetteer, first), _spots(landmarks, gazetteer, second)
        if one and other and _are_apart(one, other):
            return first, _without_joiner(second)
    return None


def _begins_another(second: str) -> bool:
    """Whether the second half says that there is something else, at a place of its own."""
    if _AND_AT.match(second):
        return True
    begun = _AT.search(second)
    return begun is not None and _MORE.search(second[: begun.start()]) is not None


def _without_joiner(second: str) -> str:
    return re.sub(r"^(?:and|also|plus|as well as|then|,)\b[\s,]*", "", second, flags=re.IGNORECASE)


def _spots(landmarks: Landmarks, gazetteer: Gazetteer, words: str) -> list[Spot]:
    """Every point the words may mean, and how many kilometres it reaches; none where they name nothing known."""
    place = gazetteer.read(words)
    reach_km = OUTWARD_M / 1000 if place.certainty is Certainty.POSTCODE_AREA else 0.0
    spots = [(c.latitude, c.longitude, 0.0) for c in landmarks.find(words).candidates]
    if place.latitude is not None and place.longitude is not None:
        spots.append((place.latitude, place.longitude, reach_km))
    return spots


def _are_apart(one: list[Spot], other: list[Spot]) -> bool:
    """Whether no reading of the one lies near any reading of the other."""
    return all(
        km_between(*here[:2], *there[:2]) > APART_KM + here[2] + there[2] for here in one for there in other
    )
