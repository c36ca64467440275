"""How well the gazetteer finds what residents say: 471 phrases written by other hands than the gazetteer.

Every second phrase was looked at while the gazetteer was made; the others never were, and both halves are held
to the same marks.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from flows.content import Content
from flows.forms import FormField
from flows.place import Certainty, km_between
from flows.reading import Answered, Asking, Unclear
from flows.whereabouts import read_place

ROWS = [
    json.loads(line) for line in (Path(__file__).parent / "places_said.jsonl").read_text("utf-8").splitlines()
]
HALVES = {"looked at": ROWS[::2], "never looked at": ROWS[1::2]}
FIELD = FormField(id="place", kind="place", title="Where", ask="Where is it?")
# How far off each certainty may be; a landmark says itself how exactly it is known.
EXACT_KM = {
    Certainty.PIN: 0.2,
    Certainty.POSTCODE: 0.5,
    Certainty.NAMED_PLACE: 1.0,
    Certainty.NEAR: 2.5,
    Certainty.POSTCODE_AREA: 6.0,
}


@dataclass
class Figures:
    """Shares from 0 to 1: of phrases in the county, and `wrong` of all."""

    district: float
    within_1_km: float
    wrong: float
    wrong_ones: list[str]


def read(content: Content, text: str) -> tuple[bool, list[dict[str, Any]]]:
    """Whether the place was taken without asking, and the places it may be, likeliest first."""
    words = content.texts.words("en")
    asking = Asking(
        FIELD, datetime(2026, 11, 23, tzinfo=UTC), content.gazetteer, words, None, {}, content.landmarks
    )
    found = read_place(asking, text)
    if isinstance(found, Answered):
        return True, [found.value]
    if isinstance(found, Unclear) and found.partial:
        return False, found.partial.get("candidates") or [found.partial["place"]]
    return False, []


def measure(content: Content, rows: list[dict[str, Any]]) -> Figures:
    district = near = inside = 0
    wrong: list[str] = []
    for row in rows:
        taken, places = read(content, row["text"])
        points = [[row["latitude"], row["longitude"]]] if "latitude" in row else []
        points += [spot[:2] for spot in row.get("either", ())]
        away = [min((_km(place, spot) for spot in points), default=999.0) for place in places]
        if taken and _is_wrong(row, places[0], away[0]):
            wrong.append(f"{row['text']}: {places[0].get('name')} ({away[0]:.1f} km)")
        if row["district"] is None:
            continue
        inside += 1
        district += bool(places) and places[0].get("district") == row["district"]
        near += bool(away) and min(away) <= 1
    return Figures(district / inside, near / inside, len(wrong) / len(rows), wrong)


def _is_wrong(row: dict[str, Any], place: dict[str, Any], km: float) -> bool:
    if row.get("unknown"):
        return place["certainty"] != Certainty.UNKNOWN
    if row.get("outside"):
        return not place.get("outside")
    said = place["within_m"] / 1000 if "within_m" in place else EXACT_KM[Certainty(place["certainty"])]
    return km > max(1.0, said)


def _km(place: dict[str, Any], spot: list[float]) -> float:
    if "latitude" not in place:
        return 999.0
    return km_between(place["latitude"], place["longitude"], spot[0], spot[1])


@pytest.mark.parametrize("half", HALVES)
def test_what_residents_say_is_found(content: Content, half: str):
    figures = measure(content, HALVES[half])
    assert figures.district >= 0.95
    assert figures.within_1_km >= 0.90
    assert figures.wrong <= 0.01, figures.wrong_ones


def test_all_of_it_reaches_what_must_be_reached(content: Content):
    figures = measure(content, ROWS)
    assert figures.district >= 0.97
    assert figures.within_1_km >= 0.90
    assert figures.wrong <= 0.01, figures.wrong_ones


@pytest.mark.parametrize(
    "said",
    [
        *("Market Place", "church street", "Station Road", "the high street", "St Nicholas church"),
        *("Pooley Country Park, Rugby", "Myton Fields in Southam", "the A426 out of Rugby"),
    ],
)
def test_what_may_be_elsewhere_is_never_taken_unasked(content: Content, said: str):
    taken, _ = read(content, said)
    assert not taken
