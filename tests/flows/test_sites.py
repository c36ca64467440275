"""Which reports are of the same site, and how far off a point may be."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from flows.place import Certainty, km_between
from flows.site_matching import ASK, GROUP, decide, find_twin, likelihood, rank
from flows.sites import (
    Sighting,
    Site,
    cells_around,
    find_cell,
    find_reach_m,
    is_better_placed,
    name_place,
    radius_m,
)

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
LATITUDE, LONGITUDE = 52.28, -1.58


def days(number: float) -> datetime:
    return NOON + timedelta(days=number)


def north(metres: float) -> float:
    return LATITUDE + metres / 111_195


def pin(metres: float = 0, day: float = 0, **different: object) -> Sighting:
    return replace(Sighting(north(metres), LONGITUDE, Certainty.PIN, 30, days(day)), **different)


def words(metres: float = 0, day: float = 0, within_m: int = 500, **different: object) -> Sighting:
    return pin(metres, day, certainty=Certainty.NEAR, within_m=within_m, **different)


def site(*reports: Sighting, key: str = "EN-1", ended_at: datetime | None = None) -> Site:
    return Site(key, reports, ended_at)


def test_a_pin_where_one_was_yesterday_is_the_same_site() -> None:
    assert likelihood(pin(40, 1), site(pin())) > 0.99


def test_the_farther_off_the_less_likely_and_the_vaguer_the_farther() -> None:
    off = [likelihood(pin(metres, 1), site(pin())) for metres in (0, 200, 400, 900, 2500)]
    assert off == sorted(off, reverse=True)
    assert off[0] > GROUP and off[-1] < ASK
    assert likelihood(words(900, 1, within_m=1000), site(pin())) > off[3]


def test_long_after_the_last_report_it_is_another_site() -> None:
    assert likelihood(pin(0, 60), site(pin())) < GROUP
    assert likelihood(pin(0, 60), site(pin(), pin(20, 55))) > GROUP


def test_what_was_seen_before_the_end_is_of_the_site_and_what_was_seen_days_after_is_not() -> None:
    ended = site(pin(), ended_at=days(5))
    assert likelihood(pin(10, 7, seen_at=days(4)), ended) > GROUP
    assert likelihood(pin(10, 20), ended) < GROUP


def test_the_name_of_the_place_and_the_kind_of_land_count() -> None:
    known = site(words(name="Myton Road", land="park"))
    plain = likelihood(words(600, 1), known)
    assert likelihood(words(600, 1, name="Myton Rd."), known) != plain
    assert likelihood(words(600, 1, name="Road, Myton"), known) > plain
    assert likelihood(words(600, 1, name="Hill Farm"), known) < plain
    assert likelihood(words(600, 1, land="park"), known) > likelihood(words(600, 1, land="farmland"), known)


def test_what_may_be_of_two_sites_is_put_to_neither_and_asked_about() -> None:
    two = [site(pin(0), key="EN-1"), site(pin(800), key="EN-2")]
    grouping = decide(words(400, 1), two)
    assert grouping.into is None
    assert {match.key for match in grouping.perhaps} == {"EN-1", "EN-2"}
    assert decide(pin(10, 1), two).into is not None


def test_two_cases_of_one_site_do_not_speak_against_each_other() -> None:
    twins = [site(pin(0), key="EN-1"), site(pin(10), key="EN-2")]
    assert rank(pin(5, 1), twins)[0].sure > GROUP


def test_nothing_is_put_unasked_to_a_closed_case() -> None:
    closed = site(pin(), ended_at=days(3))
    grouping = decide(pin(0, 4, seen_at=days(2)), [closed], closed={"EN-1"})
    assert grouping.into is None
    assert [match.key for match in grouping.perhaps] == ["EN-1"]


def test_a_point_too_vague_is_of_no_site() -> None:
    vague = pin(certainty=Certainty.POSTCODE_AREA)
    assert likelihood(vague, site(pin())) == 0
    assert likelihood(pin(), site(vague)) == 0
    assert find_reach_m(vague.certainty, vague.within_m) is None


def test_a_pin_brings_two_cases_together() -> None:
    grown = site(words(300, within_m=700, name="Hill Farm"), pin(0, 1), key="EN-1")
    other = site(pin(20, 0.5), key="EN-2")
    found = find_twin(grown, [other])
    assert found is not None and found.key == "EN-2"
    assert find_twin(grown, [site(pin(1500), key="EN-3")]) is None


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ({"name": "Myton Road", "text": "the rec off myton rd", "within_m": 500}, "Myton Road"),
        ({"name": "Southam", "text": "Southam", "within_m": 1000}, ""),
        (
            {"name": "Southam", "text": "lay-by on Banbury Road, Southam", "within_m": 2000},
            "banbury road southam",
        ),
        ({"name": "Southam", "text": "", "within_m": 30}, ""),
        ({}, ""),
        (None, ""),
    ],
)
def test_a_landmark_names_the_place_and_a_town_does_not(place: object, name: str) -> None:
    assert name_place(place) == name


def test_a_pin_is_better_placed_than_words() -> None:
    assert is_better_placed("pin", 30, ("near", 1000))
    assert not is_better_placed("near", 1000, ("pin", 30))
    assert not is_better_placed("near", 500, ("near", 700))
    assert not is_better_placed("postcode_area", 6000, ("near", 1000))
    assert radius_m("unknown", None) is None


@pytest.mark.parametrize("metres", [100, 1500, 3000])
def test_every_point_within_reach_lies_in_the_cells_around(metres: int) -> None:
    cells = cells_around(LATITUDE, LONGITUDE, metres)
    for step in range(0, 360, 15):
        east, up = (step % 90) / 90 * 2 - 1, (step // 90) / 3 * 2 - 1
        point = LATITUDE + up * metres / 111_195, LONGITUDE + east * metres / 68_100
        if km_between(LATITUDE, LONGITUDE, *point) * 1000 <= metres:
            assert find_cell(*point) in cells
    assert find_cell(None, LONGITUDE) is None
