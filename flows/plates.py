"""Registration plates in free words: the shapes of UK and Irish plates, told apart from roads, postcodes and units.

Shapes: gov.uk "Displaying number plates" and DVLA INF104 (1903 to now, Northern Ireland); citizensinformation.ie.
A shape alone is not enough where people write the same letters for something else ("A46 lay", "CV34 and"):
there a word such as "reg" must stand before it.
"""

import re
from collections.abc import Collection, Iterator

Span = tuple[int, int]

_GAP = r"[ .\-]?"
_NAMED = (
    r"(?:\b(?:reg(?:istration|s|o)?|(?:number |licen[cs]e )?plates?|index)\b"
    r"(?:\s+(?:numbers?|nos?|mark|plates?)\b)?[\s.:=\-]*(?:\b(?:is|was|were|are|of)\b[\s:]*)?)"
)
_SHAPES = (
    rf"(?P<now>[A-PR-Y][A-HJ-PR-Y]{_GAP}\d\d{_GAP}[A-HJ-PR-Z]{{3}})",  # AB12 CDE, since 2001
    rf"(?P<prefix>[A-HJ-NPR-TV-Y]{_GAP}\d{{1,3}}{_GAP}[A-PR-Y]{{3}})",  # A123 BCD, 1983 to 2001
    rf"(?P<suffix>[A-PR-Y]{{3}}{_GAP}\d{{1,3}}[A-HJ-NPR-TV-Y])",  # ABC 123D, 1963 to 1983
    rf"(?P<northern>(?:[A-Y][A-Y]Z|[A-Y]I[A-Z]){_GAP}\d{{3,4}})",  # ABZ 1234
    r"(?P<irish>\d{2,3}-[A-Z]{1,2}-\d{2,6})",  # 131-WW-2042
)
_PLATE = re.compile(rf"(?<![\w/-])(?:{'|'.join(_SHAPES)})(?![\w/-])", re.IGNORECASE)
# Behind "reg" nearly anything with letters and digits is one, foreign and private plates too.
_BEHIND_NAME = re.compile(
    rf"{_NAMED}(?P<plate>(?=[A-Z -]{{0,4}}\d)(?:[A-Z]{{1,3}}[ -]?\d{{1,4}}(?:[ -]?[A-Z]{{1,3}})?|"
    r"\d{1,4}[ -]?[A-Z]{1,3}(?:[ -]?\d{1,6})?)(?![\w-]))",
    re.IGNORECASE,
)
# "plates ending KLM, first bit BX21": a part of one leads to somebody as well.
_PART = re.compile(
    r"\b(?:reg|registration|plates?|it)\s+(?:ends?|ending|starts?|starting|begins?|beginning)\s+(?:in |with )?"
    r"(?P<plate>[A-Z]{3}|[A-Z]{1,3}\d{1,3}|\d{1,3}[A-Z]{1,3})\b|"
    r"\b(?:first|last|other) (?:bit|part|half)(?: (?:is|was))? (?P<other>[A-Z]{1,3}\d{0,3}[A-Z]{0,3})\b",
    re.IGNORECASE,
)
_DIGITS_MISREAD = re.compile(r"\b(?=[A-Z]{2}\w*\d)[A-Z]{2}[\dOI]{2} ?[A-HJ-PR-Z]{3}\b")
_ROAD = re.compile(r"(?:[AB]\d{1,3}|M\d{1,2}) ?[A-Z]{3}|[A-Z][ .-]\d[ .-]?[A-Z]+|[abm] \d.*", re.IGNORECASE)


def find_plates(text: str, words: Collection[str], postcode_areas: Collection[str]) -> list[Span]:
    """Where plates stand, in order. `words`: small words of up to three letters that end no plate; both in
    small letters."""
    found = sorted(set(_find(text, words, postcode_areas)))
    return [span for at, span in enumerate(found) if at == 0 or span[0] >= found[at - 1][1]]


def _find(text: str, words: Collection[str], areas: Collection[str]) -> Iterator[Span]:
    for hit in _PLATE.finditer(text):
        if _is_plate(hit, words, areas):
            yield hit.span()
    for hit in _BEHIND_NAME.finditer(text):
        if not _has_word(hit["plate"], words):
            yield hit.span("plate")
    for hit in _PART.finditer(text):
        name = "plate" if hit["plate"] else "other"
        if not _has_word(hit[name], words):
            yield hit.span(name)
    for hit in _DIGITS_MISREAD.finditer(text):
        if not _has_word(hit.group(), words) and hit.group()[:2].casefold() not in areas:
            yield hit.span()


def _is_plate(hit: re.Match[str], words: Collection[str], areas: Collection[str]) -> bool:
    plate = hit.group()
    is_loud = plate.isupper() and not hit.string.isupper() and plate[:2].casefold() not in areas
    if hit.lastgroup == "now" and is_loud and plate[2].isdigit():
        return True  # "EK12 YOU" in a message in small letters
    if _has_word(plate, words):
        return False
    if hit.lastgroup == "now" and " " in plate:
        # "CV21 OAA" is a postcode with a letter for nought, "CV11 too" one with a word behind it.
        is_postcode = plate[:2].casefold() in areas and plate[-3] in "OIL"
        return not is_postcode and not (plate[:2].isupper() and plate[-3:].islower())
    if hit.lastgroup == "prefix":
        return not _is_road(plate)
    return True


def _is_road(plate: str) -> bool:
    """ "A46 sbd", "M6 nwk" and "B 4 xyz", but not "M642 KVP" or "A123BCD"."""
    is_whole = plate[1].isdigit() and plate[-4].isdigit()
    is_loud = plate.isupper() and not set(plate[-3:]) & set("AEIOU")
    return not is_whole and not (is_loud and len(plate) > 7) and _ROAD.fullmatch(plate) is not None


def _has_word(plate: str, words: Collection[str]) -> bool:
    return any(part in words for part in re.findall(r"[a-z]{2,}", plate.casefold()))
