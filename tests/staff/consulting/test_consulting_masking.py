"""Personal data in free answers, on a labelled set: what must not be seen, and what must."""

from pathlib import Path

import pytest
import yaml

from flows.content import load_content
from staff.consulting.masking import KINDS, LONGEST_PIECE, Masking

ROOT = Path(__file__).parents[3]
ANSWERS = yaml.safe_load((Path(__file__).parent / "answers_masked.yml").read_text(encoding="utf-8"))
RECALL_WANTED, SEEN_WANTED = 0.95, 0.98


@pytest.fixture(scope="module")
def masking() -> Masking:
    return Masking.for_county(load_content(ROOT / "flows", ROOT / "county"))


def test_personal_data_is_masked_and_what_answers_are_about_stays(masking):
    hidden = [(word, masking.mask(row["text"]).text) for row in ANSWERS for word in row.get("hidden", [])]
    seen = [(word, masking.mask(row["text"]).text) for row in ANSWERS for word in row.get("seen", [])]
    left = [(word, text) for word, text in hidden if word.casefold() in text.casefold()]
    lost = [(word, text) for word, text in seen if word not in text]
    assert len(ANSWERS) >= 60
    assert 1 - len(left) / len(hidden) >= RECALL_WANTED, left
    assert 1 - len(lost) / len(seen) >= SEEN_WANTED, lost


def test_kinds_are_told_and_what_was_found_is_not(masking):
    found = masking.mask("I'm Darren Holt, 07700 900123, CV32 4XY")
    assert found.kinds == ("postcode", "phone", "name")
    assert set(found.kinds) <= set(KINDS)
    assert "Darren" not in repr(found) and "900123" not in repr(found)


def test_long_answer_keeps_all_its_words_and_its_last_number_is_masked_too(masking):
    long = "the lamps by the school are out and nobody comes to mend them " * 40
    found = masking.mask(f"{long}. Ring 07700 900123.")
    assert len(found.text) > len(long) - 5 > LONGEST_PIECE
    assert found.text.endswith("Ring <phone>.")


@pytest.mark.parametrize("text", ["", " \n ", "<phone>", "\ue000 \ue001 £5"])
def test_odd_answers_pass(masking, text):
    assert masking.mask(text).kinds == ()


def test_pieces_never_cut_a_number_in_two(masking):
    for length in range(LONGEST_PIECE - 30, LONGEST_PIECE + 5):
        assert (
            "900123"
            not in masking.mask("a word " * (length // 7) + "x" * (length % 7) + " 07700 900123 is mine").text
        )
