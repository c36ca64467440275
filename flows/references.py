"""Speakable references with a check character: EN-7K3F-2QX.

Crockford's base-32 alphabet (no I, L, O, U: crockford.com/base32.html); the last character is the
ISO/IEC 7064 hybrid check over the six before it, so that one wrong or two swapped characters are found.
"""

import re

from stdnum.iso7064 import mod_37_36

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
NUMBERS = len(ALPHABET) ** 6
_REFERENCE = re.compile(r"\b([A-Z]{2})[\s\-]*([0-9A-Z]{4})[\s\-]*([0-9A-Z]{3})\b")


def make_reference(prefix: str, number: int) -> str:
    """The reference for a number from 0 to NUMBERS - 1."""
    code = ""
    for _ in range(6):
        number, digit = divmod(number, len(ALPHABET))
        code = ALPHABET[digit] + code
    code += mod_37_36.calc_check_digit(code, alphabet=ALPHABET)
    return f"{prefix}-{code[:4]}-{code[4:]}"


def find_reference(text: str) -> str | None:
    """The first valid reference in a text in its usual form, or None.

    Misheard letters are repaired as Crockford lays down: O is 0, I and L are 1.
    """
    for found in _REFERENCE.finditer(text.upper()):
        prefix, first, second = found.groups()
        code = (first + second).translate(str.maketrans("OIL", "011"))
        if all(c in ALPHABET for c in code) and mod_37_36.is_valid(code, alphabet=ALPHABET):
            return f"{prefix}-{code[:4]}-{code[4:]}"
    return None
