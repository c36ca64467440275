"""Bytes that were never a message, and messages that only look odd: the second must always be read."""

import random
from pathlib import Path

import pytest

from flows.cleaning import clean_text
from nlu.evaluate import read_examples
from nlu.noise import is_noise
from nlu.training_files import read_training

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8", "cp1252"])
@pytest.mark.parametrize("seed", range(20))
def test_random_bytes_are_noise(encoding: str, seed: int):
    content = random.Random(seed).randbytes(200)

    assert is_noise(content.decode(encoding, "replace"))


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8"])
def test_a_picture_or_a_program_sent_as_text_is_noise(encoding: str):
    for file in (ROOT / "docs/chat.png", Path("/bin/sh")):
        text = file.read_bytes()[:1_000].decode(encoding, "replace")
        assert is_noise(text)


def test_a_picture_is_noise_after_the_door_has_cleaned_it_too():
    assert is_noise(clean_text((ROOT / "docs/chat.png").read_bytes()[:2_000].decode("latin-1")))


@pytest.mark.parametrize(
    "text", ["", "   ", "...", "?!?", "-----", "\ufffd\ufffd", "\x00\x01", "|_| |_|", "£$"]
)
def test_signs_alone_are_noise(text: str):
    assert is_noise(text)


@pytest.mark.parametrize(
    "text",
    [
        "n",
        "6",
        "+44 7700 900123",
        "<3",
        "\u0661\u0662",
        "\U0001f44d",
        "\U0001f468\u200d\U0001f469",
        "\u2764\ufe0f",
        "k\u200bill",
        "\u202eabc",
        "a\ud800b\x00c",
        "hes got a knife \ufffd\ufffd\ufffd\ufffd \ufffd\ufffd\ufffd\ufffd",
        "~*~ HELP ~*~ me ~*~",
        '{"text": [1, 2]}',
        "zażółć gęślą jaźń",
        "ਮਦਦ ਕਰੋ, ਚੋਰ ਆ ਗਏ",
        "допоможіть, він б'є мене",
        "ساعدني من فضلك",
        "救命，有人闯进来了",
        "H\u0337e\u0338l\u0335l\u0336o\u0337",
    ],
    ids=ascii,
)
def test_what_somebody_wrote_is_no_noise(text: str):
    assert not is_noise(text)


def test_no_message_that_is_trained_on_or_judged_by_is_noise_unless_it_has_no_letters():
    said = [(m.text, m.label) for m in read_training(ROOT)]
    said += [(e.text, e.label) for e in read_examples(ROOT / "tests/nlu/validation.jsonl")]

    taken = [(text, label) for text, label in said if is_noise(text)]
    assert {label for _, label in taken} <= {"out_of_scope"}
    assert not any(c.isalnum() for text, _ in taken for c in text)
