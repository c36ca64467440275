"""What is taken out of a message before anybody reads it, so that no later part has to fear it."""

import re
import unicodedata

_MARKS_KEPT = 4
_MARK = "[\u0300-\u036f\u1ab0-\u1aff\u20d0-\u20ff]"
_MARKS = re.compile(rf"({_MARK}{{{_MARKS_KEPT}}}){_MARK}+")
# Overrides and embeddings turn the reading order round for whoever reads the record next.
_TURNERS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_THUMBS = {"\U0001f44d": "yes", "\u2705": "yes", "\U0001f44c": "yes", "\U0001f44e": "no"}
_BESIDE_THUMBS = re.compile("[\U0001f3fb-\U0001f3ff\ufe0e\ufe0f\u200d\\s]")


def clean_text(text: str) -> str:
    """The same words in NFC without control characters, lone surrogates, direction overrides or towers of marks.

    Line ends and tabs stay, and so do the joiners that emoji and Indic letters are made with. A thumb up or
    down that stands alone becomes "yes" or "no".
    """
    kept = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
    kept = _TURNERS.sub("", kept)
    kept = _MARKS.sub(r"\1", unicodedata.normalize("NFC", kept))
    return _THUMBS.get(_BESIDE_THUMBS.sub("", kept), kept)


def cut_words(text: str, longest: int = 100) -> str:
    """A text as it is shown back: so much of it as fits a message with other words."""
    return text if len(text) <= longest else f"{text[: longest - 3].rstrip()}..."
