"""Personal data in free answers, masked before anyone but the office's own record keeper sees the words.

The rules are those of flows/stripping.py (with the phonenumbers library) and flows/plates.py. What consultations are
about stays: sums of money, shares, years of a budget and names of places. Rules find no name that nothing announces
and no person told by what they did: who publishes answers reads them first.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from flows.content import Content
from flows.plates import find_plates
from flows.screening_rules import flat
from flows.stripping import LONGEST_KEPT, strip_personal

# Read at a time, so that with the marks in it nothing is cut off (flows.stripping.LONGEST_KEPT).
LONGEST_PIECE = LONGEST_KEPT // 2
KINDS = ("email", "link", "reference", "date", "postcode", "number", "phone", "address", "name", "plate")
_MARK = re.compile(rf"<({'|'.join(KINDS)})>")
_BRACKETED = str.maketrans("<>", "()")
# What stands for a sum while the rest is read: signs of no meaning, which no rule takes for anything.
_FIRST_SIGN, _LAST_SIGN = "\ue000", "\uf8ff"
_KEPT_FIGURES = re.compile(
    r"(?:£|€)\s?\d[\d,]*(?:\.\d+)?(?:\s?(?:k|m|bn|million|billion)\b)?"
    r"|\b\d[\d,]*(?:\.\d+)?\s?(?:%|per ?cent\b|p\b|pence\b|pounds?\b|people\b|officers\b|homes\b|houses\b|residents\b)"
    r"|\b20\d\d\s?[/-]\s?(?:20)?\d\d\b(?![/-])",
    re.IGNORECASE,
)
_BREAK = re.compile(r"(?<=[.!?])\s+|\n+")
# Between two plain words no address, number or name is cut in two.
_PLAIN_BREAK = re.compile(r"(?<=[a-z]{2})[,;]?\s+(?=[a-z]{2})")


@dataclass(frozen=True)
class Masked:
    """`text` on one line with a mark such as "<phone>" where personal data stood; `kinds` what was found, each once
    and in the order of KINDS. What was found itself is nowhere."""

    text: str
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class Masking:
    """`place_words` (`Gazetteer.words`) are no names; `small_words` and `postcode_areas` make no plate: both as
    screening.yml has them under `plates`."""

    place_words: frozenset[str] = frozenset()
    small_words: frozenset[str] = frozenset()
    postcode_areas: frozenset[str] = frozenset()

    @classmethod
    def for_county(cls, content: Content) -> "Masking":
        if content.screening is None:
            return cls(content.gazetteer.words)
        plates = content.screening.file.plates
        return cls(content.gazetteer.words, frozenset(flat(plates.words)), frozenset(plates.postcode_areas))

    def mask(self, text: str) -> Masked:
        masked = " ".join(self._mask_piece(piece) for piece in _cut(text.translate(_BRACKETED)))
        found = set(_MARK.findall(masked))
        return Masked(masked, tuple(kind for kind in KINDS if kind in found))

    def _mask_piece(self, piece: str) -> str:
        figures: list[str] = []

        def spare(found: re.Match[str]) -> str:
            figures.append(found.group())
            return chr(ord(_FIRST_SIGN) + len(figures) - 1)

        piece = re.sub(f"[{_FIRST_SIGN}-{_LAST_SIGN}]", "", piece)
        stripped = strip_personal(_KEPT_FIGURES.sub(spare, piece), self.place_words)
        for begin, end in reversed(find_plates(stripped, self.small_words, self.postcode_areas)):
            stripped = f"{stripped[:begin]}<plate>{stripped[end:]}"
        for at, figure in enumerate(figures):
            stripped = stripped.replace(chr(ord(_FIRST_SIGN) + at), figure)
        return stripped


def _cut(text: str) -> Iterator[str]:
    """Whole sentences together up to LONGEST_PIECE characters; one longer than that between two plain words."""
    piece = ""
    for sentence in _BREAK.split(text):
        while len(sentence) > LONGEST_PIECE:
            breaks = [found.end() for found in _PLAIN_BREAK.finditer(sentence, 0, LONGEST_PIECE)]
            at = breaks[-1] if breaks else LONGEST_PIECE
            if piece:
                yield piece
                piece = ""
            yield sentence[:at]
            sentence = sentence[at:]
        if piece and len(piece) + len(sentence) >= LONGEST_PIECE:
            yield piece
            piece = ""
        piece = f"{piece}\n{sentence}" if piece else sentence
    if piece.strip():
        yield piece
