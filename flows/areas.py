"""Where somebody lives, as roughly as is needed: a town, a village or half a postcode is read, the district is kept."""

from typing import Any

from flows.messages import Location
from flows.place import Place
from flows.reading import Answered, Asking, Read, Unclear
from flows.safety import plain_words

ELSEWHERE = "elsewhere"
# A place outside that no police force is known of.
_OUTSIDE, _OUTSIDE_NAME = "far", "-"


def read_area_certain(asking: Asking, text: str) -> Answered | None:
    """The district that a name or postcode lies in; None where it may lie in several, or is none."""
    said = plain_words(text)
    for district, name in asking.gazetteer.district_names.items():
        if said == plain_words(name) or f" {plain_words(name)} " in f" {said} ":
            return Answered(area_of(asking, district))
    return _of_place(asking, asking.gazetteer.read(text))


def read_area(asking: Asking, text: str) -> Answered | Unclear:
    """The same; what is not known is asked for once more, with the districts to choose from."""
    return read_area_certain(asking, text) or ask_area(asking)


def read_area_pin(asking: Asking, location: Location) -> Answered | Unclear:
    return _of_place(asking, asking.gazetteer.read_pin(location)) or ask_area(asking)


def press_area(asking: Asking, value: str) -> Read:
    """One of the districts offered."""
    if value == ELSEWHERE:
        return Answered({"text": _OUTSIDE_NAME, "outside": _OUTSIDE})
    return Answered(area_of(asking, value)) if value in asking.gazetteer.district_names else None


def ask_area(asking: Asking) -> Unclear:
    districts = tuple(asking.gazetteer.district_names.items())
    return Unclear("area.unclear", choices=(*districts, (ELSEWHERE, "button.elsewhere")), may_skip=True)


def area_of(asking: Asking, district: str) -> dict[str, Any]:
    """A district as a place is kept."""
    return {"text": asking.gazetteer.district_names[district], "district": district}


def _of_place(asking: Asking, place: Place) -> Answered | None:
    if place.district and not place.ask:
        return Answered(area_of(asking, place.district))
    if place.outside and not place.ask:
        return Answered({"text": place.name or place.text, "outside": place.outside})
    return None
