"""Speakable references with a check character: EN-7K3F-2QX.

Crockford's base-32 alphabet (no I, L, O, U: crockford.com/base32.html). The last character makes a weighted
sum over the field of 32 elements nought. As the weights differ, every single wrong character and every two
that changed places are found. ISO/IEC 7064 cannot promise that here: it needs one more than the size of the
alphabet to be prime, and 33 is not (021A-GH0 and 021A-HG0 would both be good).
"""

import re
from collections.abc import Collection
from functools import reduce

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
NUMBERS = len(ALPHABET) ** 6
_REFERENCE = re.compile(r"\b([A-Z]{2})[\s\-]*([0-9A-Z]{4})[\s\-]*([0-9A-Z]{3})\b")


def make_reference(prefix: str, number: int) -> str:
    """The reference for a number from 0 to NUMBERS - 1."""
    code = ""
    for _ in range(6):
        number, digit = divmod(number, len(ALPHABET))
        code = ALPHABET[digit] + code
    code += ALPHABET[_sum_of(code)]
    return f"{prefix}-{code[:4]}-{code[4:]}"


def find_reference(text: str) -> str | None:
    """The first valid reference in a text in its usual form, or None.

    Misheard letters are repaired as Crockford lays down: O is 0, I and L are 1.
    """
    for found in _REFERENCE.finditer(text.upper()):
        prefix, first, second = found.groups()
        code = (first + second).translate(str.maketrans("OIL", "011"))
        if is_checked(code):
            return f"{prefix}-{code[:4]}-{code[4:]}"
    return None


def find_mistyped(text: str, prefixes: Collection[str]) -> str | None:
    """What looks like a reference of one of these prefixes, with a digit in it; None where nothing does."""
    for found in _REFERENCE.finditer(text.upper()):
        prefix, first, second = found.groups()
        if prefix in prefixes and any(c.isdigit() for c in first + second):
            return f"{prefix}-{first}-{second}"
    return None


def is_checked(code: str) -> bool:
    """Whether seven characters, repaired and in upper case, are a code with its check character."""
    return all(c in ALPHABET for c in code) and _sum_of(code[:6]) == ALPHABET.index(code[6])


def _sum_of(code: str) -> int:
    """The sum of the characters' values, each times a weight of its own (2, 4, 8, ... in the field)."""
    doubled = [ALPHABET.index(c) for c in code]
    for at in range(len(doubled)):
        for _ in range(at + 1):
            doubled[at] = _double(doubled[at])
    return reduce(lambda total, value: total ^ value, doubled, 0)


def _double(value: int) -> int:
    """Times two in GF(32), the field of the primitive polynomial x^5 + x^2 + 1."""
    value <<= 1
    return value ^ 0b100101 if value & 0b100000 else value
