"""Slips of the finger put into messages on purpose, to measure what they cost: one in five words."""

from collections.abc import Iterable
from dataclasses import replace
from random import Random

from nlu.evaluate import Example

WORDS_A_SLIP = 5
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEIGHBOURS = {
    letter: row[max(0, at - 1) : at] + row[at + 1 : at + 2] for row in _ROWS for at, letter in enumerate(row)
}


def put_slips(examples: Iterable[Example], seed: int) -> list[Example]:
    """The messages with a slip in every fifth word; entities go, for they are pieces of the text as it was."""
    random = Random(seed)
    return [replace(e, text=slip(e.text, random), entities=None) for e in examples]


def slip(text: str, random: Random) -> str:
    """One word of every five (of a shorter rest: as often as it is long) with one of four slips of the finger."""
    words = text.split(" ")
    for start in range(0, len(words), WORDS_A_SLIP):
        group = range(start, min(start + WORDS_A_SLIP, len(words)))
        if random.random() < len(group) / WORDS_A_SLIP:
            at = random.choice(group)
            words[at] = _slip_in(words[at], random)
    return " ".join(words)


def _slip_in(word: str, random: Random) -> str:
    """Two letters swapped, one left out, one doubled, or the key beside it hit."""
    if len(word) < 2:
        return word
    at = random.randrange(len(word) - 1)
    kind = random.randrange(4)
    if kind == 0:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == 1:
        return word[:at] + word[at + 1 :]
    if kind == 2:
        return word[: at + 1] + word[at:]
    return word[:at] + random.choice(_NEIGHBOURS.get(word[at].lower(), "e")) + word[at + 1 :]
