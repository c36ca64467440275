"""What is taken out of a message, and what must stay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.cleaning import clean_text


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("plain words", "plain words"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("nul\x00 and bell\x07", "nul and bell"),
        ("lone \ud800surrogate", "lone surrogate"),
        ("\u202eabc\u202c \u2066def\u2069", "abc def"),
        ("e\u0301", "\u00e9"),
        ("a" + "\u0301" * 1000, "\u00e1" + "\u0301" * 4),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f468\u200d\U0001f469\u200d\U0001f467"),
        ("\u0a28\u0a4d\u200d\u0a39", "\u0a28\u0a4d\u200d\u0a39"),
        ("\U0001f44d\U0001f3fd", "yes"),
        (" \U0001f44e ", "no"),
        ("\U0001f44d great", "\U0001f44d great"),
        ("", ""),
    ],
    ids=range(13),
)
def test_clean(text, clean):
    assert clean_text(text) == clean


@given(st.text(st.characters(categories=None)))
def test_clean_text_can_be_stored_anywhere_and_is_clean_already(text):
    clean = clean_text(text)
    assert "\x00" not in clean
    clean.encode("utf-8")
    assert clean_text(clean) == clean
