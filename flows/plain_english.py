"""How hard a text is to read, by measures anybody can repeat: reading age and the length of sentences."""

import re
from functools import cache

from flows.said_contacts import WEB_ADDRESS

_NUMBER = re.compile(r"\d[\d ]*\d")
_STEP = re.compile(r"^\s*(?:-|\d+[.)])\s*")
# A pupil of a US grade is about five years older than its number.
YEARS_BEFORE_GRADE = 5


def reading_age(text: str) -> float:
    """The age in years at which a text is read with ease: Flesch-Kincaid grade + 5, by the textstat library.

    A step of a list counts as a sentence; addresses and telephone numbers count as one short word each,
    because nobody reads them aloud.
    """
    return _grade(read_aloud(text)) + YEARS_BEFORE_GRADE


@cache
def _grade(prose: str) -> float:
    import textstat  # for those who check words: the running service does without

    return float(textstat.flesch_kincaid_grade(prose))


def read_aloud(text: str) -> str:
    """A text as one would read it to somebody: lists as sentences, addresses and numbers as one word."""
    sentences = []
    for line in text.splitlines():
        said = _NUMBER.sub("9", WEB_ADDRESS.sub("this site", _STEP.sub("", line))).strip()
        if said:
            sentences.append(said if said[-1] in ".?!:" else f"{said}.")
    return " ".join(sentences).replace(":", ".")


def longest_sentence(text: str) -> str:
    """The sentence with the most words."""
    sentences = re.split(r"(?<=[.?!])\s+", read_aloud(text))
    return max(sentences, key=lambda sentence: len(sentence.split()), default="")
