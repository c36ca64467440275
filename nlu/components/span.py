"""A marked piece of a message, and the folding every rule reads it in."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Span:
    """A marked piece of text: entity name, character offsets, and what it was read as (None: the words alone)."""

    name: str
    start: int
    end: int
    value: str | int | None = None

    def overlaps(self, other: "Span") -> bool:
        """Whether the two share a character."""
        return self.start < other.end and other.start < self.end


def overlaps_any(span: Span, others: Iterable[Span]) -> bool:
    """Whether a span shares a character with one of the others."""
    return any(span.overlaps(other) for other in others)


def fold(text: str) -> str:
    """Lower case and plain apostrophes, one character for one, so that offsets stay true."""
    folded = text.replace("\u2019", "'").replace("\u2018", "'").replace("\u00a0", " ")
    lower = folded.lower()
    if len(lower) == len(folded):
        return lower
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in folded)


def raise_case(folded: str) -> str:
    """Upper case for postcodes and references; the text as it was where its length would change ("\u00df")."""
    upper = folded.upper()
    return upper if len(upper) == len(folded) else folded
