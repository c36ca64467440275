"""A consultation with planted themes, made from hand-written phrases: who wrote about what is known beforehand."""

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows.yaml_lines import read_yaml

FOLDER = Path(__file__).parent
TUNING, REPORTED = "phrases_tuning.yml", "phrases_reported.yml"
# Of a hundred answers: these say nothing of any theme, these speak of two.
NOTHING_PERCENT, TWO_PERCENT = 8, 15
TYPO_PERCENT = 35
_SLOT = re.compile(r"\{(place|when|who)\}")


@dataclass(frozen=True)
class Answer:
    """`themes` are the planted ones, that with more sentences first; none where it says nothing of any."""

    id: str
    text: str
    themes: tuple[str, ...]


def count_themes(bank: str) -> int:
    return len(_read(bank)["themes"])


def make_consultation(bank: str, answers: int, seed: int, *, one_phrase: bool = False) -> list[Answer]:
    """Answers made of the phrases of `bank`; the same for the same seed.

    one_phrase: nobody says more than one thing, so that which phrases stand together tells nothing.
    """
    phrases: Mapping[str, Sequence[str]] = _read(bank)["themes"]
    chance = random.Random(seed)
    writer = _Writer(_read("shared.yml"), chance)
    names = sorted(phrases)
    # Some matters move many people, some few: the largest is about six times the smallest.
    weights = [6 ** (at / (len(names) - 1)) for at in chance.sample(range(len(names)), len(names))]
    made = []
    for number in range(answers):
        drawn = chance.random() * 100
        if drawn < NOTHING_PERCENT:
            made.append(Answer(f"a{number}", writer.say_nothing(), ()))
            continue
        first = chance.choices(names, weights)[0]
        parts = [(first, writer.say(phrases[first], 1 if one_phrase else chance.choice((1, 1, 1, 2, 2, 3))))]
        if not one_phrase and drawn < NOTHING_PERCENT + TWO_PERCENT:
            second = chance.choice([name for name in names if name != first])
            parts = [
                (first, writer.say(phrases[first], chance.choice((1, 2)))),
                (second, writer.say(phrases[second], 1)),
            ]
        made.append(
            Answer(f"a{number}", writer.finish([text for _, text in parts]), tuple(name for name, _ in parts))
        )
    return made


def _read(name: str) -> dict[str, Any]:
    read: dict[str, Any] = read_yaml(FOLDER / name)
    return read


class _Writer:
    """Puts phrases together as people do: something before, something behind, typing in a hurry."""

    def __init__(self, shared: Mapping[str, Any], chance: random.Random) -> None:
        self._shared = shared
        self._chance = chance

    def say_nothing(self) -> str:
        return self._type(str(self._chance.choice(self._shared["nothing"])))

    def say(self, phrases: Sequence[str], count: int) -> str:
        text = ""
        for at, phrase in enumerate(self._chance.sample(list(phrases), count)):
            text += self._chance.choice(self._shared["joins"]) if at else ""
            text += phrase
        return text

    def finish(self, parts: Sequence[str]) -> str:
        text = parts[0]
        for part in parts[1:]:
            text += self._chance.choice(self._shared["joins_of_themes"]) + part
        if self._chance.random() < 0.3:
            text = f"{self._chance.choice(self._shared['openers'])} {text}"
        if self._chance.random() < 0.35:
            text = f"{text}. {self._chance.choice(self._shared['closers'])}"
        return self._type(_SLOT.sub(self._fill, text))

    def _fill(self, slot: re.Match[str]) -> str:
        name = {"place": "places"}.get(slot[1], slot[1])
        return str(self._chance.choice(self._shared[name]))

    def _type(self, text: str) -> str:
        style = self._chance.random()
        if style < 0.25:
            text = text.lower()
        elif style < 0.29:
            text = text.upper()
        if self._chance.random() < 0.2:
            text = text.replace("'", "").replace(",", "").replace(".", " ")
        if self._chance.random() * 100 >= TYPO_PERCENT:
            return text
        words = text.split(" ")
        for _ in range(1 + len(words) // 10):
            at = self._chance.randrange(len(words))
            words[at] = self._slip(words[at])
        return " ".join(words)

    def _slip(self, word: str) -> str:
        """A letter lost, doubled or changed for its neighbour; short words stay."""
        if len(word) < 4:
            return word
        at = self._chance.randrange(1, len(word) - 1)
        kind = self._chance.randrange(3)
        if kind == 0:
            return word[:at] + word[at + 1 :]
        if kind == 1:
            return word[:at] + word[at] + word[at:]
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
