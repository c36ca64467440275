"""The part of `frontdoor check` that reads where things are and who acts there: places, landmarks, districts, desks."""

from flows.check_answers import Contacts
from flows.county import DesksFile, DistrictsFile, LandmarksFile, NeighboursFile, PlacesFile
from flows.findings import Findings
from flows.forms import Form
from flows.safety import plain_words

LONGEST_TOLD = 160


def check_places(found: Findings) -> set[str]:
    """Ids of the districts."""
    file = "county/districts.yml"
    loaded = found.load(file, DistrictsFile)
    districts = {d.id for d in loaded.districts} if loaded else set()
    for at, area in enumerate(loaded.outward_codes if loaded else ()):
        for district in sorted(set(area.districts) - districts):
            found.note(file, ("outward_codes", at), f"there is no district {district}")
    file = "county/places.yml"
    places = found.load(file, PlacesFile)
    names: dict[str, int] = {}
    for at, place in enumerate(places.places if places else ()):
        where = ("places", at)
        if districts and place.district not in districts:
            found.note(file, (*where, "district"), f"there is no district {place.district}")
        for name in (place.name, *place.also):
            if names.setdefault(plain_words(name), at) != at:
                found.note(file, where, f"the name {name} is given to two places")
    _check_landmarks(found, districts, {place.name for place in places.places} if places else set())
    file = "county/neighbours.yml"
    neighbours = found.load(file, NeighboursFile)
    for at, unsettled in enumerate(neighbours.ambiguous if neighbours else ()):
        found.check_sms(file, ("ambiguous", at, "ask"), unsettled.ask)
        for district in sorted(set(unsettled.districts) - districts):
            found.note(file, ("ambiguous", at, "districts"), f"there is no district {district}")
    return districts


def _check_landmarks(found: Findings, districts: set[str], places: set[str]) -> None:
    """Roads, parks and the like: each beside a known place, in a known district, no two of a name beside one."""
    seen: set[tuple[str, str]] = set()
    for path in sorted((found.root / "county").glob("landmarks_*.yml")):
        file = f"county/{path.name}"
        loaded = found.load(file, LandmarksFile)
        for at, row in enumerate(loaded.landmarks if loaded else ()):
            where = ("landmarks", at)
            if districts and row.district not in districts:
                found.note(file, (*where, "district"), f"there is no district {row.district}")
            if places and row.near not in places:
                found.note(file, (*where, "near"), f"there is no place {row.near} in county/places.yml")
            if (plain_words(row.name), row.near) in seen:
                found.note(file, where, f"{row.name} beside {row.near} is given twice")
            seen.add((plain_words(row.name), row.near))


def check_desks(found: Findings, forms: dict[str, Form], contacts: Contacts, districts: set[str]) -> None:
    file = "county/desks.yml"
    loaded = found.load(file, DesksFile)
    if loaded is None:
        return
    for name, kept in loaded.desks.items():
        if kept.contact and contacts is not None and kept.contact not in contacts:
            found.note(file, ("desks", name), f"there is no contact {kept.contact} in county/contacts.yml")
    for name in loaded.by_hand:
        if name not in loaded.desks:
            found.note(file, ("by_hand",), f"there is no desk {name}")
    for land in sorted(_kinds_of_land(forms) - set(loaded.routes)):
        found.note(file, ("routes",), f"no row says who leads on land of the kind {land}")
    for land, rows in loaded.routes.items():
        where = ("routes", land)
        for district in sorted((districts | {"unknown"}) - set(rows)):
            found.note(file, where, f"{land} has no row for {district}")
        for district, row in rows.items():
            if districts and district not in districts | {"unknown"}:
                found.note(file, (*where, district), f"there is no district {district}")
            if row.desk not in loaded.desks:
                found.note(file, (*where, district, "desk"), f"there is no desk {row.desk}")
            if len(row.told) > LONGEST_TOLD:
                found.note(file, (*where, district, "told"), f"over {LONGEST_TOLD} characters")
            found.check_sms(file, (*where, district, "told"), row.told)


def _kinds_of_land(forms: dict[str, Form]) -> set[str]:
    return {
        option.value
        for form in forms.values()
        for question in form.fields
        if question.id == "land"
        for option in question.options
    }
