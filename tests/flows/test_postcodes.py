"""Postcodes by shape, with the slips people make."""

import pytest

from flows.postcodes import find_postcode, get_outward, read_postcode


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("CV34 6PH", "CV34 6PH"),
        ("cv346ph", "CV34 6PH"),
        ("it is cv34  6ph near the shop", "CV34 6PH"),
        ("CV34.6PH", "CV34 6PH"),
        ("CV34-6PH", "CV34 6PH"),
        ("CV34 6PH.", "CV34 6PH"),
        ("CV3O 6PH", "CV30 6PH"),
        ("B46 1AA", "B46 1AA"),
        ("M1 1AE", "M1 1AE"),
        ("SW1A 1AA", "SW1A 1AA"),
        ("CV34", None),
        ("A46", None),
        ("have pulled up", None),
        ("on the hill", None),
        ("", None),
        ("6 caravans", None),
    ],
)
def test_find(text, code):
    assert find_postcode(text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [("cv34 6ph", "CV34 6PH"), ("CV34", "CV34"), ("cv 34", "CV34"), ("near CV34", None), ("hello", None)],
)
def test_read_takes_a_postcode_and_nothing_else(text, code):
    assert read_postcode(text) == code


def test_outward_code():
    assert get_outward("CV34 6PH") == "CV34"
