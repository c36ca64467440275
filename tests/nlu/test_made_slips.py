"""Slips put in on purpose: one in five words, the same ones for the same seed."""

from random import Random

import pytest

from nlu.evaluate import Example
from nlu.made_slips import put_slips, slip

TEN = "someone broke into my shed last night and took everything"


@pytest.mark.parametrize("seed", range(20))
def test_two_words_of_ten_are_touched_by_one_letter_at_most(seed: int):
    before, after = TEN.split(" "), slip(TEN, Random(seed)).split(" ")
    changed = [(b, a) for b, a in zip(before, after, strict=True) if b != a]
    assert len(changed) <= 2
    assert all(abs(len(a) - len(b)) <= 1 for b, a in changed)


def test_slips_are_as_many_as_said():
    messages = [slip(TEN, Random(seed)).split(" ") for seed in range(500)]
    changed = sum(b != a for after in messages for b, a in zip(TEN.split(" "), after, strict=True))
    # Swapping two same letters changes nothing, now and then.
    assert 0.17 <= changed / (500 * 10) <= 0.2


def test_the_same_seed_gives_the_same_slips_and_labels_stay():
    examples = [
        Example(TEN, "report_crime", frozenset({"ask/after_a_burglary"}), {"place": {"text": "shed"}})
    ]
    once, again = put_slips(examples, 1), put_slips(examples, 1)
    assert once == again != examples
    assert (once[0].label, once[0].accept, once[0].entities) == ("report_crime", examples[0].accept, None)
    assert put_slips(examples, 2) != once


@pytest.mark.parametrize("text", ["", "a", "I", "  ", "?"])
def test_what_has_no_letters_to_slip_on_stays(text: str):
    assert slip(text, Random(1)) == text
