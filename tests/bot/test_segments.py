"""Segment counts against another implementation's, and properties that hold for any text."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.segments import (
    GSM_BASIC,
    GSM_EXTENSION,
    count_segments,
    fold,
    gsm_units,
    is_gsm7,
    split_text,
    utf16_units,
)

PEERS = Path(os.environ.get("FRONTDOOR_PEERS", Path(__file__).parents[3] / "shared" / "peers"))
ORACLE = PEERS / "sms" / "sms_segments_oracle.json"


def _oracle_cases() -> list[Any]:
    if not ORACLE.exists():
        absent = pytest.mark.skip(reason=f"the segment oracle {ORACLE.name} is not here")
        return [pytest.param(None, id="oracle absent", marks=absent)]
    cases = json.loads(ORACLE.read_text(encoding="utf-8"))["cases"]
    return [pytest.param(case, id=case["name"]) for case in cases]


@pytest.mark.parametrize("case", _oracle_cases())
def test_counts_as_twilios_calculator_does(case: dict[str, Any]) -> None:
    expected = case["auto"]
    counted = count_segments(case["text"])
    bits = 7 if expected["encoding"] == "GSM-7" else 16
    assert counted.encoding == expected["encoding"]
    assert counted.segments == expected["segments"]
    assert counted.units * bits == expected["message_bits"]


def test_the_alphabet_is_whole() -> None:
    # 128 places less the escape itself; the form feed and nine signs behind the escape
    assert len(GSM_BASIC) == 127
    assert len(GSM_EXTENSION) == 10
    assert not GSM_BASIC & GSM_EXTENSION


@pytest.mark.parametrize(
    ("text", "units", "segments"),
    [
        ("a" * 152 + "€" + "a" * 152, 306, 3),  # the escape pair does not fit into the first part
        ("й" * 66 + "😀" + "й" * 66, 134, 3),  # nor the surrogate pair
        ("€" * 80, 160, 1),
        ("😀" * 35, 70, 1),
    ],
)
def test_pairs_are_never_cut(text: str, units: int, segments: int) -> None:
    assert (count_segments(text).units, count_segments(text).segments) == (units, segments)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("It’s “fine” – really…", 'It\'s "fine" - really...'),
        ("a\u00a0b\tc", "a b c"),
        ("• one\n• two", "- one\n- two"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("left\u200e to right", "left to right"),
        ("one\r\ntwo\u2028three", "one\ntwo\nthree"),
        ("`code`", "'code'"),
        ("½ mile", "1/2 mile"),
        ("£5 for a café", "£5 for a café"),  # é is in the alphabet
        ("Zażółć w Łodzi", "Zazolc w Lodzi"),
        ("Tŷ Ŵyn", "Ty Wyn"),
        ("e\u0301", "é"),
        ("ŵ 😀", "ŵ 😀"),  # it is UCS-2 anyway, so the name keeps its letter
        ("Привет Łódź", "Привет Łódź"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
    ],
)
def test_folds(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_letters_can_be_kept() -> None:
    assert fold("Tŷ – hir", letters=False) == "Tŷ - hir"


@given(st.text())
@example("´´`")
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet=sorted(GSM_BASIC - {"\r"} | GSM_EXTENSION)))
def test_gsm_text_is_left_alone(text: str) -> None:
    assert fold(text) == text


@given(st.text())
def test_folding_never_costs_more_segments(text: str) -> None:
    # One sign can become five ("™" is "(TM)"), so only where the fold reaches the cheaper alphabet or keeps it.
    folded = fold(text)
    if not is_gsm7(text):
        assert count_segments(folded).segments <= max(count_segments(text).segments, len(folded) // 153 + 1)


@given(st.text(max_size=800))
def test_segments_hold_all_units_and_waste_at_most_one_each(text: str) -> None:
    counted = count_segments(text)
    alone, joined = (160, 153) if counted.encoding == "GSM-7" else (70, 67)
    if counted.units <= alone:
        assert counted.segments == 1
    else:
        assert counted.segments * joined >= counted.units
        assert (counted.segments - 1) * (joined - 1) < counted.units


@given(
    st.text(alphabet=st.sampled_from("ab .!\n€é😀\u200d\u0301🇬🇧"), max_size=300),
    st.integers(min_value=2, max_value=60),
)
def test_splitting_loses_nothing_but_blanks(text: str, limit: int) -> None:
    for units_of in (gsm_units, utf16_units):
        parts = split_text(text, limit, units_of)
        assert all(part.strip() for part in parts)
        assert all(sum(map(units_of, part)) <= limit for part in parts)
        assert "".join("".join(parts).split()) == "".join(text.split())


def test_splits_at_lines_then_sentences_then_words() -> None:
    assert split_text("one two\nthree four", 12, utf16_units) == ["one two", "three four"]
    assert split_text("A cat sat. It slept well", 14, utf16_units) == ["A cat sat.", "It slept well"]
    assert split_text("alpha beta gamma", 11, utf16_units) == ["alpha beta", "gamma"]
    assert split_text("x" * 25, 10, utf16_units) == ["x" * 10, "x" * 10, "x" * 5]


def test_a_family_and_an_accent_stay_whole() -> None:
    family = "👨\u200d👩\u200d👧"
    assert split_text("aaaaaa" + family, 10, utf16_units) == ["aaaaaa", family]
    assert split_text("abcde\u0301f", 5, utf16_units) == ["abcd", "e\u0301f"]
