"""References: speakable, and wrong ones are known as wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.references import ALPHABET, NUMBERS, find_reference, make_reference

numbers = st.integers(0, NUMBERS - 1)


@given(numbers)
def test_every_reference_is_found_again(number):
    reference = make_reference("EN", number)
    assert find_reference(f"any news on {reference.lower()}?") == reference
    assert find_reference(reference.replace("-", " ")) == reference
    assert find_reference(reference.replace("-", "")) == reference


@given(numbers)
def test_every_single_wrong_character_is_found(number):
    reference = make_reference("EN", number)
    for at in (3, 4, 5, 6, 8, 9, 10):
        for other in ALPHABET:
            if other != reference[at]:
                wrong = reference[:at] + other + reference[at + 1 :]
                assert find_reference(wrong) is None, wrong


@given(numbers)
def test_every_swap_of_neighbours_is_found(number):
    prefix, first, second = make_reference("EN", number).split("-")
    code = first + second
    for at in range(len(code) - 1):
        swapped = code[:at] + code[at + 1] + code[at] + code[at + 2 :]
        if swapped != code:
            assert find_reference(f"{prefix}-{swapped[:4]}-{swapped[4:]}") is None, swapped


def test_letters_that_sound_like_digits_are_repaired():
    assert find_reference("EN-OO3R-JOH") == make_reference("EN", 123456)


@pytest.mark.parametrize("text", ["", "EN", "EN-0000", "hello EN-7K3F", "CV34 6PH"])
def test_no_reference(text):
    assert find_reference(text) is None


def test_no_letter_that_is_mistaken_for_another():
    assert not set("ILOU") & set(ALPHABET)
