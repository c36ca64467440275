"""For whom, or when, an answer differs: "I rent", "it has happened to me", "I am 15" (county/cases.yml)."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from flows.safety import plain_words

LONGEST_TITLE = 32
_AGE = re.compile(r"\b(?:im|i am|aged?) (\d{1,2})\b|\b(\d{1,2}) years? old\b")


class Case(BaseModel):
    """`words` are phrases as people write them; `ages` the youngest and oldest it is for, both included.

    `unless` are phrases that speak against it. `lasts`: it is about who somebody is ("I rent"), so it holds for
    the next question too.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field(min_length=1, max_length=LONGEST_TITLE)
    words: tuple[str, ...] = Field(min_length=1)
    ages: tuple[int, int] | None = None
    lasts: bool = False
    unless: tuple[str, ...] = ()


class CasesFile(BaseModel):
    """county/cases.yml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cases: dict[str, Case]


@dataclass(frozen=True)
class Cases:
    """All cases, the first that fits before the later ones; `phrases` are their words made ready to look for."""

    cases: dict[str, Case]
    phrases: dict[str, tuple[str, ...]]

    @classmethod
    def of(cls, cases: dict[str, Case]) -> "Cases":
        return cls(cases, {name: tuple(f" {plain_words(w)} " for w in c.words) for name, c in cases.items()})

    def find(self, text: str, among: Collection[str]) -> str | None:
        """The id of the case of a message, of those in `among`; None where its words tell none."""
        said = f" {plain_words(text)} "
        for name, phrases in self.phrases.items():
            case = self.cases[name]
            if name not in among or any(f" {plain_words(w)} " in said for w in case.unless):
                continue
            if any(p in said for p in phrases) or _is_aged(said, case.ages):
                return name
        return None


def _is_aged(said: str, ages: tuple[int, int] | None) -> bool:
    if ages is None:
        return False
    youngest, oldest = ages
    return any(youngest <= int(a or b) <= oldest for a, b in _AGE.findall(said))
