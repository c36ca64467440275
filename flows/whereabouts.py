"""The place question: words, a postcode or a pin, asked once more where they do not settle it.

Partial answers wait under "place" (a place's dict). Nobody is asked a third time: what is known by then is
kept, with how certain it is.
"""

from dataclasses import replace
from typing import Any

from flows.landmark import Candidate, Found
from flows.messages import Location
from flows.numbers import is_bare_count
from flows.place import Certainty, Place
from flows.places import find_coordinates
from flows.postcodes import find_postcode, read_postcode
from flows.reading import Answered, Asking, Read, Unclear
from flows.safety import plain_words

LONGEST_PLACE = 500
# A point this near to the place is the place itself; one farther off is only near it.
EXACT_M = 500
WORTH_ASKING = 0.9
# Nobody needs a landmark where the point itself is told.
EXACT = (Certainty.PIN, Certainty.POSTCODE)
# A phone that does not know where it is says nought and nought, a spot in the Gulf of Guinea.
NO_FIX_DEGREES = 0.01
# What may stand after "all over" and still name no one place.
_WIDE = frozenset(
    "the|here|place|town|village|city|county|area|warwickshire|really|round|around|it|is|in|of".split("|")
)
NOTHING = Found((), is_sure=False)
_KEEP_OR_NOT = (("yes", "button.keep_place"), ("no", "button.other_place"))


def read_place(asking: Asking, text: str) -> Read:
    """A place in words: known, or asked once more for a town or a road or which it is, or taken as it is."""
    text = text[:LONGEST_PLACE].strip()
    before = asking.so_far("place")
    if before is None:
        if is_everywhere(asking, text):
            return Unclear("place.one")
        return _read_anew(asking, text) if _says_something(asking, text) else Unclear("place.unclear")
    first = Place.from_dict(before)
    if not _says_something(asking, text):
        return Answered(before)
    if first.outside:  # neither yes nor no to "is it still right?": another place
        return _read_anew(asking, text)
    if asking.so_far("no_postcode") and _is_other_postcode(asking, text):
        return _read_anew(asking, text, checked=True)
    together = _find_landmark(asking, f"{first.text}, {text}")
    if together is not None:
        return Answered(together.to_dict())
    place = asking.gazetteer.merge(first, text)
    if place.outside:
        return settle_place(place)
    return Answered(replace(place, text=place.text[:LONGEST_PLACE]).to_dict())


def _read_anew(asking: Asking, text: str, *, checked: bool = False) -> Read:
    """A place told for the first time; `checked`: whoever told it was asked already whether the postcode is right."""
    place = asking.gazetteer.read(text)
    found = asking.landmarks.find(text) if asking.landmarks and place.certainty not in EXACT else NOTHING
    likely = tuple(c for c in found.candidates if c.score >= WORTH_ASKING and not c.is_town)
    if found.is_sure and likely:
        return settle_place(replace(_as_place(text, found.candidates[0]), postcode=place.postcode))
    if not checked and asking.gazetteer.is_no_postcode(place.postcode):
        return _ask_postcode_again(place, place.postcode)
    if likely:
        return _ask_which(place, likely)
    town = next((c for c in found.candidates if c.is_town), None)
    elsewhere = next((c for c in found.candidates if c.is_only and c.is_doubtful), None)
    if town is not None and elsewhere is not None:
        return _ask_which(place, (town, elsewhere))
    if town is not None and place.postcode is None and place.ask is None:
        place = _in_town(place, town)
    return settle_place(place, ask_road=True)


def _in_town(place: Place, town: Candidate) -> Place:
    """The place with the town it is in, and not one that only tells the way."""
    return replace(
        place,
        name=town.name,
        latitude=town.latitude,
        longitude=town.longitude,
        district=town.district,
        outside=town.outside,
        certainty=Certainty.NEAR if place.certainty is Certainty.UNKNOWN else place.certainty,
        within_m=town.within_m,
    )


def _ask_postcode_again(place: Place, postcode: Any) -> Unclear:
    kept = {"place": place.to_dict(), "no_postcode": postcode}
    return Unclear("place.no_postcode", {"postcode": postcode}, kept, may_skip=True)


def _is_other_postcode(asking: Asking, text: str) -> bool:
    """Whether a full postcode is told, and not once more the one that was not found."""
    postcode = find_postcode(text)
    return postcode is not None and postcode != asking.so_far("no_postcode")


def is_everywhere(asking: Asking, text: str) -> bool:
    """Whether words name no place or too many: "everywhere", "all over Rugby", but not "all over the rec"."""
    words = plain_words(text)
    for phrase in asking.words.everywhere:
        if words == phrase:
            return True
        rest = words.removeprefix(f"{phrase} ")
        if rest != words and set(rest.split()) <= _WIDE:
            return True
        if rest != words and asking.gazetteer.read(rest).certainty is Certainty.NAMED_PLACE:
            return True
    return False


def _find_landmark(asking: Asking, text: str) -> Place | None:
    """The road, park or the like that words surely mean."""
    found = asking.landmarks.find(text) if asking.landmarks is not None else None
    if found is None or not found.is_sure or found.candidates[0].is_town:
        return None
    return _as_place(text, found.candidates[0])


def _as_place(text: str, found: Candidate) -> Place:
    return Place(
        text[:LONGEST_PLACE],
        name=found.name,
        latitude=found.latitude,
        longitude=found.longitude,
        district=found.district,
        certainty=Certainty.NAMED_PLACE if found.within_m <= EXACT_M else Certainty.NEAR,
        outside=found.outside,
        within_m=found.within_m,
    )


def _ask_which(place: Place, found: tuple[Candidate, ...]) -> Unclear:
    """Up to three places by name, to choose from."""
    kept = [_as_place(place.text, candidate).to_dict() for candidate in found]
    return _put_candidates({"place": place.to_dict(), "candidates": kept})


def _put_candidates(partial: dict[str, Any]) -> Unclear:
    names = [str(each["name"]) for each in partial["candidates"]]
    if len(names) == 1:
        choices = (("place_1", "button.keep_place"), ("place_none", "button.other_place"))
        return Unclear("place.is_it", {"name": names[0]}, partial, choices)
    listed = tuple((f"place_{at}", name) for at, name in enumerate(names, 1))
    return Unclear("place.which", {}, partial, (*listed, ("place_none", "button.none_of_these")))


def choose_place(asking: Asking, value: str) -> Read:
    """The answer to "which of these?"; none of them: as if nothing but the town had been known."""
    kept = asking.so_far("candidates") or []
    number = value.removeprefix("place_")
    if number.isdecimal() and 1 <= int(number) <= len(kept):
        return settle_place(Place.from_dict(kept[int(number) - 1]))
    return settle_place(Place.from_dict(asking.so_far("place")), ask_road=True) if number == "none" else None


def read_place_certain(asking: Asking, text: str) -> Read:
    """What can only be a place: yes or no to one found outside, a postcode, a bare name, coordinates."""
    words = plain_words(text)
    before = asking.so_far("place")
    if before and before.get("outside"):
        if words in asking.words.yes | {"1"}:
            return confirm_place(asking, keep=True)
        if words in asking.words.no | {"2"}:
            return confirm_place(asking, keep=False)
    found = asking.gazetteer.read(text[:LONGEST_PLACE])
    sure = (Certainty.NAMED_PLACE, Certainty.PIN)
    if found.certainty in sure or (read_postcode(text) and found.postcode):
        return read_place(asking, text)
    return None


def read_pin(asking: Asking, pin: Location, text: str = "") -> Read:
    """A map pin; words said before or with it stay the words of the place."""
    if not pin.is_on_earth or max(abs(pin.latitude), abs(pin.longitude)) < NO_FIX_DEGREES:
        return Unclear("place.no_pin", partial=asking.partial)
    place = asking.gazetteer.read_pin(pin)
    before = asking.so_far("place") or {}
    return settle_place(replace(place, text=(text or before.get("text", ""))[:LONGEST_PLACE]))


def confirm_place(asking: Asking, *, keep: bool) -> Read:
    """The answer to "is it still the right place?"."""
    return Answered(asking.so_far("place")) if keep else Unclear("place.again", partial={})


def settle_place(place: Place, *, ask_road: bool = False) -> Read:
    """The place as an answer, or what to ask about it. `ask_road`: a town's bare name is asked for a road."""
    kept = {"place": place.to_dict()}
    if place.outside == "postcode":
        return Unclear("place.outside_postcode", {"postcode": place.postcode}, kept, _KEEP_OR_NOT)
    if place.outside == "far":
        return Unclear("place.far", {}, kept, _KEEP_OR_NOT)
    if place.outside:
        return Unclear("place.outside", {"name": place.name, "force": place.outside}, kept, _KEEP_OR_NOT)
    if place.ask:
        return Unclear("place.ask", {"question": place.ask}, kept, may_skip=True)
    if place.certainty is Certainty.UNKNOWN:
        return Unclear("place.town", {}, kept, may_skip=True)
    if place.district is None:
        return Unclear("place.town_of_postcode", {"postcode": place.postcode}, kept, may_skip=True)
    if ask_road and place.certainty is Certainty.NAMED_PLACE:
        return Unclear("place.road", {"name": place.name}, kept, may_skip=True)
    return Answered(place.to_dict())


def repeat_place(asking: Asking) -> Read:
    """What to say again of half an answer."""
    place = Place.from_dict(asking.so_far("place"))
    if asking.so_far("candidates"):
        return _put_candidates(asking.partial or {})
    if asking.so_far("no_postcode"):
        return _ask_postcode_again(place, asking.so_far("no_postcode"))
    return settle_place(place, ask_road=True)


def show_place(value: dict[str, Any], *, pin: str, near: str) -> str:
    """A stored place as it is read back; `pin` ("map pin") and `near` ("near {name}") are the language's words."""
    text, name = value.get("text", ""), value.get("name")
    if not text:
        return f"{pin} {near.format(name=name)}" if name else pin
    if name and plain_words(name) not in plain_words(text) and value.get("certainty") != Certainty.UNKNOWN:
        return f"{text} ({near.format(name=name)})"
    return str(text)


def _says_something(asking: Asking, text: str) -> bool:
    """Whether a text may be a place at all: "1", "6 of them", "yes" and "?" are none."""
    if is_bare_count(text):
        return False
    if find_coordinates(text) is not None:
        return True
    words = plain_words(text)
    return any(c.isalpha() for c in words) and words not in asking.words.yes | asking.words.no
