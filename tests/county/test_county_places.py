"""The gazetteer, districts, neighbours and bodies agree with one another."""

from collections import Counter

import pytest
from county_files import load, not_gsm7, septets

DISTRICTS = {district["id"]: district for district in load("districts.yml")["districts"]}
OUTWARD_CODES = load("districts.yml")["outward_codes"]
PLACES = load("places.yml")["places"]
NEIGHBOURS = load("neighbours.yml")
ORGANISATIONS = {body["id"]: body for body in load("organisations.yml")["organisations"]}

# Degrees around the county and, wider, around the places next to it.
COUNTY_BOX = (51.95, 52.70, -1.98, -1.16)
NEIGHBOUR_BOX = (51.85, 52.80, -2.15, -1.05)


def is_inside(point: dict, box: tuple[float, float, float, float]) -> bool:
    south, north, west, east = box
    return south <= point["latitude"] <= north and west <= point["longitude"] <= east


def test_the_five_districts_carry_their_ons_codes():
    assert {d["id"]: d["code"] for d in DISTRICTS.values()} == {
        "north_warwickshire": "E07000218",
        "nuneaton_and_bedworth": "E07000219",
        "rugby": "E07000220",
        "stratford_on_avon": "E07000221",
        "warwick": "E07000222",
    }
    assert sum(d["population"] for d in DISTRICTS.values()) == 596_772


def test_every_place_of_the_county_is_there():
    assert Counter(place["district"] for place in PLACES) == {
        "north_warwickshire": 42,
        "nuneaton_and_bedworth": 29,
        "rugby": 43,
        "stratford_on_avon": 48,
        "warwick": 39,
    }


def test_every_place_lies_in_the_county():
    assert [p["name"] for p in PLACES if not is_inside(p, COUNTY_BOX)] == []


def test_no_two_places_answer_to_one_name():
    names = [name.casefold() for place in PLACES for name in (place["name"], *place["also"])]
    assert [name for name, count in Counter(names).items() if count > 1] == []


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Leam", "Royal Leamington Spa"),
        ("Leamington Spa", "Royal Leamington Spa"),
        ("SoA", "Stratford-upon-Avon"),
        ("Shipston", "Shipston-on-Stour"),
        ("Long Itch", "Long Itchington"),
    ],
)
def test_short_names_lead_to_their_place(said, name):
    assert [place["name"] for place in PLACES if said in place["also"]] == [name]


def test_outward_codes_are_known_once_and_name_known_districts():
    assert len(OUTWARD_CODES) == 44
    assert len({row["code"] for row in OUTWARD_CODES}) == 44
    for row in OUTWARD_CODES:
        assert row["districts"], row["code"]
        assert set(row["districts"]) <= set(DISTRICTS), row["code"]
        assert isinstance(row["outside"], bool), row["code"]
        assert is_inside(row, NEIGHBOUR_BOX), row["code"]


@pytest.mark.parametrize(
    ("code", "districts", "outside"),
    [
        ("CV34", ["warwick"], False),
        ("CV8", ["warwick", "rugby"], True),
        ("CV11", ["nuneaton_and_bedworth", "rugby", "north_warwickshire"], False),
        ("B95", ["stratford_on_avon", "warwick"], False),
        ("B77", ["north_warwickshire"], True),
    ],
)
def test_outward_codes_say_the_main_district_first(code, districts, outside):
    (row,) = [row for row in OUTWARD_CODES if row["code"] == code]
    assert (row["districts"], row["outside"]) == (districts, outside)


def test_neighbours_surround_the_county_and_are_none_of_its_places():
    names = [place["name"] for place in NEIGHBOURS["places"]]
    assert len(names) == len(set(names)) >= 45
    assert not set(names) & {name for place in PLACES for name in (place["name"], *place["also"])}
    assert [p["name"] for p in NEIGHBOURS["places"] if not is_inside(p, NEIGHBOUR_BOX)] == []
    assert {place["force"] for place in NEIGHBOURS["places"]} == {
        "West Midlands Police",
        "Leicestershire Police",
        "Northamptonshire Police",
        "Thames Valley Police",
        "Gloucestershire Constabulary",
        "West Mercia Police",
        "Staffordshire Police",
    }


def test_one_council_has_one_force():
    forces = {(place["council"], place["force"]) for place in NEIGHBOURS["places"]}
    assert max(Counter(council for council, _ in forces).values()) == 1


def test_ambiguous_names_ask_a_question_that_has_two_answers():
    outside = {place["council"] for place in NEIGHBOURS["places"]}
    for row in NEIGHBOURS["ambiguous"]:
        assert set(row["districts"]) <= set(DISTRICTS), row["name"]
        assert set(row["councils"]) <= outside, row["name"]
        assert len(row["districts"]) + len(row["councils"]) >= 2, row["name"]
        assert row["ask"].endswith("?"), row["name"]
        assert septets(row["ask"]) <= 160 and not not_gsm7(row["ask"]), row["name"]


@pytest.mark.parametrize("name", ["Keresley", "Burton Green", "Hockley Heath", "DIRFT", "Tamworth"])
def test_border_names_are_asked_about(name):
    assert name in {row["name"] for row in NEIGHBOURS["ambiguous"]}


def test_every_district_has_its_council_and_every_body_known_districts():
    for district in DISTRICTS.values():
        council = ORGANISATIONS[district["council"]]
        assert council["kind"] == "district_council"
        assert council["districts"] == [district["id"]]
    for body in ORGANISATIONS.values():
        assert set(body["districts"]) <= set(DISTRICTS), body["id"]
        assert body["valid_from"] is None or body["valid_to"] is None or body["valid_from"] < body["valid_to"]


def test_commissioner_and_force_are_named_in_data():
    assert ORGANISATIONS["commissioner"]["title"] == "Police and Crime Commissioner for Warwickshire"
    assert ORGANISATIONS["force"]["title"] == "Warwickshire Police"
