"""What the rules find in a message, and what they must leave alone."""

from pathlib import Path

import pytest

from flows.yaml_lines import read_yaml
from nlu.components.spans import Lexicon, find_spans, load_lexicon

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load_lexicon(
        ROOT / "nlu/components/lexicon.yml",
        place_names=["Warwick", "Bulkington", "Long Lawford"],
        outward_codes=["CV34", "B46"],
    )


def values(text: str, name: str, lexicon: Lexicon) -> list[str | int | None]:
    return [s.value for s in find_spans(text, lexicon) if s.name == name]


def words(text: str, name: str, lexicon: Lexicon) -> list[str]:
    return [text[s.start : s.end] for s in find_spans(text, lexicon) if s.name == name]


@pytest.mark.parametrize(
    ("text", "caravans"),
    [
        ("6 caravans on the rec", 6),
        ("SIX CARAVANS", 6),
        ("about half a dozen caravans", 6),
        ("a couple of caravans", 2),
        ("a dozen or so caravans", 12),
        ("10ish caravans", 10),
        ("10-ish caravans", 10),
        ("about 8 caravans", 8),
        ("5 or 6 caravans", 6),
        ("5-6 caravans", 6),
        ("five to seven big white caravans", 7),
        ("twenty two caravans", 22),
        ("20+ caravans", 20),
        ("6x caravans", 6),
        ("8 camper vans", 8),
        ("3 motor homes", 3),
        ("three tents by the canal", 3),
        ("4 caravans and 2 motorhomes", 6),
        ("six carvans", 6),
        ("loads of caravans", None),
        ("some caravans", None),
        ("caravans on the rec", None),
        ("two caravan sites near me", None),
        ("minus three caravans", None),
        ("-3 caravans", None),
        ("there is a caravan on the verge", 1),
        ("one of the caravans", None),
        ("caravans on the verge, 3 of em", 3),
        ("caravans - 6 of them", 6),
        ("theres 8 now, caravans i mean", 8),
        ("there were 3 caravans on friday and now theres 9", 9),
        ("caravans everywhere, i counted eleven", 11),
        ("two trailers, that makes five now", 5),
        ("caravans x4 transit x2", 4),
        ("caravans: 6, vehicles: 4", 6),
        ("caravans 6 vehicles 4", 6),
        ("caravan and a van on the verge", 1),
        ("twenty plus caravans", 20),
        ("twenty-odd caravans", 20),
        ("three or four caravans", 4),
        ("2 caravans and a motorhome", 3),
        ("the 6 caravans, all 6 caravans", 6),
        ("10 people in 3 tents", 3),
        ("3 kids and 2 dogs from the caravans", None),
        ("number 22 caravans opposite", None),
        ("caravans near junction 12", None),
        ("caravans at 5 this morning", None),
        ("cztery przyczepy", 4),
        ("cinci rulote", 5),
        ("três caravanas", 3),
        ("п'ять караванів", 5),
        ("ਤਿੰਨ ਕਾਰਵਾਂ", 3),
        ("do caravan park vich khade ne", 2),
        ("do caravans need permission", None),
    ],
)
def test_caravans_are_counted(text: str, caravans: int | None, lexicon: Lexicon):
    assert values(text, "caravans", lexicon) == ([] if caravans is None else [caravans])


@pytest.mark.parametrize(
    ("text", "vehicles"),
    [
        ("3 vans and a lot of mess", 3),
        ("6 caravans, a couple of pick-ups", 2),
        ("two 4x4s", 2),
        ("4 cars and 2 lorries with caravans", 6),
        ("3 transits", 3),
        ("6 caravans", None),
        ("3 car parks", None),
        ("a van followed me home", None),
        ("a caravan and a van", 1),
        ("one caravan and a big white van", 1),
        ("artic and two caravans", 1),
        ("8 vehicles in total, 5 cars and 3 vans", 8),
        ("30 vehicles inc 12 caravans", None),
        ("2 police cars at the caravans", None),
        ("caravans and a car couldnt get past", None),
        ("number 63 bus went by the caravans", None),
        ("trzy samochody", 3),
        ("două mașini", 2),
    ],
)
def test_other_vehicles_are_counted(text: str, vehicles: int | None, lexicon: Lexicon):
    assert values(text, "vehicles", lexicon) == ([] if vehicles is None else [vehicles])


@pytest.mark.parametrize(
    ("text", "postcode"),
    [
        ("at CV34 6PH", "CV34 6PH"),
        ("at cv346ph.", "CV34 6PH"),
        ("at cv34-6ph", "CV34 6PH"),
        ("CV3I 4PH", "CV31 4PH"),
        ("CV34 OPH", "CV34 0PH"),
        ("somewhere in CV34", "CV34"),
        ("near B46 somewhere", "B46"),
        ("on the A46", None),
        ("by the B4100", None),
        ("the M40", None),
        ("go to 2nd field", None),
        ("in so 1st", None),
        ("b4 the bridge", None),
        ("QQ1 1AA", None),
    ],
)
def test_postcodes_are_told_from_roads_and_words(text: str, postcode: str | None, lexicon: Lexicon):
    assert values(text, "postcode", lexicon) == ([] if postcode is None else [postcode])


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("any news on EN-7K3F-2QX", "EN-7K3F-2QX"),
        ("en-7k3f-2qx?", "EN-7K3F-2QX"),
        ("EN-7K3F-2QO", "EN-7K3F-2Q0"),
        ("in here now", None),
        ("we need you", None),
        ("on road 66a", None),
        ("EN-7K3U-2QX", None),
    ],
)
def test_references_are_found(text: str, reference: str | None, lexicon: Lexicon):
    assert values(text, "reference", lexicon) == ([] if reference is None else [reference])


def test_a_reference_without_dashes_must_pass_its_check(lexicon: Lexicon):
    from flows.references import make_reference

    good = make_reference("EN", 123_456_789)
    spaced = good.replace("-", " ")
    last = "0" if spaced[-1] != "0" else "1"

    assert values(f"ref {spaced}", "reference", lexicon) == [good]
    assert values(f"ref {spaced[:-1]}{last}", "reference", lexicon) == []


@pytest.mark.parametrize(
    ("text", "land"),
    [
        ("on the rec", "park"),
        ("on the recreation ground", "park"),
        ("on the village green", "park"),
        ("on the playing fields", "sports_ground"),
        ("the football pitch", "sports_ground"),
        ("in the lay-by", "verge_or_layby"),
        ("in a layby", "verge_or_layby"),
        ("on the grass verge", "verge_or_layby"),
        ("tesco car park", "car_park"),
        ("the industrial estate", "industrial"),
        ("on the school field", "school"),
        ("on the towpath", "waterside"),
        ("in the farmer's field", "farmland"),
        ("on my land", "private_land"),
        ("in the woods", "other"),
        ("the field behind the school", "farmland"),
        ("next to the canal in a lay by", "verge_or_layby"),
        ("near the school", None),
        ("by the canal", "waterside"),
        ("tents by the river", "waterside"),
        ("our car park", "car_park"),
        ("the pub car park", "car_park"),
        ("on the grass outside 22 Orchard Way", None),
        ("moved from the rec to the car park", "car_park"),
        ("next to Hatton Park", None),
        ("they park up every day", None),
        ("nowhere to park", None),
        ("caravan park prices", None),
    ],
)
def test_land_is_the_kind_they_stand_on(text: str, land: str | None, lexicon: Lexicon):
    assert values(text, "land", lexicon) == ([] if land is None else [land])


@pytest.mark.parametrize(
    ("text", "impact"),
    [
        ("rubbish everywhere", ["waste"]),
        ("gate blocked and dogs loose", ["blocked_access", "animals"]),
        ("I can't get out", ["blocked_access"]),
        ("they smashed the gate, generator going all night", ["damage", "noise"]),
        ("bonfire burning", ["fire"]),
        ("he threatened me", ["threatening_behaviour"]),
        ("one of them is pregnant", ["welfare_need"]),
        ("no rubbish", []),
        ("havent left any mess", []),
        ("haven't left any mess", []),
        ("no rubbish but the gate is blocked", ["blocked_access"]),
        ("no damage, dogs loose", ["animals"]),
        ("no trouble at all", ["none"]),
        ("keeping to themselves", ["none"]),
        ("no trouble but they blocked the gate", ["blocked_access"]),
        ("6 caravans", []),
        ("caravans next to the fire station", []),
        ("across the fire exit", ["blocked_access"]),
        ("I walked the dog past the caravans", []),
        ("my horses are frightened of them", []),
        ("our shed was broken into", []),
        ("Noise? None. Mess? None.", ["none"]),
        ("no mess but dogs loose", ["animals"]),
        ("an elderly man in the caravan looks ill", ["welfare_need"]),
    ],
)
def test_impact_is_what_is_said_and_not_denied(text: str, impact: list[str], lexicon: Lexicon):
    assert values(text, "impact", lexicon) == impact


@pytest.mark.parametrize(
    ("text", "seen_at"),
    [
        ("6 caravans since last night, gate blocked", "since last night"),
        ("came yesterday evening", "yesterday evening"),
        ("from friday", "from friday"),
        ("here 2 days ago", "2 days ago"),
        ("arrived this morning on the rec", "this morning"),
        ("about an hour ago", "about an hour ago"),
        ("a couple of hours ago", "a couple of hours ago"),
        ("been here since about 6pm yesterday", "since about 6pm yesterday"),
        ("since sat", "since sat"),
        ("came sunday night", "sunday night"),
        ("for 3 days", "for 3 days"),
        ("on the 3rd of November", "3rd of November"),
        ("last tuesday at half past six", "last tuesday at half past six"),
        ("he sat in the sun", None),
        ("every friday", None),
        ("next monday", None),
        ("about half a dozen caravans", None),
        ("6 caravans", None),
        ("sat morning 3 vans", "sat morning"),
        ("lst nite they come", "lst nite"),
        ("here since two days", "since two days"),
        ("since the 21st", "since the 21st"),
        ("about half six this mornin", "about half six this mornin"),
        ("been here for a week now", "for a week now"),
        ("caravans on the rec, about 3", None),
        ("they came about 3", "about 3"),
        ("five to seven caravans", None),
        ("stoją od wczoraj", "od wczoraj"),
        ("we have a match saturday", None),
    ],
)
def test_the_words_that_say_since_when(text: str, seen_at: str | None, lexicon: Lexicon):
    found = words(text, "seen_at", lexicon)

    assert len(found) == (seen_at is not None)
    assert all(seen_at is not None and seen_at in f for f in found)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("6 caravans on the rec off Myton Road Warwick since last night", "rec off Myton Road Warwick"),
        ("caravans in the lay-by on the A46, gate blocked", "lay-by on the A46"),
        ("on the rec off Myton Road, Warwick. Dogs loose", "rec off Myton Road, Warwick"),
        ("in long lawford, 3 vans", "long lawford"),
        ("caravans bulkington loads of them", "bulkington"),
        ("they are at Umberslade", "Umberslade"),
        ("vans next to the school on arden close", "school on arden close"),
        ("on the field", None),
        ("on friday", None),
        ("how do I report it", None),
        ("on to my land", None),
        ("we farm near Brailes, caravans in the field off Sutton Lane", "field off Sutton Lane"),
        ("residence in the pub car park in Warwick", "pub car park in Warwick"),
        ("caravans mill lane football pitch", "mill lane football pitch"),
        ("vans on newbold comyn they broke in", "newbold comyn"),
        ("caravans at the Hare and Hounds, Warwick", "Hare and Hounds, Warwick"),
        ("between Kineton and Wellesbourne", "Kineton and Wellesbourne"),
        ("caravans opposite 22 Orchard Way, Warwick", "22 Orchard Way, Warwick"),
        ("There's a wedding on friday", None),
    ],
)
def test_the_words_that_say_where(text: str, place: str | None, lexicon: Lexicon):
    assert words(text, "place", lexicon) == ([] if place is None else [place])


def test_one_message_carries_a_whole_report(lexicon: Lexicon):
    text = "6 caravans on the rec off Myton Road Warwick since last night, gate blocked"

    found = {s.name: (text[s.start : s.end], s.value) for s in find_spans(text, lexicon)}

    assert found == {
        "caravans": ("6", 6),
        "land": ("rec", "park"),
        "place": ("rec off Myton Road Warwick", None),
        "seen_at": ("since last night", None),
        "impact": ("blocked", "blocked_access"),
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\ud800",
        "\u0130stanbul 6 caravans",
        "caravans " * 2000,
        "on the " * 2000,
        "\u202e6 caravans",
        "6 " * 3000,
    ],
)
def test_strange_and_long_texts_keep_offsets_inside(text: str, lexicon: Lexicon):
    for span in find_spans(text, lexicon):
        assert 0 <= span.start < span.end <= len(text)


def test_offsets_hold_where_lower_case_is_longer(lexicon: Lexicon):
    text = "\u0130\u0130 6 caravans"

    assert words(text, "caravans", lexicon) == ["6"]


def test_curly_apostrophes_are_apostrophes(lexicon: Lexicon):
    assert values("can\u2019t get out", "impact", lexicon) == ["blocked_access"]


def test_every_kind_in_the_lexicon_is_one_of_the_contract():
    raw = read_yaml(ROOT / "nlu/components/lexicon.yml")

    assert set(raw["land"]) == {
        "park", "verge_or_layby", "car_park", "sports_ground", "private_land", "farmland", "school", "industrial",
        "waterside", "other",
    }  # fmt: skip
    assert set(raw["impact"]) == {
        "waste", "blocked_access", "damage", "noise", "animals", "fire", "threatening_behaviour", "welfare_need",
    }  # fmt: skip
