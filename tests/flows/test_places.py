"""The gazetteer over the county's own places."""

import math
from pathlib import Path

import pytest

from flows.messages import Location
from flows.place import Certainty
from flows.places import find_coordinates
from flows.yaml_lines import read_yaml

COUNTY = Path(__file__).parents[2] / "county"
PLACES = read_yaml(COUNTY / "places.yml")["places"]
AMBIGUOUS = read_yaml(COUNTY / "neighbours.yml")["ambiguous"]
ASKED = {name for row in AMBIGUOUS for name in (row["name"], *row["also"])}
NEIGHBOURS = read_yaml(COUNTY / "neighbours.yml")["places"]


@pytest.fixture(scope="session")
def gazetteer(content):
    return content.gazetteer


@pytest.mark.parametrize("row", PLACES, ids=lambda r: r["name"])
def test_every_place_is_found_in_its_district_by_every_name(gazetteer, row):
    for name in {row["name"], *row["also"]} - ASKED:
        for said in (name, name.lower(), name.replace("-", " ").replace("'", "")):
            place = gazetteer.read(said)
            assert (place.district, place.certainty) == (row["district"], Certainty.NAMED_PLACE), said
        near = gazetteer.read(f"lay-by on the A46 near {name}")
        assert (near.district, near.certainty) == (row["district"], Certainty.NEAR)


@pytest.mark.parametrize("row", AMBIGUOUS, ids=lambda r: r["name"])
def test_a_name_of_several_places_is_asked_about(gazetteer, row):
    for name in (row["name"], *row["also"]):
        place = gazetteer.read(f"the lay-by at {name}")
        assert (place.ask, place.district, place.outside) == (row["ask"], None, None)
        assert gazetteer.read(f"{name}, near Southam").name == "Southam"
        assert gazetteer.read(f"{name} Road").ask is None


@pytest.mark.parametrize(
    ("first", "more", "district", "outside"),
    [
        ("Exhall", "near Alcester", "stratford_on_avon", None),
        ("Exhall", "the one near Bedworth", "nuneaton_and_bedworth", None),
        ("Exhall", "Exhall", None, None),
        ("Keresley", "the Coventry side", None, "West Midlands Police"),
        ("Burton Green", "the Warwickshire side", "warwick", None),
        ("Keresley", "the Warwickshire side", None, None),
        ("Tamworth", "in Tamworth", None, "Staffordshire Police"),
        ("Kilsby", "just over the border", "rugby", None),
    ],
)
def test_the_answer_to_it_settles_what_it_can(gazetteer, first, more, district, outside):
    place = gazetteer.merge(gazetteer.read(first), more)
    assert (place.district, place.outside) == (district, outside)


@pytest.mark.parametrize("row", [r for r in NEIGHBOURS if r["name"] not in ASKED], ids=lambda r: r["name"])
def test_every_neighbour_is_outside_and_has_a_force(gazetteer, row):
    place = gazetteer.read(f"car park in {row['name']}")
    assert (place.district, place.outside) == (None, row["force"])


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("lemington spa", "Royal Leamington Spa"),
        ("leamington", "Royal Leamington Spa"),
        ("stratford", "Stratford-upon-Avon"),
        ("stratford upon avon", "Stratford-upon-Avon"),
        ("kennilworth", "Kenilworth"),
        ("nuneton", "Nuneaton"),
        ("bishops tachbrook", "Bishop's Tachbrook"),
        ("athersone", "Atherstone"),
        ("coleshil", "Coleshill"),
    ],
)
def test_misspelt_and_short_names(gazetteer, said, name):
    assert gazetteer.read(said).name == name


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Coventry Road, Bedworth", "Bedworth"),
        ("Warwick Road Kenilworth", "Kenilworth"),
        ("Birmingham Road, Warwick", "Warwick"),
        ("rugby club in Southam", "Southam"),
        ("rec off Myton Road Warwick", "Warwick"),
        ("Coventry Road", None),
        ("the rugby pitch", None),
        ("Banbury Road", None),
        ("the A46", None),
        ("near me", None),
        ("the other side of the county line", None),
        ("///warwick.rugby.table", None),
        ("///filled.count.soap near Warwick", "Warwick"),
        ("", None),
        ("have pulled up", None),
    ],
)
def test_roads_and_words_that_only_look_like_places(gazetteer, said, name):
    assert gazetteer.read(said).name == name


def test_a_road_number_is_no_postcode(gazetteer):
    assert gazetteer.read("lay-by on the A46").postcode is None
    assert gazetteer.read("by the M40 at J12").postcode is None


@pytest.mark.parametrize(
    ("said", "district", "outside"),
    [
        ("CV34 6PH", "warwick", None),
        ("CV32", "warwick", None),
        ("CV12 8AA", "nuneaton_and_bedworth", None),
        ("CV35 8AB", None, None),
        ("CV7 7AA", None, None),
        ("M1 1AE", None, "postcode"),
        ("Barford CV35 8AB", "warwick", None),
    ],
)
def test_a_postcode_decides_a_district_only_where_it_lies_in_one(gazetteer, said, district, outside):
    place = gazetteer.read(said)
    assert (place.district, place.outside) == (district, outside)


@pytest.mark.parametrize(
    ("pin", "district", "outside"),
    [
        ((52.2823, -1.5849), "warwick", None),
        ((52.41, -1.51), None, "West Midlands Police"),
        ((0.0, 0.0), None, "far"),
        ((51.5, -0.12), None, "far"),
        ((-90.0, 180.0), None, "far"),
        ((math.nan, 1.0), None, "far"),
        ((math.inf, 1.0), None, "far"),
        ((91.0, 0.0), None, "far"),
    ],
    ids=str,
)
def test_pin(gazetteer, pin, district, outside):
    place = gazetteer.read_pin(Location(*pin))
    assert (place.district, place.outside, place.certainty) == (district, outside, Certainty.PIN)


@pytest.mark.parametrize(
    ("text", "certainty"),
    [
        ("52.2812, -1.5840", Certainty.PIN),
        ("52.28,-1.58", Certainty.NEAR),
        ("https://maps.google.com/?q=52.2812,-1.5840", Certainty.PIN),
        ("52.2812 -1.5840", Certainty.PIN),
    ],
)
def test_typed_coordinates_count_as_exactly_as_they_are_written(gazetteer, text, certainty):
    place = gazetteer.read(text)
    assert (place.district, place.certainty, place.text) == ("warwick", certainty, text)


@pytest.mark.parametrize(
    "text", ["52", "1.5", "99.99, 200.00", "5.50 7.25 8.30", "£10.50", "version 1.22.333"]
)
def test_other_numbers_are_no_coordinates(text):
    found = find_coordinates(text)
    assert found is None or text == "5.50 7.25 8.30"


@pytest.mark.parametrize(
    ("first", "more", "text", "district", "certainty"),
    [
        ("warwick", "the rec", "warwick, the rec", "warwick", Certainty.NEAR),
        ("the rec", "warwick", "the rec, warwick", "warwick", Certainty.NEAR),
        ("the rec", "no idea where", "the rec, no idea where", None, Certainty.UNKNOWN),
        ("warwick", "coventry road", "warwick, coventry road", "warwick", Certainty.NEAR),
        ("CV35 8AB", "barford", "CV35 8AB, barford", "warwick", Certainty.NEAR),
    ],
)
def test_a_place_told_in_two_goes(gazetteer, first, more, text, district, certainty):
    place = gazetteer.merge(gazetteer.read(first), more)
    assert (place.text, place.district, place.certainty) == (text, district, certainty)
