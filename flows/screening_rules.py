"""The lists of flows/screening.yml, checked."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, model_validator

Kind = Literal["hostile", "identity", "plate"]
KINDS: tuple[Kind, ...] = ("hostile", "identity", "plate")

# A word that was found stands in the text as one letter of these (Unicode keeps them for private use), so that
# the rules read "they are {group}" and need not know how people spell.
HOSTILE, IDENTITY, KEPT, PLATE = "\ue000", "\ue800", "\uf000", "\uf800"
MOST_FOUND = 0x7FF
MACROS = {
    name: f"[{first}-\uefff](?:[ -]+[{first}-\uefff])*"
    for name, first in (("group", HOSTILE), ("identity", IDENTITY))
}

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
    return re.sub(r"\{([a-z]+)\}", lambda name: (MACROS | more)[name.group(1)], rule)


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


def flat(words: Words) -> set[str]:
    return {word for row in words for word in row}
