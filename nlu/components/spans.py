"""Finds what a report carries by rule: counts, postcodes, references, land, impact, times and places.

Pure Python and no Rasa, so that it runs and is tested in either environment. Rules, not a trained model,
where the wording is bounded and a wrong number would be worse than none: the words are in lexicon.yml.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from flows.numbers import read_number
from flows.postcodes import read_postcode
from flows.references import ALPHABET, is_checked

# Postcode areas of the United Kingdom (Royal Mail; BS 7666): the letters a postcode can begin with.
_AREAS = frozenset(
    "AB AL B BA BB BD BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH EN EX "
    "FK FY G GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N NE "
    "NG NN NP NR NW OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN "
    "TQ TR TS TW UB W WA WC WD WF WN WR WS WV YO ZE".split()
)
_FULL_POSTCODE = re.compile(
    r"(?<![A-Z0-9])([A-Z]{1,2})([0-9OIL][0-9A-Z]?)[\s.\-]{0,3}([0-9OIL][A-Z0-9]{2})(?![A-Z0-9])"
)
_OUTWARD = re.compile(r"(?<![A-Z0-9])([A-Z]{1,2})\s?([0-9]{1,2}[A-Z]?)(?![A-Z0-9])")
_REFERENCE = re.compile(
    r"(?<![A-Z0-9])([A-Z]{2})([\s\-\u2013]*)([0-9A-Z]{4})([\s\-\u2013]*)([0-9A-Z]{3})(?![A-Z0-9])"
)
_ROAD_NUMBER = r"(?:[ab]\d{2,4}|m\d{1,2})"
_LITTLE = frozenset(
    "a an the my our my their his her this that old local big little on in at by of off near to lane road street "
    "hill way".split()
)
_NOT_A_NAME = re.compile(r"(?i)(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|my|our|the|there|they)\b")
_CLAUSE_END = re.compile(r"[.;!?\n]|,|\bbut\b|\bthough\b")


@dataclass(frozen=True)
class Span:
    """A marked piece of text: entity name, character offsets, and what it was read as (None: the words alone)."""

    name: str
    start: int
    end: int
    value: str | int | None = None

    def overlaps(self, other: "Span") -> bool:
        """Whether the two share a character."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True)
class Lexicon:
    """lexicon.yml, compiled. `place_names` and `outward_codes` come from the county's own files."""

    counts: re.Pattern[str]
    thing_kinds: dict[str, str]
    camp: re.Pattern[str]
    land: re.Pattern[str]
    land_kinds: dict[str, str]
    land_guarded: frozenset[str]
    land_not_after: frozenset[str]
    land_not_before: frozenset[str]
    near: re.Pattern[str]
    impact: dict[str, re.Pattern[str]]
    no_impact: re.Pattern[str]
    negator: re.Pattern[str]
    place_start: re.Pattern[str]
    place_stops: frozenset[str]
    place_sign: re.Pattern[str]
    road: re.Pattern[str]
    names: re.Pattern[str] | None
    outward_codes: frozenset[str] = field(default_factory=frozenset)


def load_lexicon(
    path: Path, *, place_names: Iterable[str] = (), outward_codes: Iterable[str] = ()
) -> Lexicon:
    """Read and compile the lexicon.

    place_names: names of the county's gazetteer; outward_codes: such as "CV34", known to lie in or by the county.
    """
    raw: dict[str, Any] = yaml.load(
        path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader
    )  # "off" and "no" stay words
    names = sorted({_fold(n) for n in place_names if len(n) > 3}, key=len, reverse=True)
    place_sign = _any([*raw["road_words"], *raw["place_words"], *_flat(raw["land"])])
    return Lexicon(
        counts=_compile_counts(raw),
        thing_kinds={
            _key(phrase): kind for kind in ("caravans", "vehicles") for phrase in raw["counted"][kind]
        },
        camp=re.compile(_any(raw["camp_words"])),
        land=re.compile(_any(_flat(raw["land"]))),
        land_kinds={_key(phrase): kind for kind, phrases in raw["land"].items() for phrase in phrases},
        land_guarded=frozenset(_key(w) for w in raw["land_guarded"]),
        land_not_after=frozenset(raw["land_not_after"]),
        land_not_before=frozenset(raw["land_not_before"]),
        near=re.compile(
            rf"{_any(raw['near_words'])}\s+(?:(?:the|a|an|our|my|that|this|old|local|\w+)\s+){{0,2}}$"
        ),
        impact={kind: re.compile(_any(phrases)) for kind, phrases in raw["impact"].items()},
        no_impact=re.compile(_any(raw["no_impact"])),
        negator=re.compile(rf"{_any(raw['negators'])}(?:\s+[\w']+){{0,4}}\s*$"),
        place_start=re.compile(
            r"(?<!\w)(?:on to|onto|on|at|in|into|by|off|beside|behind|opposite|outside|along|alongside|near to|near|nr|"
            r"next to|close to|across from|down|up|around|round|under)\s+(?=\S)"
        ),
        place_stops=frozenset(raw["place_stops"]),
        place_sign=re.compile(rf"{place_sign}|(?<!\w){_ROAD_NUMBER}(?!\w)"),
        road=re.compile(rf"(?:[a-z][\w'\-]+\s+){{1,2}}{_any(raw['road_words'])}|(?<!\w){_ROAD_NUMBER}(?!\w)"),
        names=re.compile(_any(names)) if names else None,
        outward_codes=frozenset(code.upper() for code in outward_codes),
    )


def find_spans(text: str, lexicon: Lexicon) -> list[Span]:
    """Everything the rules find in a message, in the order of the text. Offsets fit the text as given."""
    folded = _fold(text)
    fixed = [*_references(folded), *_postcodes(folded, lexicon)]
    seen = _best_time(folded)
    counts = [c for c in _counts(folded, lexicon) if not any(c.overlaps(s) for s in [*fixed, *seen])]
    impacts = _impacts(folded, lexicon)
    places = _places(
        text, folded, lexicon, [*seen, *impacts, *counts, *(f for f in fixed if f.name == "reference")]
    )
    found = [*fixed, *seen, *_sum_counts(counts), *_land(folded, lexicon), *impacts, *places]
    return sorted(found, key=lambda s: (s.start, s.end, s.name))


def _fold(text: str) -> str:
    """Lower case and plain apostrophes, one character for one, so that offsets stay true."""
    folded = text.replace("\u2019", "'").replace("\u2018", "'").replace("\u00a0", " ")
    lower = folded.lower()
    return (
        lower
        if len(lower) == len(folded)
        else "".join(c.lower() if len(c.lower()) == 1 else c for c in folded)
    )


def _flat(groups: dict[str, list[str]]) -> list[str]:
    return [phrase for phrases in groups.values() for phrase in phrases]


def _key(phrase: str) -> str:
    return re.sub(r"[\s\-']", "", phrase)


def _phrase(phrase: str) -> str:
    """One lexicon entry as a pattern: spaces loose, apostrophes optional, "*" any ending."""
    body = re.escape(phrase.rstrip("*").strip()).replace(r"\ ", r"[\s\-]?[\s]?").replace("'", "'?")
    body = (
        re.sub(r"(?<=n)t\b", "'?t", body) if phrase.startswith(("cant", "have", "has", "is", "are")) else body
    )
    return body + (r"[\w']*" if phrase.endswith("*") else "")


def _any(phrases: Iterable[str]) -> str:
    """A group matching any of the phrases as whole words, the longest first."""
    ordered = sorted(set(phrases), key=len, reverse=True)
    return r"(?<![\w'])(?:" + "|".join(_phrase(p) for p in ordered) + r")(?![\w])"


# --- counts ---------------------------------------------------------------------------------------------------


def _compile_counts(raw: dict[str, Any]) -> re.Pattern[str]:
    words = "|".join(_phrase(w) for w in sorted([*raw["numbers"], *raw["amounts"]], key=len, reverse=True))
    tens = r"(?:twenty|thirty|forty|fifty)[\s\-](?:one|two|three|four|five|six|seven|eight|nine)"
    number = rf"(?:\d{{1,3}}(?:\s?-?ish|\+)?|{tens}|{words}|an?|single)"
    things = "|".join(
        _phrase(p)
        for p in sorted([*raw["counted"]["caravans"], *raw["counted"]["vehicles"]], key=len, reverse=True)
    )
    between = "|".join(_phrase(p) for p in sorted(raw["counted"]["between"], key=len, reverse=True))
    not_before = "|".join(raw["counted"]["not_before"])
    amount = rf"(?P<number>{number}(?:\s*(?:to|or|-|\u2013|/|maybe)\s*{number})?)"
    return re.compile(
        rf"(?<![\w.\u00a3'])(?<!minus )(?<!-){amount}(?:\s*x\s*|\s+)(?:(?:{between})\s+){{0,4}}?"
        rf"(?P<thing>{things})(?![\w])(?!['\-\s]*(?:{not_before})(?!\w))"
    )


def _counts(folded: str, lexicon: Lexicon) -> Iterator[Span]:
    camp = bool(lexicon.camp.search(folded))
    for found in lexicon.counts.finditer(folded):
        said = found.group("number")
        # "a van" is a count only where the message is about a camp; elsewhere it is any van.
        if said in {"a", "an", "single"} and not camp:
            continue
        value = read_number(said.rstrip("+"))
        if value is not None:
            kind = lexicon.thing_kinds[_key(found.group("thing"))]
            yield Span(kind, found.start("number"), found.end("number"), value)


def _sum_counts(counts: list[Span]) -> list[Span]:
    """ "4 cars and 2 lorries" is 6 vehicles: one answer, marked from the first number to the last."""
    summed = []
    for kind in ("caravans", "vehicles"):
        same = [c for c in counts if c.name == kind]
        if same:
            total = sum(c.value for c in same if isinstance(c.value, int))
            summed.append(Span(kind, same[0].start, same[-1].end, total))
    return summed


# --- postcodes and references -----------------------------------------------------------------------------------


def _postcodes(folded: str, lexicon: Lexicon) -> list[Span]:
    upper = folded.upper() if len(folded.upper()) == len(folded) else folded
    found: list[Span] = []
    for full in _FULL_POSTCODE.finditer(upper):
        # One digit at least must stand where digits stand, or "to 1st" would be a postcode.
        if full.group(1) not in _AREAS or not re.search(r"\d", full.group(2)):
            continue
        value = read_postcode(full.group(0))
        if value is not None and re.match(r"[A-Z]+(?:[1-9]|0 )", value) and " " in value:
            found.append(Span("postcode", full.start(), full.end(), value))
    for outward in _OUTWARD.finditer(upper):
        span = Span("postcode", outward.start(), outward.end(), outward.group(1) + outward.group(2))
        if span.value in lexicon.outward_codes and not any(span.overlaps(f) for f in found):
            found.append(span)
    return found


def _references(folded: str) -> list[Span]:
    upper = folded.upper() if len(folded.upper()) == len(folded) else folded
    found = []
    for match in _REFERENCE.finditer(upper):
        prefix, gap, four, other_gap, three = match.groups()
        code = (four + three).translate(str.maketrans("OIL", "011"))
        if any(c not in ALPHABET for c in code):
            continue
        dashed = "-" in gap.replace("\u2013", "-") and "-" in other_gap.replace("\u2013", "-")
        # Without its dashes it must prove itself: three plain words in a row can have this shape.
        if (dashed and re.search(r"\d", four + three)) or (
            re.search(r"\d", four + three) and is_checked(code)
        ):
            found.append(Span("reference", match.start(), match.end(), f"{prefix}-{code[:4]}-{code[4:]}"))
    return found


# --- land -------------------------------------------------------------------------------------------------------


def _land(folded: str, lexicon: Lexicon) -> list[Span]:
    """The land they stand on: the first kind named that is not merely nearby; else the first nearby."""
    near: list[Span] = []
    for found in lexicon.land.finditer(folded):
        key = _key(found.group(0))
        before = re.findall(r"[\w']+", folded[: found.start()])[-1:]
        after = re.match(r"\s*([\w']+)", folded[found.end() :])
        if key in lexicon.land_guarded and (
            (before and before[0] in lexicon.land_not_after)
            or (after and after.group(1) in lexicon.land_not_before and key in {"park", "green"})
        ):
            continue
        kind = lexicon.land_kinds.get(key)
        if kind is None:
            continue
        span = Span("land", found.start(), found.end(), kind)
        if lexicon.near.search(folded[: found.start()]):
            near.append(span)
        else:
            return [span]
    return near[:1]


# --- impact -----------------------------------------------------------------------------------------------------


def _impacts(folded: str, lexicon: Lexicon) -> list[Span]:
    """Each kind at most once, where it is first said; "none" where it is said that nothing is wrong."""
    fine = lexicon.no_impact.search(folded)
    found = []
    for kind, pattern in lexicon.impact.items():
        for match in pattern.finditer(folded):
            inside_fine = fine and match.start() < fine.end() and fine.start() < match.end()
            if not inside_fine and not _is_negated(folded, match.start(), match.group(0), lexicon):
                found.append(Span("impact", match.start(), match.end(), kind))
                break
    if not found and fine:
        found.append(Span("impact", fine.start(), fine.end(), "none"))
    return sorted(found, key=lambda s: s.start)


def _is_negated(folded: str, start: int, words: str, lexicon: Lexicon) -> bool:
    if words.startswith("no "):
        return False
    clause = _CLAUSE_END.split(folded[:start])[-1].replace("n't", "nt")
    return bool(lexicon.negator.search(clause))


# --- times ------------------------------------------------------------------------------------------------------

_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_SHORT_DAY = r"(?:mon|mondy|tues?|weds?|thurs?|fri|fridy|sat|sun)"
_PART = (
    r"(?:morning|mornin|afternoon|evening|eve|night|nite|tea\s?time|lunch\s?time|dinner\s?time|lunch|midday|noon|midnight|"
    r"early hours|small hours|first thing|dawn|dusk)"
)
_AMOUNT = (
    r"(?:\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|a\s+couple(?:\s+of)?|couple(?:\s+of)?|a\s+few|few|"
    r"several|half\s+an?|an?\s+hour\s+and\s+a\s+half|some)"
)
_UNIT = r"(?:min(?:ute)?s?|h(?:ou)?rs?|days?|nights?|w(?:ee)?ks?|months?|weekends?)"
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?)"
)
_HOUR = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\d{1,2})"
_CLOCK = (
    r"(?:\d{1,2}(?:[:.]\d{2})?\s?(?:am|pm)|\d{1,2}:\d{2}|\d{1,2}\s?o'?\s?clock|"
    rf"half\s+(?:past\s+)?{_HOUR}|(?:quarter|ten|twenty)\s+(?:past|to)\s+{_HOUR}|{_HOUR}\s+this\s+{_PART})"
)
_ATOM = "|".join(
    [
        rf"(?:the\s+)?day\s+before\s+yesterday(?:\s+{_PART})?",
        rf"(?:yesterday|yest|yday|ystrday|yesturday|yesterdy)(?:\s+{_PART})?",
        rf"(?:early\s+|late\s+)?(?:last|this)\s+(?:{_PART}|{_DAY}|{_SHORT_DAY}|week(?:end)?|wknd|wkend|month)(?:\s+{_PART})?",
        rf"(?:{_DAY})(?:\s+(?:{_PART}|just gone))?(?:\s+(?:last|this)\s+week)?",
        r"today|tonight|2nite|tonite|2day|tday|overnight|just\s+now|(?:the\s+)?other\s+(?:day|night|week)|over\s+the\s+weekend|the\s+weekend|"
        r"at\s+the\s+weekend|earlier\s+(?:today|this\s+\w+|on)|first\s+thing",
        rf"(?:an?\s+)?(?:{_UNIT})\s+or\s+(?:so|two)\s+ago",
        rf"{_AMOUNT}(?:\s+(?:or|to)\s+{_AMOUNT}|-\d{{1,3}})?(?:\s+(?:long|whole|full))?\s*{_UNIT}(?:\s+or\s+so)?\s+(?:ago|back|now)",
        rf"(?:the\s+)?\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}(?:\s+\d{{4}})?",
        rf"{_MONTH}\s+(?:the\s+)?\d{{1,2}}(?:st|nd|rd|th)?",
        r"the\s+\d{1,2}(?:st|nd|rd|th)|\d{1,2}[/.]\d{1,2}(?:[/.]\d{2,4})?",
        rf"(?:at|around|about|roughly|since|from|by|before|after)\s+{_CLOCK}",
        r"\d{1,2}(?:[:.]\d{2})?\s?(?:am|pm)\b",
        rf"(?:in|during)\s+the\s+(?:{_PART})(?:\s+of\s+\w+)?",
        rf"(?:at|around|about|since|after|before|by|in)\s+{_PART}",
        r"(?:the\s+)?(?:(?:may|august|easter)\s+)?bank\s+holiday(?:\s+weekend)?",
        r"(?:in\s+)?(?:the\s+)?middle\s+of\s+the\s+night",
        rf"(?:since|from)\s+(?:the\s+)?(?:{_MONTH}|{_AMOUNT}\s+{_UNIT}|xmas|christmas|easter|new\s+year)",
    ]
)
_PREFIX = (
    r"(?:(?:(?:been\s+)?(?:here|there)\s+)?(?:since|sinse|sence|from|as\s+of)\s+"
    r"(?:about\s+|around\s+|at\s+least\s+|early\s+|late\s+|before\s+)?|"
    r"(?:about|around|roughly|maybe|approx(?:imately)?|early|late|on|over|sometime|some\s+time)\s+)"
)
_JOIN = r"(?:\s*,)?\s+(?:(?:at|around|about|in\s+the|on|early|late|or)\s+)*"
_LAST = r"(?:\s+(?:morning|afternoon|evening|night|last\s+week))?"
_TIME = re.compile(
    rf"(?<![\w'])(?:{_PREFIX})?(?:{_ATOM})(?:{_JOIN}(?:{_ATOM}))*{_LAST}(?![\w])"
    rf"|(?<![\w'])(?:since|sinse|from|on|last|this)\s+(?:last\s+)?{_SHORT_DAY}(?:\s+{_PART})?(?![\w])"
    r"|(?<![\w'])for\s+(?:the\s+(?:last|past)\s+)?(?:about\s+|over\s+|around\s+|nearly\s+|at\s+least\s+)?"
    rf"(?:{_AMOUNT}\s+)?{_UNIT}(?![\w])(?:\s+now)?"
)
_NOT_PAST = re.compile(r"(?:every|each|next|by|until|till|before|most|any|open|opens|are|is)\s*$")


def _best_time(folded: str) -> list[Span]:
    """When it was first seen: one span, words introduced by "since" or "from" before others, then the longest."""
    found = []
    for match in _TIME.finditer(folded):
        if _NOT_PAST.search(folded[: match.start()]) and not match.group(0).startswith(("since", "from")):
            continue
        found.append(Span("seen_at", match.start(), match.end()))
    if not found:
        return []
    return [
        max(found, key=lambda s: (folded[s.start : s.end].startswith(("since", "from")), s.end - s.start))
    ]


# --- places -----------------------------------------------------------------------------------------------------


def _places(text: str, folded: str, lexicon: Lexicon, boundaries: list[Span]) -> list[Span]:
    """The words that say where: after "on", "off", "next to" ..., up to a boundary, with a name in them."""
    found: list[Span] = []
    at = 0
    while start := lexicon.place_start.search(folded, at):
        end = _place_end(folded, start.end(), lexicon, boundaries)
        words = folded[start.end() : end]
        if _is_place(words, text[start.end() : end], lexicon) and not any(
            b.start <= start.start() and start.end() <= b.end for b in boundaries
        ):
            article = re.match(r"(?:the|a|an|our|my|some)\s+", words)
            found.append(Span("place", start.end() + (article.end() if article else 0), end))
            at = max(end, start.end())
        else:
            at = start.end()
    if found:
        return [max(found, key=lambda s: (_named(folded[s.start : s.end], lexicon), s.end - s.start))]
    return _bare_places(folded, lexicon, boundaries)


def _bare_places(folded: str, lexicon: Lexicon, boundaries: list[Span]) -> list[Span]:
    """A road or a name of the gazetteer without a preposition ("caravans newbold comyn car park")."""
    patterns = [p for p in (lexicon.names, lexicon.road) if p is not None]
    for pattern in patterns:
        for match in pattern.finditer(folded):
            end = _place_end(folded, match.start(), lexicon, boundaries)
            span = Span("place", match.start(), max(match.end(), end))
            first = folded[match.start() : match.end()].split()[0]
            if first not in lexicon.place_stops and not any(
                match.start() < b.end and b.start < match.end() for b in boundaries
            ):
                return [span]
    return []


def _place_end(folded: str, start: int, lexicon: Lexicon, boundaries: list[Span]) -> int:
    limit = min([b.start for b in boundaries if b.start >= start], default=len(folded))
    stop = re.search(r"[.;!?\n(]", folded[start:limit])
    if stop:
        limit = start + stop.start()
    end = start
    for word in re.finditer(r"[\w'&/\-]+", folded[start:limit]):
        if word.group(0) in lexicon.place_stops:
            break
        gap = folded[end : start + word.start()]
        comma_then_plain = "," in gap and not _continues_place(folded[start + word.start() : limit], lexicon)
        if comma_then_plain or start + word.end() - start > 90:
            break
        end = start + word.end()
    # A preposition left hanging at the end is the boundary's, not the place's.
    hanging = re.search(r"(?:[\s,]+(?:on|at|in|by|off|near|the|a|of|to|up|down|over))+$", folded[start:end])
    return start + hanging.start() if hanging else end


def _continues_place(rest: str, lexicon: Lexicon) -> bool:
    """After a comma: a name, a road or more ground goes on with the place ("Myton Road, Warwick")."""
    head = " ".join(rest.split(",")[0].split()[:4])
    if lexicon.names is not None and lexicon.names.match(head):
        return True
    return bool(re.match(r"(?:near|off|by|next to|opposite|behind|just off)\b", head)) or bool(
        lexicon.road.match(head)
    )


def _is_place(words: str, written: str, lexicon: Lexicon) -> bool:
    """Whether the words name somewhere: "the field" alone does not, "the field off Sutton Lane" does.

    words: folded; written: the same as the sender wrote them, whose capitals tell names.
    """
    if _named(words, lexicon) or _starts_with_name(written):
        return True
    if not lexicon.place_sign.search(words):
        return False
    rest = re.findall(r"[\w']+", lexicon.land.sub(" ", words))
    return any(word not in _LITTLE for word in rest)


def _starts_with_name(written: str) -> bool:
    first = re.match(r"(?:the\s+)?([A-Z][a-z]+)", written)
    return bool(first) and not _NOT_A_NAME.match(first.group(1) if first else "")


def _named(words: str, lexicon: Lexicon) -> bool:
    """Whether a proper place is in the words: of the gazetteer, or a road with its name."""
    return bool(lexicon.names is not None and lexicon.names.search(words)) or bool(lexicon.road.search(words))
