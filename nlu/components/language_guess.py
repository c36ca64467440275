"""Which language a message is in: by its script, its small words and accents, and a library's opinion.

Residents text without accents, mix English in and write Panjabi in Latin letters, which no library knows. So the
words of languages.yml lead and py3langid (BSD licence, model in the wheel, https://github.com/adbar/py3langid)
helps. English is believed until several things speak against it: text-speak, typos, names and short messages
must not be taken for another language. Nothing here knows Rasa.
"""

import math
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from flows.safety import plain_words

ENGLISH = "en"
LEXICON = Path(__file__).with_name("languages.yml")
MOST_CHARACTERS = 400  # the beginning tells; the library's time grows with the length
SURE_FROM = 0.9
SURE_WORD, COMMON_WORD, ENDING, ACCENT = 3.0, 1.0, 0.5, 1.5
SHORTEST_WITH_ENDING = 6
MOST_ACCENTS = 2
LIBRARY, LIBRARY_LIMIT = 0.35, 6.0
PRIOR = 0.5  # what being found at all speaks for a language
# Languages without words of ours: how long a message must be, and how far ahead of all others the library has it.
OTHER_WORDS, OTHER_LEAD = 5, 8.0
# Nobody writes a word of English in Gurmukhi, but everybody writes "Neighbourhood Watch" in English.
LAST_LATIN, FEWEST_LETTERS, FOREIGN_SHARE = 0x36F, 3, 0.2
SURE_OF_SCRIPT = 0.99


@dataclass(frozen=True)
class Guess:
    """A language as an ISO 639-1 code, with the confidence from 0 to 1 that it is this one and not English."""

    name: str
    confidence: float


@dataclass(frozen=True)
class Lexicon:
    """languages.yml: weights of words, endings of longer words and accents by language, and what scripts tell."""

    words: Mapping[str, Mapping[str, float]]
    endings: Mapping[str, tuple[str, ...]]
    letters: Mapping[str, frozenset[str]]
    scripts: Mapping[str, str]
    letters_of_another: Mapping[str, Mapping[str, str]]
    others: tuple[str, ...]

    @property
    def own(self) -> tuple[str, ...]:
        """The languages told by words, English left out."""
        return tuple(code for code in self.words if code != ENGLISH)


def load_lexicon(path: Path = LEXICON) -> Lexicon:
    """Raises OSError, KeyError or yaml.YAMLError."""
    data: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    scripts, another = data.pop("scripts"), data.pop("letters_of_another")
    others = tuple(data.pop("others"))
    words = {
        code: {
            **dict.fromkeys(part["words"].split(), COMMON_WORD),
            **dict.fromkeys(part.get("sure", "").split(), SURE_WORD),
        }
        for code, part in data.items()
    }
    endings = {code: tuple(part.get("endings", "").split()) for code, part in data.items()}
    letters = {code: frozenset(part.get("letters", "")) for code, part in data.items()}
    return Lexicon(words, endings, letters, scripts, another, others)


class LanguageGuesser:
    """Tells the language of messages; built once, since the library's model takes half a second to unpack."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._library = LanguageIdentifier.from_pickled_model(MODEL_FILE)
        self._library.set_languages([ENGLISH, *lexicon.own, *lexicon.others])

    def guess(self, text: str) -> Guess | None:
        """The language a message is surely in; None where it is too short or could as well be English."""
        text = unicodedata.normalize("NFC", text[:MOST_CHARACTERS])  # accents as one letter with theirs
        by_script = self._guess_by_script(text)
        if by_script is not None:
            return by_script
        words = plain_words(text).split()
        if not words:
            return None
        return self._guess_by_words(text, words)

    def _guess_by_script(self, text: str) -> Guess | None:
        """The language of the script most letters belong to; None for Latin ones."""
        letters = [c for c in text if unicodedata.category(c)[0] in "LM"]  # vowel signs of Gurmukhi are marks
        foreign = [c for c in letters if ord(c) > LAST_LATIN]
        if len(foreign) < FEWEST_LETTERS or len(foreign) < FOREIGN_SHARE * len(letters):
            return None
        script, _ = Counter(unicodedata.name(c, "").split(" ")[0] for c in foreign).most_common(1)[0]
        name = self._lexicon.scripts.get(script)
        if name is None:
            return None
        here = set(text.casefold())
        for other, only in self._lexicon.letters_of_another.get(name, {}).items():
            if here & set(only):
                name = other
                break
        return Guess(name, SURE_OF_SCRIPT)

    def _guess_by_words(self, text: str, words: list[str]) -> Guess | None:
        lexicon = self._lexicon
        library = self._ask_library(text)
        accents = Counter(c for c in text.casefold() if not c.isascii())
        english = sum(self._weigh(word, ENGLISH) for word in words)
        foreign = [word for word in words if word not in lexicon.words[ENGLISH]]
        best, odds = "", -math.inf
        for code in lexicon.own:
            marks = ACCENT * min(sum(accents[c] for c in lexicon.letters[code]), MOST_ACCENTS)
            if not marks and not any(self._weigh(word, code) for word in foreign):
                continue  # "do alpacas count" holds but words that are English as well
            # No library knows Panjabi in Latin letters: there its opinion is left out.
            lead = library[code] - library[ENGLISH] if lexicon.letters[code] else 0.0
            total = sum(self._weigh(word, code) for word in words) + marks - english + PRIOR
            total += LIBRARY * max(min(lead, LIBRARY_LIMIT), -LIBRARY_LIMIT)
            if total > odds:
                best, odds = code, total
        confidence = 1 / (1 + math.exp(-max(min(odds, 30.0), -30.0)))
        if confidence >= SURE_FROM:
            return Guess(best, round(confidence, 2))
        return self._guess_another(words, library, english)

    def _ask_library(self, text: str) -> dict[str, float]:
        """The library's log-likelihood of each language.

        Its own `rank` multiplies by the whole model, with threads that wait for one another on a busy machine; only
        the few rows of features that occur are needed.
        """
        counts = self._library.instance2fv(text)
        found = counts.nonzero()[0]
        likelihoods = (counts[found, None] * self._library.nb_ptc[found]).sum(axis=0) + self._library.nb_pc
        return dict(zip(self._library.nb_classes, likelihoods.tolist(), strict=True))

    def _weigh(self, word: str, code: str) -> float:
        """How much a word speaks for a language."""
        weight = self._lexicon.words[code].get(word)
        if weight is not None:
            return weight
        if len(word) < SHORTEST_WITH_ENDING or word in self._lexicon.words[ENGLISH]:
            return 0.0
        return ENDING if word.endswith(self._lexicon.endings[code]) else 0.0

    def _guess_another(self, words: list[str], library: dict[str, float], english: float) -> Guess | None:
        """A language we keep no words of, where the library is sure and nothing in the message is English."""
        first, second = sorted(library, key=lambda code: -library[code])[:2]
        lead = library[first] - library[second]
        if first not in self._lexicon.others or english or len(set(words)) < OTHER_WORDS or lead < OTHER_LEAD:
            return None
        return Guess(first, SURE_FROM)
