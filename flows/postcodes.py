"""UK postcodes by shape (BS 7666): read, repaired and normalised. Shape is not existence.

Rules: gov.uk "Bulk data transfer: additional validation", appendix C (formats of the outward and inward code).
"""

import re

_OUTWARD = r"(?:[A-PR-UWYZ][0-9][0-9A-HJKPSTUW]?|[A-PR-UWYZ][A-HK-Y][0-9][0-9ABEHMNPRV-Y]?)"
_FULL = re.compile(rf"\b({_OUTWARD})\s*([0-9][ABD-HJLNP-UW-Z]{{2}})\b")
_OUTWARD_ONLY = re.compile(rf"^({_OUTWARD})$")
_CUT_SHORT = re.compile(rf"^{_OUTWARD}[0-9][A-Z]?$")
_LOOSE = re.compile(r"\b([A-Z]{1,2}[0-9OIL][0-9A-ZOIL]?)[\s.\-]*([0-9OIL][A-Z0-9]{2})\b")


def find_postcode(text: str) -> str | None:
    """The first full postcode in a text, as "CV34 6PH"; None where there is none.

    Letter O for nought and letter I or L for one are repaired where a digit must stand.
    """
    upper = text.upper()
    found = _FULL.search(upper)
    if found:
        return f"{found.group(1)} {found.group(2)}"
    for loose in _LOOSE.finditer(upper):
        repaired = _repair(loose.group(1), loose.group(2))
        if repaired:
            return repaired
    return None


def read_postcode(text: str) -> str | None:
    """The text as a full or outward postcode ("CV34 6PH", "CV34") where it is nothing else; else None."""
    upper = re.sub(r"[\s.\-]+", " ", text.upper()).strip()
    full = find_postcode(upper)
    if full and len(re.sub(r"[^A-Z0-9]", "", upper)) == len(full) - 1:
        return full
    outward = _OUTWARD_ONLY.match(upper.replace(" ", ""))
    return outward.group(1) if outward else None


def is_nearly_postcode(text: str) -> bool:
    """Whether a text begins as a full postcode does and stops short ("CV34 6P")."""
    return _CUT_SHORT.match(re.sub(r"[\s.\-]+", "", text.upper())) is not None


def get_outward(postcode: str) -> str:
    """ "CV34" of "CV34 6PH"."""
    return postcode.split(" ")[0]


def _repair(outward: str, inward: str) -> str | None:
    if not any(c.isdecimal() for c in outward + inward):
        return None  # "pulled" is a word
    digits = str.maketrans("OIL", "011")
    letters = 2 if outward[1:2].isalpha() and outward[1] not in "OIL" else 1
    outward = outward[:letters] + outward[letters:].translate(digits)
    inward = inward[0].translate(digits) + inward[1:].replace("0", "O").replace("1", "I")
    found = _FULL.fullmatch(outward + inward)
    return f"{found.group(1)} {found.group(2)}" if found else None
