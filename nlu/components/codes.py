"""Postcodes and references: what is written in letters and digits, told from road numbers and plain words."""

import re

from flows.postcodes import read_postcode
from flows.references import ALPHABET, is_checked
from nlu.components.lexicon import Lexicon
from nlu.components.span import Span, overlaps_any, raise_case

# Postcode areas of the United Kingdom (Royal Mail; BS 7666): the letters a postcode can begin with.
_AREAS = frozenset(
    "AB AL B BA BB BD BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH EN EX "
    "FK FY G GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N NE "
    "NG NN NP NR NW OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN "
    "TQ TR TS TW UB W WA WC WD WF WN WR WS WV YO ZE".split()
)
_FULL_POSTCODE = re.compile(
    r"(?<![A-Z0-9])([A-Z]{1,2})([0-9OIL][0-9A-Z]?)[\s.\-]{0,3}([0-9OIL][A-Z0-9]{2})(?![A-Z0-9])"
)
_OUTWARD = re.compile(r"(?<![A-Z0-9])([A-Z]{1,2})\s?([0-9]{1,2}[A-Z]?)(?![A-Z0-9])")
_REFERENCE = re.compile(
    r"(?<![A-Z0-9])([A-Z]{2})([\s\-\u2013]*)([0-9A-Z]{4})([\s\-\u2013]*)([0-9A-Z]{3})(?![A-Z0-9])"
)


def find_postcodes(folded: str, lexicon: Lexicon) -> list[Span]:
    """Full postcodes of a real area, and first halves the county's own file knows ("CV34")."""
    upper = raise_case(folded)
    found = _full_postcodes(upper)
    for outward in _OUTWARD.finditer(upper):
        span = Span("postcode", outward.start(), outward.end(), outward.group(1) + outward.group(2))
        if span.value in lexicon.outward_codes and not overlaps_any(span, found):
            found.append(span)
    return found


def _full_postcodes(upper: str) -> list[Span]:
    found: list[Span] = []
    for full in _FULL_POSTCODE.finditer(upper):
        # One digit at least must stand where digits stand, or "to 1st" would be a postcode.
        if full.group(1) not in _AREAS or not re.search(r"\d", full.group(2)):
            continue
        value = read_postcode(full.group(0))
        if value is not None and re.match(r"[A-Z]+(?:[1-9]|0 )", value) and " " in value:
            found.append(Span("postcode", full.start(), full.end(), value))
    return found


def find_references(folded: str) -> list[Span]:
    """References this service gave, misheard letters repaired as flows.references lays down."""
    found = []
    for match in _REFERENCE.finditer(raise_case(folded)):
        prefix, gap, four, other_gap, three = match.groups()
        code = (four + three).translate(str.maketrans("OIL", "011"))
        if any(c not in ALPHABET for c in code) or not re.search(r"\d", four + three):
            continue
        dashed = "-" in gap.replace("\u2013", "-") and "-" in other_gap.replace("\u2013", "-")
        # Without its dashes it must prove itself: three plain words in a row can have this shape.
        if dashed or is_checked(code):
            found.append(Span("reference", match.start(), match.end(), f"{prefix}-{code[:4]}-{code[4:]}"))
    return found
