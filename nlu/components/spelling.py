"""Slips of the finger: a word nobody ever wrote in the training messages is read as the nearest that somebody did.

Runs in Rasa's environment, without Rasa. The training messages themselves are the dictionary, with misspellings people
make on purpose ("nite") and five other languages; so a word is changed only where the model knows nothing of it.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from symspellpy import SymSpell, Verbosity

SHORTEST = 3  # letters
# A word seen less often may be a slip itself: it is left alone, and nothing is mended into it.
OFTEN = 3
_WORD = re.compile(r"[^\W\d_][\w']*")


class Speller:
    """Made from how often each word was seen."""

    def __init__(self, seen: dict[str, int]) -> None:
        self._seen = seen
        self._nearest: SymSpell = SymSpell(max_dictionary_edit_distance=1)
        for word, times in seen.items():
            if times >= OFTEN and len(word) >= SHORTEST:
                self._nearest.create_dictionary_entry(word, times)

    @classmethod
    def learn(cls, texts: Iterable[str]) -> "Speller":
        """From the training messages."""
        return cls(Counter(word for text in texts for word in _WORD.findall(text.lower())))

    def correct(self, text: str) -> str:
        """The text with its unknown words mended where one slip (Damerau-Levenshtein distance 1) explains them."""
        return _WORD.sub(lambda found: self._correct_word(found.group(0)), text)

    def _correct_word(self, word: str) -> str:
        lower = word.lower()
        if len(lower) < SHORTEST or lower in self._seen:
            return word
        nearest = self._nearest.lookup(lower, Verbosity.TOP, max_edit_distance=1)
        return nearest[0].term if nearest else word

    def save(self, path: Path) -> None:
        """The words and how often each was seen, as JSON."""
        path.write_text(json.dumps(self._seen, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> "Speller":
        return cls(json.loads(path.read_text(encoding="utf-8")))
