"""The lists of flows/screening.yml made into patterns, once."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

from flows.screening_rules import MACROS, Rephrase, ScreeningFile, fill, flat
from flows.spellings import any_of, compile_rules, spell, spell_all, spell_slips, spell_spaced
from flows.yaml_lines import read_yaml

# "a white people carrier", "the Polish community centre"
_NO_PEOPLE = (
    "(?:carriers?|cars?|cabs?|vans?|bus|tents?|saloon|pub|centre|club|hall|association|church|shop|fun|size)"
)


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
        return compile_rules(*spell_all(slurs | insults), *map(spell_spaced, sorted(slurs)))

    @cached_property
    def identity(self) -> re.Pattern[str]:
        many = (f"(?:{spell(word)}[s$]['’]?)" for word in sorted(flat(self.file.groups_as_many)))
        return compile_rules(
            *spell_all(flat(self.file.groups)), *many, *map(spell_slips, sorted(flat(self.file.groups)))
        )

    @cached_property
    def hostile_before_people(self) -> re.Pattern[str]:
        words = any_of(flat(self.file.hostile_before_people)).replace("ing", "in[g'’]?")
        between = any_of(
            {*flat(self.file.hostile_before_people), *self.file.dropped, *flat(self.file.origins)}
        )
        return compile_rules(
            rf"\b{words}\b(?=(?:[\s,]+(?:and )?{between}\b)*[\s,-]+(?:{MACROS['group']}|{self.people_word}))"
        )

    @cached_property
    def origin(self) -> re.Pattern[str]:
        words = any_of(flat(self.file.origins))
        return compile_rules(
            rf"\b{words}(?:[\s-]+(?:looking|speaking)|ish)?\b"
            rf"(?=(?:(?:\s+and|,)?\s+{words})*\s+(?:{MACROS['identity']}|(?:young\s+|old\s+)?{self.people_word}))"
        )

    @cached_property
    def people_word(self) -> str:
        return rf"{any_of(self.file.people)}(?<!\blot(?=\sof\b))\b(?!\s+of\s+(?!them))(?!\s+{_NO_PEOPLE}\b)"

    @cached_property
    def leave(self) -> tuple[re.Pattern[str], ...]:
        return tuple(compile_rules(rule) for rule in self.file.leave)

    @cached_property
    def own_words(self) -> tuple[re.Pattern[str], ...]:
        return tuple(compile_rules(self._fill(rule)) for rule in self.file.speaking_of_themselves)

    @cached_property
    def by_sentence(self) -> tuple[re.Pattern[str], ...]:
        return tuple(
            compile_rules(self._fill(rule)) for rule in (*self.file.told_of_others, *self.file.questions)
        )

    @cached_property
    def rephrase(self) -> tuple[tuple[re.Pattern[str], Rephrase], ...]:
        return tuple((compile_rules(self._fill(one.find)), one) for one in self.file.rephrase)

    @cached_property
    def turned_aside(self) -> re.Pattern[str]:
        """A word or row of words that was found, with what stands before it and the word for people or things."""
        found = MACROS["group"]
        dropped = f"(?:{'|'.join(map(spell, self.file.dropped))})"
        nouns = any_of({*self.file.people, *self.file.things})
        return compile_rules(
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
        return fill(rule, {"origin": any_of(flat(self.file.origins)), "people": self.people_word})
