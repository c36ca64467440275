"""Danger words and STOP: looked for before all else, in every state, in this process, with no model.

The rules are data (danger.yml) so that a reader without code can judge and mend them. The model may find
danger too; either is enough.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from flows.yaml_lines import read_yaml

LONGEST_SEARCHED = 16_000  # of a longer message its beginning and its end: it must not hold up everybody else
WINDOW_WORDS = 150
WINDOW_OVERLAP = 30


class DangerKind(StrEnum):
    CRISIS = "crisis"
    EMERGENCY = "emergency"


class Keyword(StrEnum):
    """Single words that act in every state. STOP and START words are Twilio's own lists, so that our state
    and the carrier's agree (twilio.com/docs/messaging/tutorials/advanced-opt-out); HELP is Twilio's too.
    """

    STOP = "stop"
    START = "start"
    HELP = "help"


@dataclass(frozen=True)
class DangerRule:
    kind: DangerKind
    pattern: re.Pattern[str]
    finds: tuple[str, ...]
    now_only: bool


_STOP = frozenset(
    "stop stopall unsubscribe end quit cancel stopp optout arret alto pare parar opreste zatrzymaj przestan".split()
)
_STOP_PHRASES = re.compile(
    r"^(please )?(stop|stop all|stop it|stop texting( me)?|stop messaging( me)?|stop messages|stop texts|"
    r"stop sending( me)?( messages| texts)?|stop contacting me|unsubscribe( me)?|opt out|opt me out)"
    r"( please| pls| thanks| now)*$"
)
_START = frozenset("start unstop".split())
_HELP = frozenset("help info".split())


class Safety:
    """The danger rules, read once from danger.yml."""

    def __init__(
        self,
        rules: tuple[DangerRule, ...],
        past: re.Pattern[str],
        present: re.Pattern[str],
        slang: dict[str, str],
    ) -> None:
        self._slang = slang
        self._rules = rules
        self._past = past
        self._present = present

    @classmethod
    def load(cls, path: Path) -> "Safety":
        return cls.from_dict(read_yaml(path))

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Safety":
        rules = tuple(
            DangerRule(kind, re.compile(rule["rule"]), tuple(rule["finds"]), bool(rule.get("now_only")))
            for kind in (DangerKind.CRISIS, DangerKind.EMERGENCY)
            for rule in data[kind]
        )
        slang = {str(short): str(full) for short, full in (data.get("slang") or {}).items()}
        return cls(rules, re.compile(data["past"]), re.compile(data["present"]), slang)

    @property
    def rules(self) -> tuple[DangerRule, ...]:
        return self._rules

    def find_danger(self, text: str) -> DangerKind | None:
        """The danger a message speaks of, crisis before emergency; None where no rule finds any."""
        kinds = {kind for part in self.read_parts(text) if (kind := self._find_in(part)) is not None}
        return min(kinds, key=list(DangerKind).index, default=None)

    def read_parts(self, text: str) -> Iterator[str]:
        """The message as danger is looked for in it: plain words, slang written out, a long one in parts."""
        if len(text) > LONGEST_SEARCHED:
            text = f"{text[: LONGEST_SEARCHED // 2]} {text[-LONGEST_SEARCHED // 2 :]}"
        return _windows([self._slang.get(word, word) for word in plain_words(text).split()])

    def _find_in(self, plain: str) -> DangerKind | None:
        is_past = bool(self._past.search(plain)) and not self._present.search(plain)
        for rule in self._rules:
            if not (rule.now_only and is_past) and rule.pattern.search(plain):
                return rule.kind
        return None


def _windows(words: list[str]) -> Iterator[str]:
    """A message in overlapping parts, so that the time to search it grows with its length and no faster."""
    step = WINDOW_WORDS - WINDOW_OVERLAP
    for start in range(0, max(len(words) - WINDOW_OVERLAP, 1), step):
        # A word of 100,000 letters is no word of any rule.
        yield " ".join(word[:40] for word in words[start : start + WINDOW_WORDS])


def read_keyword(text: str, *, carrier: bool) -> Keyword | None:
    """STOP, START or HELP where the message says nothing else.

    `carrier` is True on SMS, where CANCEL, END and QUIT mean STOP to the phone network and must to us;
    on other doors they are everyday words of a form and are left to it. There YES means START too; whoever
    asks must know whether the citizen had stopped, since YES is an everyday answer as well.
    """
    plain = plain_words(text)
    if carrier and plain.replace(" ", "") in _STOP:
        return Keyword.STOP
    if plain in _STOP - {"end", "quit", "cancel"} or _STOP_PHRASES.match(plain):
        return Keyword.STOP
    if plain in _START or (carrier and plain == "yes"):
        return Keyword.START
    if plain in _HELP:
        return Keyword.HELP
    return None


def plain_words(text: str) -> str:
    """Lower case, accents and apostrophes gone, punctuation to spaces, letters of any script kept.

    Zero-width and direction marks are dropped first: "k\\u200bill" is "kill".
    """
    text = "".join(
        c
        for c in text
        if c in "\n\t" or (unicodedata.category(c) not in ("Cf", "Cc") and not "\ufe00" <= c <= "\ufe0f")
    )
    text = text.casefold().replace("\u0142", "l")
    # Accents go from Latin letters only: in Cyrillic and Gurmukhi the marks make other letters.
    text = re.sub(r"([a-z])[\u0300-\u036f]+", r"\1", unicodedata.normalize("NFKD", text))
    text = unicodedata.normalize("NFC", text)
    text = re.sub(r"['\u2019\u2018`\u00b4]", "", text)
    text = "".join(
        c if c.isalnum() or c.isspace() or unicodedata.category(c)[0] == "M" else " " for c in text
    )
    return re.sub(r"\s+", " ", text).strip()
