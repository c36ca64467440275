"""What national postcodes, boundaries and names add to the gazetteer, told by a fake of each."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.content import Content, load_gazetteer, load_landmarks
from flows.forms import FormField
from flows.geodata import Area, Geodata, NationalName, PostcodePoint
from flows.messages import Location
from flows.place import Certainty
from flows.place_names import spelt
from flows.reading import Answered, Asking, Unclear
from flows.whereabouts import read_pin, read_place, repeat_place

COUNTY = Path(__file__).parents[2] / "county"
FIELD = FormField(id="place", kind="place", title="Where", ask="Where is it?")
POINTS = {
    "CV34 6PH": (52.2814, -1.5853, "E07000222", "Warwick"),
    # Nearest to a village of the county, and over the border all the same.
    "CV23 8ZZ": (52.3000, -1.2100, "E06000062", "West Northamptonshire"),
    "CV12 8AA": (52.4790, -1.4740, None, None),
}
LANE = NationalName("Quillet Lane", "road", "Warwick", "E07000222", "Warwick", 52.2801, -1.5842, 200)
CHURCH = NationalName("Church Lane", "road", "Barford", "E07000222", "Warwick", 52.2460, -1.6190, 200)
OVER = NationalName("Snizzle Lane", "road", "Barby", None, "West Northamptonshire", 52.3270, -1.2080, 200)


class FakeGeography:
    def find_point(self, postcode: str) -> PostcodePoint | None:
        if postcode in POINTS:
            return PostcodePoint(postcode, *POINTS[postcode])
        return PostcodePoint(postcode) if postcode.startswith("CV34 ") else None

    def find_area(self, latitude: float, longitude: float) -> Area | None:
        if longitude > -1.22:
            return Area("E06000062", "West Northamptonshire")
        if latitude > 53:
            return Area("E06000057", "Northumberland")
        return Area("E07000222", "Warwick") if latitude < 52.37 else None

    def find_names(self, names: Sequence[str]) -> Sequence[NationalName]:
        return [each for each in (LANE, CHURCH, OVER) if spelt(each.name) in names]


@pytest.fixture(scope="session")
def known() -> Geodata:
    fake = FakeGeography()
    return Geodata(fake, fake, fake)


@pytest.fixture(scope="session")
def asking(content: Content, known: Geodata) -> Asking:
    gazetteer = load_gazetteer(COUNTY, known)
    words = content.texts.words("en")
    now = datetime(2026, 11, 23, tzinfo=UTC)
    return Asking(FIELD, now, gazetteer, words, None, {}, load_landmarks(COUNTY, gazetteer, known))


def test_a_known_postcode_is_a_point_in_a_district(asking: Asking):
    read = read_place(asking, "cv34 6ph")
    assert isinstance(read, Answered)
    told = {
        k: read.value[k] for k in ("latitude", "longitude", "district", "certainty", "within_m", "postcode")
    }
    assert told == {
        "latitude": 52.2814,
        "longitude": -1.5853,
        "district": "warwick",
        "certainty": Certainty.POSTCODE,
        "within_m": 150,
        "postcode": "CV34 6PH",
    }


def test_a_postcode_over_the_border_has_its_own_police(asking: Asking):
    read = read_place(asking, "the field by CV23 8ZZ")
    assert isinstance(read, Unclear)
    assert (read.key, read.values["force"]) == ("place.outside", "Northamptonshire Police")


def test_a_postcode_that_is_none_is_told_once_and_then_taken_as_its_area(asking: Asking):
    read = read_place(asking, "CV34 9ZZ")
    assert isinstance(read, Unclear)
    assert (read.key, read.values) == ("place.no_postcode", {"postcode": "CV34 9ZZ"})
    again = replace(asking, partial=read.partial)
    assert repeat_place(again) == read
    same = read_place(again, "CV34 9ZZ")
    assert isinstance(same, Answered)
    assert (same.value["certainty"], same.value["within_m"]) == (Certainty.POSTCODE_AREA, 6000)
    other = read_place(again, "sorry, CV34 6PH")
    assert isinstance(other, Answered)
    assert (other.value["postcode"], other.value["certainty"]) == ("CV34 6PH", Certainty.POSTCODE)
    assert isinstance(read_place(again, "CV34 9ZX"), Answered)


def test_a_place_known_by_name_needs_no_right_postcode(asking: Asking):
    read = read_place(asking, "Warwick Racecourse CV34 9ZZ")
    assert isinstance(read, Answered)
    assert read.value["name"] == "Warwick Racecourse"


def test_without_the_data_a_postcode_is_its_area_and_no_more(content: Content):
    place = content.gazetteer.read("CV34 6PH")
    assert (place.certainty, place.within_m, place.district) == (Certainty.POSTCODE_AREA, 6000, "warwick")
    assert not content.gazetteer.is_no_postcode("CV34 9ZZ")


def test_a_postcode_looked_up_elsewhere_counts_for_its_turn(content: Content):
    gazetteer = content.gazetteer
    assert gazetteer.needs_point("CV34 6PH")
    told = gazetteer.told_of((PostcodePoint("CV34 6PH", 52.2814, -1.5853, "E07000222", "Warwick"),))
    assert (told.read("CV34 6PH").certainty, told.read("CV34 6PH").district) == (
        Certainty.POSTCODE,
        "warwick",
    )
    assert gazetteer.told_of((PostcodePoint("CV34 9ZZ"),)).is_no_postcode("CV34 9ZZ")
    assert gazetteer.read("CV34 6PH").certainty is Certainty.POSTCODE_AREA


@pytest.mark.parametrize(
    ("pin", "district", "outside"),
    [
        ((52.2823, -1.5849), "warwick", None),
        ((52.30, -1.21), None, "Northamptonshire Police"),
        ((52.37, -1.53), None, "West Midlands Police"),
        ((55.4, -1.7), None, "far"),
    ],
    ids=str,
)
def test_a_boundary_decides_whose_pin_it_is(asking: Asking, pin, district, outside):
    place = asking.gazetteer.read_pin(Location(*pin))
    assert (place.district, place.outside, place.within_m) == (district, outside, 30)


def test_a_road_of_the_national_list_is_found(asking: Asking):
    read = read_place(asking, "the verge on quillet ln warwick")
    assert isinstance(read, Answered)
    assert (read.value["name"], read.value["district"]) == ("Quillet Lane, Warwick", "warwick")
    outside = read_place(asking, "snizzle lane near Barby, outside the village")
    assert isinstance(outside, Unclear)


@pytest.mark.parametrize(
    "said", ["everywhere", "Everywhere!", "all over Rugby", "all over the place", "nowhere"]
)
def test_everywhere_is_asked_for_one_place(asking: Asking, said: str):
    assert read_place(asking, said) == Unclear("place.one")


@pytest.mark.parametrize("said", ["all over the rec off Myton Road, Warwick", "all over Myton Fields"])
def test_all_over_one_place_is_that_place(asking: Asking, said: str):
    assert read_place(asking, said) != Unclear("place.one")


@pytest.mark.parametrize("pin", [(0.0, 0.0), (0.0001, -0.0001), (float("nan"), 1.0), (91.0, 0.0)], ids=str)
def test_a_pin_without_a_place_is_asked_for_again(asking: Asking, pin):
    read = read_pin(asking, Location(*pin))
    assert isinstance(read, Unclear)
    assert read.key == "place.no_pin"


@pytest.mark.parametrize(
    "pin", [(50.5, -1.5), (48.85, 2.35), (40.7, -74.0)], ids=["at sea", "abroad", "far away"]
)
def test_a_pin_far_away_is_asked_about(content: Content, asking: Asking, pin):
    read = read_pin(replace(asking, gazetteer=content.gazetteer), Location(*pin))
    assert isinstance(read, Unclear)
    assert read.key == "place.far"


@pytest.mark.parametrize(
    ("said", "within_m"),
    [
        ("52.2812, -1.5840", 30),
        ("52.281, -1.584", 100),
        ("52.28, -1.58", 1000),
        ("Barford", 1000),
        ("Rugby", 2500),
        ("a field by Barford", 2000),
        ("somewhere in Rugby", 2500),
        ("CV21", 6000),
    ],
)
def test_every_place_says_how_far_off_it_may_be(content: Content, said: str, within_m: int):
    assert content.gazetteer.read(said).within_m == within_m
