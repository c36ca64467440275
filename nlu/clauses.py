"""An answer in its parts: one sentence may speak of lighting and the next of the price of stamps."""

import re
import unicodedata

# A part shorter than this says too little by itself and goes with the one before it.
FEWEST_WORDS = 3
# A sentence longer than this is cut where another thought begins.
LONG_WORDS = 14
_SENTENCE_END = re.compile(r"(?<=[.!?;])\s+|\s*\n+\s*|\s+[-\u2013\u2014\u2022]\s+|;\s*")
_ANOTHER_THOUGHT = re.compile(
    r",\s+(?=(?:and|but|also|plus|so|because)\b)|\s+(?=(?:and also|and then|as well as|but also|plus)\s)|,\s+",
    re.IGNORECASE,
)
_LIST_MARK = re.compile(r"^\s*(?:\(?\d{1,2}[.)]|[a-e]\))\s+")


def split_answer(text: str) -> list[str]:
    """The parts of an answer in their order, at least one where there is any letter; [] where there is none."""
    parts: list[str] = []
    for sentence in _SENTENCE_END.split(unicodedata.normalize("NFKC", text)):
        sentence = _LIST_MARK.sub("", sentence).strip()
        if not any(c.isalpha() for c in sentence):
            continue
        pieces = _ANOTHER_THOUGHT.split(sentence) if len(sentence.split()) > LONG_WORDS else [sentence]
        for piece in _join_short(pieces):
            if parts and len(piece.split()) < FEWEST_WORDS:
                parts[-1] = f"{parts[-1]} {piece}"
            else:
                parts.append(piece)
    return parts


def _join_short(pieces: list[str]) -> list[str]:
    joined: list[str] = []
    for piece in pieces:
        piece = piece.strip(" ,")
        is_short = len(piece.split()) < FEWEST_WORDS + 2
        if joined and (is_short or len(joined[-1].split()) < FEWEST_WORDS + 2):
            joined[-1] = f"{joined[-1]}, {piece}"
        elif piece:
            joined.append(piece)
    return joined


_NOTHING = frozenset(
    """
    n/a, na, none, no, yes, nil, ok, okay, nothing, nope, dunno, unsure, idk, same, no comment, no comments, nothing to
    add, nothing else, not sure, don't know, dont know, do not know, i don't know, i dont know, no idea, see above,
    as above, same as above, not applicable, no opinion, no view, no thanks, no thank you
    """.replace("\n   ", "")
    .strip()
    .split(", ")
)


def says_nothing(text: str) -> bool:
    """ "n/a", "don't know": an answer that leaves the question unanswered."""
    plain = " ".join(text.casefold().replace("\u2019", "'").split()).strip(" .!-?")
    return not any(c.isalpha() for c in plain) or plain in _NOTHING
