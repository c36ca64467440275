"""Hostile labels, assumed identity and registration plates in free words, and the same said neutrally.

The words are data (screening.yml) for the commissioner's office to edit. It is done by rules and not by the
model: what is turned aside must be explained to whoever wrote it, and be the same tomorrow.
Swearing at a mess is no hostility to people and is left alone.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from flows.plates import find_plates
from flows.screening_patterns import Patterns
from flows.screening_rules import HOSTILE, IDENTITY, KEPT, KINDS, MOST_FOUND, PLATE, Kind, ScreeningFile
from flows.tidying import tidy

LONGEST_REPHRASED = 4_000  # characters; a longer message is searched in pieces, and offered no rephrase
_OVERLAP = 200
FEWEST_TELLING = 2

_FOUND = f"[{HOSTILE}-\uefff]"
_NO_PLATE = re.compile(f"[^{PLATE}]+")
_SENTENCE = re.compile(r"[^.!?\n]+[.!?\n]*")
_PLATE_NAME = (
    r"(?:(?:\b(?:with|its|the|has|and|whose|number|vehicle|private|on|a|irish|foreign)\s+)*"
    r"\b(?:regs?|registrations?|plates?|number plates?|index|rego)\b(?:\s+(?:number|no|mark)\b)?"
    r"(?:\s+(?:ends?|ending|starts?|starting|begins?|beginning)(?:\s+(?:in|with))?)?[\s.:=-]*(?:(?:is|was|are)\b\s*)?)"
)
_PLATES = rf"{PLATE}(?:(?:\s*[,&]\s*|,?\s+and\s+){PLATE})*"
_PLATE_SAID = re.compile(
    rf"[(\[]\s*{_PLATE_NAME}?{_PLATES}\s*[)\]]|{_PLATE_NAME}{_PLATES}"
    rf"|(?:,\s*)?\b(?:first|last|other) (?:bit|part|half)(?: (?:is|was))? {_PLATES}"
    rf"|(?:,?\s*\bone\s+)?\b(?:is|was|are)\s+{_PLATES}(?=\s*(?:$|[.;!?\n]|,(?!\s*{PLATE})|and\b))"
    rf"|^{_PLATES}\s+(?:is|was|are)\b(?:\s+the\s+(?:reg|plate|registration)\w*(?:\s+of)?\b)?"
    rf"|\b(?:with|in|by|from|behind|into)\s+{_PLATES}|{_PLATES}",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Screened:
    """`kinds` in the order hostile, identity, plate, each once. `neutral` is the message as a resident would say
    it neutrally; "" where nothing seen is left of it."""

    kinds: tuple[Kind, ...]
    neutral: str


@dataclass
class _Reading:
    """A message in hand: the words found stand as single letters in `text`, their own spelling beside it."""

    text: str
    words: dict[str, str] = field(default_factory=dict)
    kinds: set[Kind] = field(default_factory=set)

    def put(self, pattern: re.Pattern[str], first: str) -> None:
        self.text = pattern.sub(lambda hit: self._take(hit.group(), first), self.text)

    def keep(self, words: str) -> str:
        return self._put_by(words, KEPT)

    def _take(self, word: str, first: str) -> str:
        letters = sum(c.isalnum() or c == "*" for c in word)
        if not word or word.count("*") * 2 >= letters:  # "s**t" may be many a word
            return word
        return self._put_by(word, first)

    def _put_by(self, word: str, first: str) -> str:
        count = sum(1 for letter in self.words if ord(letter) & ~MOST_FOUND == ord(first))
        letter = chr(ord(first) + min(count, MOST_FOUND))
        self.words[letter] = word
        return letter

    def restore(self, text: str) -> str:
        while any(letter in self.words for letter in text):  # what is kept may hold words that were found
            text = "".join(self.words.get(letter, letter) for letter in text)
        return text


class Screening:
    """The rules, read once from screening.yml."""

    def __init__(self, patterns: Patterns) -> None:
        self._patterns = patterns

    @classmethod
    def load(cls, path: Path) -> "Screening":
        return cls(Patterns.load(path))

    @property
    def file(self) -> ScreeningFile:
        return self._patterns.file

    def screen(self, text: str) -> Screened | None:
        """None: nothing to turn aside."""
        clean = _clean(text)
        if len(clean) > LONGEST_REPHRASED:
            kinds = {kind for piece in _pieces(clean) for kind in self._read(piece).kinds}
            return Screened(_in_order(kinds), "") if kinds else None
        reading = self._read(clean)
        if not reading.kinds:
            return None
        return Screened(_in_order(reading.kinds), self._say_neutrally(reading))

    def _read(self, text: str) -> _Reading:
        rules = self._patterns
        reading = _Reading(text)
        for rule in rules.leave:
            reading.put(rule, KEPT)
        spans = find_plates(reading.text, rules.plate_words, rules.file.plates.postcode_areas)
        for begin, end in reversed(spans):
            reading.text = f"{reading.text[:begin]}{PLATE}{reading.text[end:]}"
        reading.put(rules.hostile, HOSTILE)
        reading.put(rules.identity, IDENTITY)
        reading.put(rules.origin, IDENTITY)
        reading.put(rules.hostile_before_people, HOSTILE)
        self._keep_own_words(reading, text)
        reading.kinds = self._find_kinds(reading.text)
        return reading

    def _keep_own_words(self, reading: _Reading, text: str) -> None:
        """What people say of themselves, what they were called, and what they ask, is not turned aside."""

        def keep(text: str) -> str:
            return _NO_PLATE.sub(lambda hit: reading.keep(hit.group()), text)

        def keep_told(sentence: re.Match[str]) -> str:
            said = sentence.group()
            return keep(said) if any(rule.search(said) for rule in self._patterns.by_sentence) else said

        is_own = any(rule.search(reading.text) or rule.search(text) for rule in self._patterns.own_words)
        reading.text = keep(reading.text) if is_own else _SENTENCE.sub(keep_told, reading.text)

    def _find_kinds(self, text: str) -> set[Kind]:
        kinds: set[Kind] = set()
        for letter in text:
            if HOSTILE <= letter < IDENTITY:
                kinds.add("hostile")
            elif IDENTITY <= letter < KEPT:
                kinds.add("identity")
            elif letter == PLATE:
                kinds.add("plate")
        kinds.update(one.kind for rule, one in self._patterns.rephrase if one.kind and rule.search(text))
        return kinds

    def _say_neutrally(self, reading: _Reading) -> str:
        text = reading.text
        for rule, one in self._patterns.rephrase:
            text = rule.sub(one.say, text)
        text = self._patterns.turned_aside.sub(lambda hit: self._say_people(hit, reading), text)
        text = _PLATE_SAID.sub(" ", text)
        neutral = tidy(reading.restore(text), like=reading.restore(reading.text.replace(PLATE, "")))
        if self._count_telling(neutral) < FEWEST_TELLING:
            return ""
        # Words that were apart may have come together: then nothing is offered rather than something hostile.
        return "" if self._read(neutral).kinds else neutral

    def _say_people(self, hit: re.Match[str], reading: _Reading) -> str:
        file = self._patterns.file
        before, noun = (hit["before"] or "").casefold(), (hit["noun"] or "").casefold()
        words = [reading.words[letter] for letter in re.findall(_FOUND, hit["found"])]
        if noun in file.things or (noun and file.people[noun] != "people"):
            kept = "" if before in ("them", "all them") else f"{hit['before']} " if before else ""
            return _like(hit.group(), kept + {**file.people, **file.things}[noun])
        rest = hit.string[hit.end() :]
        is_many = bool(noun) or self._is_many(words[-1])
        if not is_many:
            return _like(hit.group(), "someone") if before else ""
        said = self._choose_people(hit.string[: hit.start()], rest)
        article = f"{hit['before']} " if before in ("the", "all the", "some", "no") else ""
        return _like(hit.group(), article + ("people's" if words[-1].endswith("s'") and not noun else said))

    def _is_many(self, word: str) -> bool:
        plain = word.casefold().rstrip("'’.*-_ ").replace("-", " ")
        return plain.endswith(("s", "z", "$")) or any(
            plain.endswith(many) for many in self._patterns.file.many
        )

    def _choose_people(self, before: str, rest: str) -> str:
        file = self._patterns.file
        follows = re.match(r"\s+([a-z]+)", rest, re.IGNORECASE)
        word = follows.group(1).casefold() if follows else ""
        counted = re.search(
            r"(?:\d|\b(?:of|few|many|several|more|two|three|four|five|six|ten|some|lots|are|were)|['’]s)\s+\Z",
            before,
            re.IGNORECASE,
        )
        if word in file.place_follows:
            return "people" if re.search(r"\bof\s+\Z", before, re.IGNORECASE) else "people living"
        if counted or word.endswith("ing") or word in {w for row in file.people_enough for w in row}:
            return "people"
        return "people living there"

    def _count_telling(self, text: str) -> int:
        words = re.findall(r"[^\W_]+(?:['’][^\W_]+)*", text.casefold())
        return sum(re.sub("['’]", "", word) not in self._patterns.says_nothing for word in words)


def _clean(text: str) -> str:
    """Without letters nobody sees, and without the letters kept for private use, which stand for words here."""
    composed = unicodedata.normalize("NFKC", text)
    return "".join(
        c for c in composed if c in "\n\t" or unicodedata.category(c) not in ("Cf", "Cc", "Co", "Cs")
    )


def _pieces(text: str) -> Iterator[str]:
    for begin in range(0, len(text), LONGEST_REPHRASED - _OVERLAP):
        yield text[begin : begin + LONGEST_REPHRASED]


def _in_order(kinds: set[Kind]) -> tuple[Kind, ...]:
    return tuple(kind for kind in KINDS if kind in kinds)


def _like(model: str, said: str) -> str:
    return said[:1].upper() + said[1:] if model[:1].isupper() else said
