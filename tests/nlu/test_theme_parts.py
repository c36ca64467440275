"""Answers in their parts, and the words a theme is known by."""

import pytest

from nlu.clauses import says_nothing, split_answer
from nlu.theme_words import label_themes


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("More police. Fix the lights on Mill Lane!", ["More police.", "Fix the lights on Mill Lane!"]),
        ("1. Speeding cars outside\n2. Drugs in the park", ["Speeding cars outside", "Drugs in the park"]),
        ("The cars go far too fast. Really.", ["The cars go far too fast. Really."]),
        (
            "the street lights on our road are off all night, and the bins are never emptied by the council",
            [
                "the street lights on our road are off all night",
                "and the bins are never emptied by the council",
            ],
        ),
        ("speeding, drugs, litter", ["speeding, drugs, litter"]),
        (" ... \n 5 ", []),
        ("", []),
    ],
)
def test_answer_is_parted_where_another_thought_begins(text, parts):
    assert split_answer(text) == parts


@pytest.mark.parametrize("text", ["n/a", "Don\u2019t know.", " NONE ", "...", "", "no  comment"])
def test_nothing_said(text):
    assert says_nothing(text)


@pytest.mark.parametrize("text", ["no police here", "nothing is done about drugs", "potholes"])
def test_something_said(text):
    assert not says_nothing(text)


def test_theme_is_known_by_words_the_others_do_not_use():
    lights = [
        "the lamps are out by the school",
        "a lamp broke",
        "lamps off, <name> fell",
        "dark school lamps",
    ]
    dogs = ["dogs loose by the school", "a dog bit me", "dogs on the green", "school dogs"]
    first, second = label_themes([lights, dogs])
    assert first[0] == "lamps" and second[0] == "dogs"
    assert "name" not in first
