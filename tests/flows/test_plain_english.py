"""Reading age and sentence length, by texts whose measure is known."""

from pathlib import Path

import pytest
import textstat

from flows.content import load_content
from flows.plain_english import longest_sentence, read_aloud, reading_age

ROOT = Path(__file__).parents[2]
EASY = "Lock the door. Shut the gate. Call 999."
HARD = (
    "Notwithstanding considerable uncertainty regarding forthcoming legislative implementation, organisations "
    "should nevertheless prioritise comprehensive vulnerability identification."
)


def test_a_step_is_a_sentence_and_a_number_is_a_word():
    text = "Do this:\n1. Lock up\n- Call 0808 16 89 111 or see example.org/a.b"
    assert read_aloud(text) == "Do this. Lock up. Call 9 or see this site."


def test_reading_age_is_flesch_kincaid_and_five_years():
    assert reading_age(HARD) == textstat.flesch_kincaid_grade(HARD) + 5
    assert reading_age(EASY) < 8 < 16 < reading_age(HARD)


def test_longest_sentence():
    assert longest_sentence("One two. One two three four! One.") == "One two three four!"


def test_nearly_every_answer_is_read_with_ease_at_eleven():
    answers = load_content(ROOT / "flows", ROOT / "county").knowledge.values()
    texts = [t for e in answers for words in (e, *e.cases.values()) for t in (words.text, words.sms)]
    easy_answers = [
        e
        for e in answers
        if all(reading_age(t) <= 11 for w in (e, *e.cases.values()) for t in (w.text, w.sms))
    ]
    assert len(texts) > 500
    assert len(easy_answers) >= 0.95 * len(answers)


@pytest.mark.parametrize("text", ["", "\n\n"])
def test_nothing_is_no_sentence(text):
    assert read_aloud(text) == "" and longest_sentence(text) == ""
