"""lexicon.yml and the county's own names, compiled into what the rules search with.

The words are data so that the office can add one without code; compiling them once keeps a message fast.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from nlu.components.span import fold

# What a rule takes for one word: letters, digits, apostrophes, and the vowel signs of Gurmukhi, which \w leaves out.
WORD = r"[\w'\u0a01-\u0a75]+"
NOT_AFTER_WORD = r"(?<![\w'\u0a01-\u0a75])"
NOT_BEFORE_WORD = r"(?![\w\u0a01-\u0a75])"


# Road words that are land or a turn of phrase behind a land word ("school gardens", "field end").
_NO_ROAD = frozenset(
    {"end", "gardens", "turn", "corner", "bridge", "services", "station", "row", "ford", "island", "hill"}
)


class Thing(NamedTuple):
    """What can be counted: "caravans" or "vehicles", and whether the word is a singular, a plural or both."""

    kind: str
    is_one: bool
    is_many: bool


class NumberLanguage(NamedTuple):
    """Numbers of another language and the signs that it is spoken; None: its numbers are no English words."""

    values: dict[str, int]
    signs: re.Pattern[str] | None


@dataclass(frozen=True)
class CountWords:
    """For counts.py."""

    numbers: re.Pattern[str]
    values: dict[str, int]
    languages: tuple[NumberLanguage, ...]
    articles: frozenset[str]
    things: re.Pattern[str]
    thing_kinds: dict[str, Thing]
    between: frozenset[str]
    apart: frozenset[str]
    not_before: re.Pattern[str]
    not_before_unless: re.Pattern[str]
    not_after: re.Pattern[str]
    cue: re.Pattern[str]
    after: re.Pattern[str]
    update: re.Pattern[str]
    camp: re.Pattern[str]


@dataclass(frozen=True)
class GroundWords:
    """For ground.py."""

    land: re.Pattern[str]
    kinds: dict[str, str]
    guarded: frozenset[str]
    not_after: frozenset[str]
    not_before: frozenset[str]
    plural_after: frozenset[str]
    roads: re.Pattern[str]
    stand: re.Pattern[str]
    near: re.Pattern[str]
    move: re.Pattern[str]
    masks: re.Pattern[str]


@dataclass(frozen=True)
class ImpactWords:
    """For impact.py."""

    kinds: dict[str, re.Pattern[str]]
    masks: re.Pattern[str]
    none: re.Pattern[str]
    negator: re.Pattern[str]
    negation_end: re.Pattern[str]


@dataclass(frozen=True)
class PlaceWords:
    """For where.py. `names` is the county's gazetteer, None where there is none."""

    names: re.Pattern[str] | None
    roads: frozenset[str]
    grounds: re.Pattern[str]
    heads: frozenset[str]
    articles: frozenset[str]
    plain: frozenset[str]
    never: frozenset[str]
    stops: frozenset[str]
    joins: re.Pattern[str]
    starts: re.Pattern[str]
    of_writer: re.Pattern[str]
    not_names: frozenset[str]


@dataclass(frozen=True)
class Lexicon:
    """Everything the rules go by. `outward_codes` and the place names come from the county's own files."""

    counts: CountWords
    ground: GroundWords
    impact: ImpactWords
    places: PlaceWords
    times: Mapping[str, Sequence[str]]
    outward_codes: frozenset[str] = frozenset()


def load_lexicon(
    path: Path, *, place_names: Iterable[str] = (), outward_codes: Iterable[str] = ()
) -> Lexicon:
    """Read and compile the lexicon.

    place_names: names of the county's gazetteer; outward_codes: such as "CV34", known to lie in or by the county.
    """
    # BaseLoader: "off" and "no" stay words.
    raw: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    return Lexicon(
        counts=_compile_counts(raw),
        ground=_compile_ground(raw),
        impact=_compile_impact(raw),
        places=_compile_places(raw, place_names),
        times=raw["times"],
        outward_codes=frozenset(code.upper() for code in outward_codes),
    )


def key(phrase: str) -> str:
    """A phrase without its spaces, hyphens and apostrophes: how one finds what a match stands for."""
    return re.sub(r"[\s\-']", "", phrase)


def any_of(phrases: Iterable[str]) -> str:
    """A group matching any of the phrases as whole words, the longest first."""
    ordered = sorted(set(phrases), key=len, reverse=True)
    return NOT_AFTER_WORD + "(?:" + "|".join(_phrase(p) for p in ordered) + ")" + NOT_BEFORE_WORD


def _phrase(phrase: str) -> str:
    """One lexicon entry as a pattern: spaces loose, apostrophes optional, "*" any ending."""
    words = []
    for word in phrase.split():
        body = re.escape(word.rstrip("*")).replace("'", "'?")
        body = re.sub(r"(?<=n)t$", "'?t", body)
        words.append(body + (r"[\w']*" if word.endswith("*") else ""))
    return r"(?:\s|\s?-\s?)?".join(words) if len(words) < 3 else r"(?:\s|-)\s?".join(words)


def _flat(groups: dict[str, list[str]]) -> list[str]:
    return [phrase for phrases in groups.values() for phrase in phrases]


def _compile_counts(raw: dict[str, Any]) -> CountWords:
    counted, spoken = raw["counted"], raw["number_languages"].values()
    values = {key(word): int(value) for word, value in raw["numbers"].items()}
    languages = tuple(
        NumberLanguage(
            {key(word): int(value) for word, value in language["numbers"].items()},
            re.compile(any_of(language["signs"])) if language["signs"] else None,
        )
        for language in spoken
    )
    words = [
        *raw["numbers"],
        *raw["articles"],
        *(word for language in spoken for word in language["numbers"]),
    ]
    return CountWords(
        numbers=_number_pattern(words),
        values=values,
        languages=languages,
        articles=frozenset(key(a) for a in raw["articles"]),
        things=re.compile(
            any_of(
                phrase
                for kind in ("caravans", "vehicles")
                for number in counted[kind].values()
                for phrase in number
            )
        ),
        thing_kinds=_thing_kinds(counted),
        between=frozenset(counted["between"]),
        apart=frozenset(counted["apart"]) - frozenset(counted["between"]),
        not_before=re.compile(rf"['\-\s]*{any_of(counted['not_before'])}"),
        not_before_unless=re.compile(rf"\s+{any_of(counted['not_before_unless'])}"),
        not_after=re.compile(rf"{any_of(counted['not_after'])}\s*$"),
        cue=re.compile(rf"{any_of(counted['cues'])}[.:]?\s*$"),
        after=re.compile(rf"[\s,]*{any_of(counted['after'])}"),
        update=re.compile(rf"{any_of(counted['update'])}(?:\s+{WORD}){{0,2}}\s*$"),
        camp=re.compile(any_of(raw["camp_words"])),
    )


def _thing_kinds(counted: dict[str, Any]) -> dict[str, Thing]:
    kinds: dict[str, Thing] = {}
    for kind in ("caravans", "vehicles"):
        one, many = ({key(p) for p in counted[kind][number]} for number in ("one", "many"))
        kinds.update({word: Thing(kind, word in one, word in many) for word in one | many})
    return kinds


def _number_pattern(words: list[str]) -> re.Pattern[str]:
    """A number or a range of two, with "ish", "odd", "+"; not part of a time, a code or a decimal."""
    tens = r"(?:twenty|thirty|forty|fifty|sixty)[\s\-]?(?:one|two|three|four|five|six|seven|eight|nine)(?!\w)"
    spelled = "|".join(_phrase(w) for w in sorted(set(words), key=len, reverse=True))
    about = r"(?:\s?-?ish(?!\w)|(?<=\d)\s?no\.?(?=\s+\w+s\b)|\s?\+|[\s\-]odd(?!\w)|\s+plus(?=\s+\w+s\b))"
    single = rf"(?:\d{{1,3}}|{tens}|(?:{spelled}){NOT_BEFORE_WORD}){about}?"
    return re.compile(
        rf"(?:(?<=\bx)|(?<![\w.\u00a3'#:/\u0a01-\u0a75])(?<!minus )(?<!-))"
        rf"(?P<low>{single})(?:\s*(?:to|or|or maybe|-|\u2013|/|maybe)\s*(?P<high>{single}))?"
        r"(?=x\b|(?![\w%\u0a01-\u0a75]))(?![.:/]\d)"
    )


def _compile_ground(raw: dict[str, Any]) -> GroundWords:
    return GroundWords(
        land=re.compile(any_of(_flat(raw["land"]))),
        kinds={key(phrase): kind for kind, phrases in raw["land"].items() for phrase in phrases},
        guarded=frozenset(key(w) for w in raw["land_guarded"]),
        not_after=frozenset(raw["land_not_after"]),
        not_before=frozenset(raw["land_not_before"]),
        plural_after=frozenset(raw["land_plural_after"]),
        roads=re.compile(rf"\s+{any_of(w for w in raw['road_words'] if w not in _NO_ROAD)}"),
        stand=re.compile(any_of(raw["stand_words"])),
        near=re.compile(any_of(raw["near_words"])),
        move=re.compile(any_of(raw["move_words"])),
        masks=re.compile(any_of(raw["land_masks"])),
    )


def _compile_impact(raw: dict[str, Any]) -> ImpactWords:
    return ImpactWords(
        kinds={kind: re.compile(any_of(phrases)) for kind, phrases in raw["impact"].items()},
        masks=re.compile(any_of(raw["impact_masks"])),
        none=re.compile(any_of(raw["no_impact"])),
        negator=re.compile(rf"{any_of(raw['negators'])}(?:\s+{WORD}){{0,4}}\s*$"),
        negation_end=re.compile(rf"[.;!?\n,]|{any_of(raw['negation_ends'])}"),
    )


def _compile_places(raw: dict[str, Any], place_names: Iterable[str]) -> PlaceWords:
    names = sorted({fold(n) for n in place_names if len(n) > 3}, key=len, reverse=True)
    return PlaceWords(
        names=re.compile(any_of(names)) if names else None,
        roads=frozenset(raw["road_words"]),
        grounds=re.compile(any_of([*raw["place_words"], *raw["road_words"], *_flat(raw["land"])])),
        heads=frozenset(raw["place_heads"]),
        articles=frozenset(raw["place_articles"]),
        plain=frozenset(raw["place_plain"]),
        never=frozenset(raw["place_never"]),
        stops=frozenset([*raw["place_stops"], *_counted_words(raw["counted"])]),
        joins=re.compile(any_of(raw["place_joins"])),
        starts=re.compile(any_of(raw["place_only_starts"])),
        of_writer=re.compile(
            rf"{any_of(raw['place_of_writer'])}\s*(?:(?:near|at|in|by|on|from|outside|the|a|an)\s+)*$"
        ),
        not_names=frozenset(raw["not_names"]),
    )


def _counted_words(counted: dict[str, Any]) -> list[str]:
    """Every single word for a caravan or a vehicle: none of them names a place."""
    return [
        p
        for kind in ("caravans", "vehicles")
        for listed in counted[kind].values()
        for p in listed
        if " " not in p
    ]
