"""Tells messages that nobody wrote (a file sent as text, a broken encoding) from those that only look odd."""

import re
import unicodedata

# What people write between their words, in the languages they write in.
_USUAL = frozenset(
    " \t\r\n.,;:!?'\"()-/&+*%@#=<>_^~|£$€…–—‘’“”„«»¡¿।॥\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\ufe0e\ufe0f"
)
_WORD = re.compile(r"[^\W\d_]{3,}")
_FIRST_EMOJI = "\u2000"
SPOTS_ALLOWED = 3


def is_noise(text: str) -> bool:
    """Whether nothing in it was meant to be read: no letter, figure or emoji, or strange signs in more places than
    there are words.

    Places are counted, not signs, so that a row of broken emoji behind a cry for help is one. Letters of any script
    are letters; words have three of them at least, which random letters between random signs seldom come to.
    """
    if not any(_says_something(c) for c in text):
        return True
    strange = [_is_strange(c) for c in text]
    spots = sum(here and not before for here, before in zip(strange, [False, *strange], strict=False))
    return spots > max(SPOTS_ALLOWED, len(_WORD.findall(text)))


def _says_something(character: str) -> bool:
    return character.isalnum() or _is_emoji(character)


def _is_emoji(character: str) -> bool:
    return (
        character >= _FIRST_EMOJI
        and character != "\ufffd"
        and unicodedata.category(character) in {"So", "Sk"}
    )


def _is_strange(character: str) -> bool:
    if character.isalnum() or character in _USUAL or _is_emoji(character):
        return False
    return unicodedata.category(character)[0] not in "MZ"
