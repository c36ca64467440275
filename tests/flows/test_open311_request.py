"""Requests of other bodies' systems, read as a form: by the conversation's own readers, with nobody to ask back."""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from flows.content import Content, load_content
from flows.open311 import attributes_of, why_no_service
from flows.open311_request import Refused, Taken, Told, read_request

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
PIN = {"latitude": "52.2821", "longitude": "-1.5679"}


@cache
def content() -> Content:
    return load_content(ROOT / "flows", ROOT / "county")


def read(form: str = "encampment", attributes: dict[str, tuple[str, ...]] | None = None, **told: str) -> Any:
    given = Told(attributes=attributes or {}, **(PIN | told))
    return read_request(content().forms[form], given, content(), NOW)


def taken(form: str = "encampment", **told: Any) -> Taken:
    found = read(form, **told)
    assert isinstance(found, Taken), found
    return found


def test_only_forms_about_a_place_that_ask_nothing_of_a_person_are_services():
    fit = {form.id for form in content().forms.values() if not why_no_service(form)}
    assert fit == {"encampment", "concern"}


def test_the_description_answers_the_question_for_words():
    assert (
        taken("concern", description="Bins are tipped over").filed.answers["what"] == "Bins are tipped over"
    )
    both = taken("concern", description="Bins", attributes={"what": ("Bins",)})
    assert both.filed.answers["what"] == "Bins"
    more = taken(attributes={"details": ("Gate blocked",)}, description="Come by the lane")
    assert more.filed.answers["details"] == "Gate blocked\nCome by the lane"


def test_words_about_who_people_are_are_not_kept_and_that_is_noted():
    found = taken(description="Filthy gypsies, AB12 CDE, six caravans by the gate")
    kept = str(found.filed.answers.get("details", ""))
    assert "gypsies" not in kept.casefold()
    assert "AB12" not in kept
    assert {m.kind for m in found.moderated} >= {"hostile"}
    assert {(m.form, m.field) for m in found.moderated} == {("encampment", "details")}


@pytest.mark.parametrize(
    ("said", "value", "precision"),
    [
        ("2026-11-25", "2026-11-25T12:00:00+00:00", "day"),
        ("2026-11-25T08:30:00Z", "2026-11-25T08:30:00+00:00", "minute"),
        ("2026-11-25T08:30:00+01:00", "2026-11-25T07:30:00+00:00", "minute"),
        ("2026-06-25T08:30", "2026-06-25T07:30:00+00:00", "minute"),
        ("last night", "2026-11-25T21:00:00+00:00", None),
    ],
)
def test_times_are_read_as_iso_or_as_people_say_them(said: str, value: str, precision: str | None):
    seen = taken(attributes={"seen_at": (said,)}).filed.answers["seen_at"]
    if precision:
        assert (seen["value"], seen["precision"]) == (value, precision)
    assert seen["value"][:10] == value[:10]


@pytest.mark.parametrize(
    "said", ["2026-11-27T12:00:00Z", "2019-01-01", "9999-12-31", "0001-01-01", "soon", "2026-13-01"]
)
def test_a_time_that_cannot_be_is_refused(said: str):
    found = read(attributes={"seen_at": (said,)})
    assert isinstance(found, Refused)
    assert found.faults[0].startswith("attribute[seen_at]:")


def test_a_town_alone_is_kept_as_loosely_as_it_is_known_and_two_places_are_refused_by_name():
    loose = read(latitude="", longitude="", address="Southam")
    assert isinstance(loose, Taken)
    assert loose.filed.certainty == "named_place"
    unsettled = read(latitude="", longitude="", address="recreation ground")
    assert isinstance(unsettled, Refused)


def test_a_pin_just_over_the_border_is_kept_and_goes_to_those_outside():
    found = taken(latitude="52.40", longitude="-1.51").filed
    assert (found.district, found.desk) == (None, "outside_county")


def test_every_attribute_of_every_service_can_be_answered_by_its_own_values():
    for form in (f for f in content().forms.values() if not why_no_service(f)):
        given = {a.code: (a.values[0][0],) for a in attributes_of(form) if a.values}
        assert isinstance(read(form.id, given, description="words"), Taken)
