"""The lists of flows/screening.yml, checked, and made into patterns that find a word however it is spelled."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, model_validator

from flows.yaml_lines import read_yaml

Kind = Literal["hostile", "identity", "plate"]
KINDS: tuple[Kind, ...] = ("hostile", "identity", "plate")

# A word that was found stands in the text as one letter of these (Unicode keeps them for private use), so that
# the rules read "they are {group}" and need not know how people spell.
HOSTILE, IDENTITY, KEPT, PLATE = "\ue000", "\ue800", "\uf000", "\uf800"
MOST_FOUND = 0x7FF
_MACROS = {name: f"[{first}-\uefff](?:[ -]+[{first}-\uefff])*" for name, first in (("group", HOSTILE), ("identity", IDENTITY))}

# What stands for a letter: accents, digits, and letters of other alphabets that look the same.
_LOOKS_LIKE = {
    "a": "aàáâãäå@4аα", "b": "bв", "c": "cçсϲ", "e": "eèéêë3еε", "h": "hн", "i": "iìíîïı1!іι", "k": "kκк", "l": "l1|",
    "n": "nñ", "o": "oòóôõö0оο", "p": "pрρ", "s": "sš$5zѕ", "t": "tт", "u": "uùúûüυ", "v": "vν", "x": "xх", "y": "yýÿуγ",
}  # fmt: skip
_BEFORE, _BEHIND = r"(?<![\w*])", r"(?![\w*])"
_SHORTEST_SPACED = 4
_SHORTEST_SLIPPED = 7
_OTHER_WORDS = {"refuge", "trailer"}
# "a white people carrier", "the Polish community centre"
_NO_PEOPLE = "(?:carriers?|cars?|cabs?|vans?|bus|tents?|saloon|pub|centre|club|hall|association|church|shop|fun|size)"

Words = tuple[tuple[str, ...], ...]


def _check_rule(rule: str) -> str:
    try:
        re.compile(fill(rule, {"origin": "x", "people": "x"}))
    except (re.error, KeyError) as error:
        raise ValueError(f"no regular expression: {error}") from error
    return rule


Rule = Annotated[str, AfterValidator(_check_rule)]


def fill(rule: str, more: dict[str, str]) -> str:
    """A rule with its {names} filled in; other braces are the expression's own. Raises KeyError."""
    return re.sub(r"\{([a-z]+)\}", lambda name: (_MACROS | more)[name.group(1)], rule)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Rephrase(_Part):
    """`kind`: what it is by itself; without one it only words the text that other words are turned aside in."""

    find: Rule
    say: str
    kind: Kind | None = None


class PlateWords(_Part):
    postcode_areas: tuple[str, ...]
    words: Words


class Example(_Part):
    text: str
    kinds: tuple[Kind, ...]
    neutral: str


class Examples(_Part):
    turned_aside: tuple[Example, ...]
    left_alone: tuple[str, ...]


class ScreeningFile(_Part):
    """flows/screening.yml; what each list means stands there."""

    slurs: Words
    insults: Words
    many: tuple[str, ...]
    hostile_before_people: Words
    dropped: tuple[str, ...]
    groups: Words
    groups_as_many: Words
    origins: Words
    people: dict[str, str]
    things: dict[str, str]
    place_follows: tuple[str, ...]
    people_enough: Words
    rephrase: tuple[Rephrase, ...]
    speaking_of_themselves: tuple[Rule, ...]
    told_of_others: tuple[Rule, ...]
    questions: tuple[Rule, ...]
    leave: tuple[Rule, ...]
    plates: PlateWords
    says_nothing: Words
    examples: Examples

    @model_validator(mode="after")
    def _check_words(self) -> Self:
        for name in ("slurs", "insults", "groups", "groups_as_many", "origins"):
            for word in flat(getattr(self, name)):
                if word != word.lower() or not re.fullmatch(r"[a-z][a-z' -]+", word):
                    raise ValueError(f"{name}: {word!r} must be in small letters, without signs")
        return self


@dataclass(frozen=True)
class Patterns:
    """The file made ready."""

    file: ScreeningFile

    @classmethod
    def load(cls, path: Path) -> Self:
        return cls(ScreeningFile.model_validate(read_yaml(path)))

    @cached_property
    def hostile(self) -> re.Pattern[str]:
        slurs, insults = flat(self.file.slurs), flat(self.file.insults)
        return _compile(*_by_length(slurs | insults), *map(_spaced, sorted(slurs)))

    @cached_property
    def identity(self) -> re.Pattern[str]:
        many = (f"(?:{spell(word)}[s$]['’]?)" for word in sorted(flat(self.file.groups_as_many)))
        return _compile(*_by_length(flat(self.file.groups)), *many, *map(_slips, sorted(flat(self.file.groups))))

    @cached_property
    def hostile_before_people(self) -> re.Pattern[str]:
        words = _any_of(flat(self.file.hostile_before_people)).replace("ing", "in[g'’]?")
        between = _any_of({*flat(self.file.hostile_before_people), *self.file.dropped, *flat(self.file.origins)})
        return _compile(
            rf"\b{words}\b(?=(?:[\s,]+(?:and )?{between}\b)*[\s,-]+(?:{_MACROS['group']}|{self.people_word}))"
        )

    @cached_property
    def origin(self) -> re.Pattern[str]:
        words = _any_of(flat(self.file.origins))
        return _compile(
            rf"\b{words}(?:[\s-]+(?:looking|speaking)|ish)?\b"
            rf"(?=(?:(?:\s+and|,)?\s+{words})*\s+(?:{_MACROS['identity']}|(?:young\s+|old\s+)?{self.people_word}))"
        )

    @cached_property
    def people_word(self) -> str:
        return rf"{_any_of(self.file.people)}(?<!\blot(?=\sof\b))\b(?!\s+of\s+(?!them))(?!\s+{_NO_PEOPLE}\b)"

    @cached_property
    def leave(self) -> tuple[re.Pattern[str], ...]:
        return tuple(_compile(rule) for rule in self.file.leave)

    @cached_property
    def own_words(self) -> tuple[re.Pattern[str], ...]:
        return tuple(_compile(self._fill(rule)) for rule in self.file.speaking_of_themselves)

    @cached_property
    def by_sentence(self) -> tuple[re.Pattern[str], ...]:
        return tuple(_compile(self._fill(rule)) for rule in (*self.file.told_of_others, *self.file.questions))

    @cached_property
    def rephrase(self) -> tuple[tuple[re.Pattern[str], Rephrase], ...]:
        return tuple((_compile(self._fill(one.find)), one) for one in self.file.rephrase)

    @cached_property
    def turned_aside(self) -> re.Pattern[str]:
        """A word or row of words that was found, with what stands before it and the word for people or things."""
        found = _MACROS["group"]
        dropped = f"(?:{'|'.join(map(spell, self.file.dropped))})"
        nouns = _any_of({*self.file.people, *self.file.things})
        return _compile(
            r"(?:\b(?P<before>(?:all )?(?:these|those|them|the|an?|that|this|some|another)|one|no)\s+)?"
            rf"(?:{dropped}\s+)*(?P<found>{found}(?:(?:\s*[,/&]\s*|\s+and\s+|[\s-]+)(?:{dropped}[\s-]+)*{found})*)"
            rf"(?:[\s-]+(?P<noun>{nouns})\b(?!\s+of\s+(?!them)))?"
        )

    @cached_property
    def plate_words(self) -> frozenset[str]:
        return frozenset(flat(self.file.plates.words))

    @cached_property
    def says_nothing(self) -> frozenset[str]:
        return frozenset(flat(self.file.says_nothing))

    def _fill(self, rule: str) -> str:
        return fill(rule, {"origin": _any_of(flat(self.file.origins)), "people": self.people_word})


def flat(words: Words) -> set[str]:
    return {word for row in words for word in row}


def spell(word: str) -> str:
    """The letters of a word as people write them: doubled, accented, in digits, or some of them hidden by *."""
    return "".join(r"[\s-]+" if letter in " -" else rf"[{_letters(letter)}*]{{1,3}}" for letter in word)


def _letters(letter: str) -> str:
    return re.escape(_LOOKS_LIKE.get(letter, letter))


def _by_length(words: Iterable[str]) -> Iterator[str]:
    """Long words first, so that "thieving git" is not left half said; one or many of each."""
    for word in sorted(words, key=lambda word: (-len(word), word)):
        stem = re.sub(r"(?:ey|ie|y)$", "", word)
        if stem != word:
            i, e, y = (_letters(letter) for letter in "iey")
            yield rf"{spell(stem)}(?:[{e}*]?[{y}*]{{1,5}}|[{i}*][{e}*])(?:['’]?[{_letters('s')}]{{1,5}}['’]?)?"
        else:
            yield rf"{spell(word)}(?:['’]?e?[{_letters('s')}]{{1,5}}['’]?)?"


def _spaced(word: str) -> str:
    letters = word.replace(" ", "")
    if len(letters) < _SHORTEST_SPACED:
        return r"(?!)"
    row = r"[ .\-_*]{1,2}".join(f"[{_letters(letter)}]" for letter in letters)
    return rf"{row}(?:[ .\-_*]{{1,2}}s)?"


def _slips(word: str) -> str:
    """A longer word with two letters the wrong way round or one left out, as "foriegners" and "travllers"."""
    if len(word) < _SHORTEST_SLIPPED or " " in word:
        return r"(?!)"
    turned = {f"{word[:at]}{word[at + 1]}{word[at]}{word[at + 2 :]}" for at in range(1, len(word) - 2)}
    short = {word[:at] + word[at + 1 :] for at in range(2, len(word) - 2)}
    return f"(?:{'|'.join(sorted((turned | short) - _OTHER_WORDS - {word}))})(?:s|es)?"


def _any_of(words: Iterable[str]) -> str:
    ordered = sorted(words, key=lambda word: (-len(word), word))
    return "(?:" + "|".join(re.escape(word).replace("\\ ", r"\s+") for word in ordered) + ")"


def _compile(*rules: str) -> re.Pattern[str]:
    if len(rules) == 1:
        return re.compile(rules[0], re.IGNORECASE)
    return re.compile(rf"{_BEFORE}(?:{'|'.join(rules)}){_BEHIND}", re.IGNORECASE)
