"""How many caravans and how many other vehicles: numbers, told from all the numbers that count something else.

A number counts what follows it ("6 big white caravans"), or, standing alone, what was named before
("caravans on the verge, 3 of em"). A wrong number would be worse than none, so any other is left alone.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from nlu.components.lexicon import WORD, CountWords, Thing, key
from nlu.components.span import Span, overlaps_any

MOST = 300
_WINDOW = 60  # characters around a number that can say what it counts
_MOST_WORDS_BETWEEN = 5
_MOST_UNKNOWN_BETWEEN = 2
_CLAUSE_ENDS = re.compile(r"\s*(?:[.,;!?)\n\u2013\-]|$|(?:and|but|so|parked|on|in|at|along|all)\b)")
_BREAK = re.compile(r"[.,;!?:=()\n]")
_CLAUSE_BEGINS = re.compile(r"(?:^|[.!?\n,;:(\u2013\-])\s*$")
_LIST_BEGINS = re.compile(
    r"(?:^|[.!?\n,;:(&+\u2013\-]|(?<!\w)(?:and|an|n|plus|with|is|got|one|theres|there's|see))\s*$"
)
_DIRECT = re.compile(
    r"[\s,:=(\u2013\-]*(?:x|about|approx\.?|roughly|maybe|at least|around|bout|nearly|some)?\s*"
)
_NAMED_NUMBER = re.compile(
    r"(?:\b(?:no|number|plot|unit|bus|route|junction|j|aged|age|barn|gate|since|class|the|year|phase|platform|"
    r"at|under|over|opposite|outside|drive|route|page|lock|bridge)\.?|#)\s*$"
)
_NUMBERED = re.compile(r"\b(?:no|number|plot|junction|route|gate|barn)\.?\s*$")
_INCLUDING = re.compile(r"\s*(?:in total\s*)?[,(]?\s*(?:inc|incl|including|counting)\b")
_GRAND_TOTAL = re.compile(r"\s*(?::|-|,?\s*(?:in total|in all|altogether|all told|total))")
_LINK = re.compile(r"(?:[\s,&+]|\band\b|\bplus\b|\banother\b|\bthen\b|\ban\b|\bn\b|\bother\b)*")


@dataclass(frozen=True)
class _Number:
    start: int
    end: int
    value: int
    is_article: bool


@dataclass(frozen=True)
class _Noun:
    start: int
    end: int
    word: str
    thing: Thing


@dataclass(frozen=True)
class _Mention:
    """A number said of a thing. `replaces`: it is newer than what was said before ("now theres 9")."""

    kind: str
    word: str
    start: int
    end: int
    value: int
    end_of_noun: int
    replaces: bool = False


def find_counts(folded: str, words: CountWords, taken: list[Span]) -> list[Span]:
    """At most one count of caravans and one of vehicles. `taken`: times and codes, whose numbers count nothing."""
    nouns = list(_nouns(folded, words))
    numbers = [n for n in _numbers(folded, words) if not overlaps_any(Span("", n.start, n.end), taken)]
    in_form = _form_numbers(folded, numbers, nouns)
    mentions, used, counted = _numbers_before(folded, words, [n for n in numbers if n not in in_form], nouns)
    alone = [n for n in numbers if n not in used and not n.is_article]
    mentions += _numbers_alone(folded, words, alone, nouns, counted, in_form)
    mentions += _bare_nouns(folded, words, nouns, counted | {m.end_of_noun for m in mentions})
    mentions.sort(key=lambda m: m.start)
    spans = [_total(folded, [m for m in mentions if m.kind == kind]) for kind in ("caravans", "vehicles")]
    return [span for span in spans if span is not None]


def _nouns(folded: str, words: CountWords) -> Iterator[_Noun]:
    for found in words.things.finditer(folded):
        thing = words.thing_kinds.get(key(found.group(0)))
        if thing is None:
            continue
        other = words.not_before.match(folded, found.end())
        if other is None or words.not_before_unless.match(folded, other.end()):
            yield _Noun(found.start(), found.end(), key(found.group(0)), thing)


def _numbers(folded: str, words: CountWords) -> Iterator[_Number]:
    values = dict(words.values)
    for language in words.languages:
        if language.signs is None or language.signs.search(folded):
            values.update(language.values)
    for found in words.numbers.finditer(folded):
        low, high = (_value(found.group(part), values, words) for part in ("low", "high"))
        if low is None and high is None:
            continue
        value = max(v for v in (low, high) if v is not None)
        start = found.start() if low is not None else found.start("high")
        is_article = found.group("high") is None and key(found.group("low")) in words.articles
        if 0 < value <= MOST:
            yield _Number(start, found.end(), value, is_article)


def _value(said: str | None, values: dict[str, int], words: CountWords) -> int | None:
    if said is None:
        return None
    bare = re.sub(r"(?:\s?-?ish|(?<=\d)\s?no\.?|\s?\+|[\s\-]odd|\s+plus)$", "", said)
    if bare.isdecimal():
        return int(bare)
    if key(bare) in words.articles:
        return 1
    if key(bare) in values:
        return values[key(bare)]
    tens = re.match(r"(twenty|thirty|forty|fifty|sixty)[\s\-]?(\w+)$", bare)
    return values[tens.group(1)] + values[tens.group(2)] if tens and tens.group(2) in values else None


def _numbers_before(
    folded: str, words: CountWords, numbers: list[_Number], nouns: list[_Noun]
) -> tuple[list[_Mention], set[_Number], set[int]]:
    """ "6 big white caravans". Also the numbers used up, and the ends of the nouns that have one."""
    mentions, used, counted = [], set(), set()
    for noun in nouns:
        number = max((n for n in numbers if n.end <= noun.start), key=lambda n: n.end, default=None)
        if (
            number is None
            or number in used
            or _is_named_or_marked(folded, number, nouns)
            or not _belongs(folded, words, number, noun)
        ):
            continue
        used.add(number)
        if _is_anothers(folded, words, number.start, noun):
            continue
        counted.add(noun.end)
        if not _INCLUDING.match(folded, noun.end) and not _is_grand_total(folded, noun, nouns):
            replaces = bool(words.update.search(_clause_before(folded, number.start)))
            mentions.append(_mention(noun, number, replaces=replaces))
    return mentions, used, counted


def _is_grand_total(folded: str, noun: _Noun, nouns: list[_Noun]) -> bool:
    """The sum of what is named next: "8 vehicles in total, 5 caravans and 3 vans"."""
    others = any(n.thing.kind == noun.thing.kind and n.start > noun.end for n in nouns)
    return others and noun.word.startswith("vehic") and bool(_GRAND_TOTAL.match(folded, noun.end))


def _is_named_or_marked(folded: str, number: _Number, nouns: list[_Noun]) -> bool:
    """No count of what follows: "number 63 bus", and "caravans x4 transit x2", where it counts what is before."""
    before = folded[max(0, number.start - _WINDOW) : number.start]
    if _NUMBERED.search(before):
        return True
    return _is_marked(before) and any(
        folded[n.end : number.start].strip() == "x" for n in nouns if n.end < number.start
    )


def _form_numbers(folded: str, numbers: list[_Number], nouns: list[_Noun]) -> set[_Number]:
    """Numbers written as in a form, each behind its word: "caravans 6 vehicles 4"."""
    plurals = {n.end for n in nouns if n.thing.is_many}
    behind = {n for n in numbers if _behind_word(folded, n.start) in plurals} if plurals else set()
    first = nouns[0].start if nouns else 0
    starts = not re.search(r"\w\s*$", folded[max(0, first - 10) : first])
    return behind if len(behind) > 1 and starts else set()


def _behind_word(folded: str, start: int) -> int:
    """Where the word before a position ends, but for what may part a word from its number."""
    while start > 0 and folded[start - 1] in " =:":
        start -= 1
    return start


def _belongs(folded: str, words: CountWords, number: _Number, noun: _Noun) -> bool:
    gap = re.sub(r"^x\b|\bor (?:so|more|thereabouts)\b", "", folded[number.end : noun.start])
    if _BREAK.search(gap):
        return False
    between = re.findall(WORD, gap)
    if len(between) > _MOST_WORDS_BETWEEN or any(w in words.apart for w in between):
        return False
    unknown = [w for w in between if w not in words.between]
    if number.is_article:
        if not words.camp.search(folded) and noun.thing.kind == "vehicles":
            return False
        return noun.thing.is_one and "of" not in between and len(unknown) <= _MOST_UNKNOWN_BETWEEN
    if number.value == 1 and not noun.thing.is_one:
        return False
    return len(unknown) <= _MOST_UNKNOWN_BETWEEN


def _is_anothers(folded: str, words: CountWords, start: int, noun: _Noun) -> bool:
    """Not the camp's: "my van", "a car could not get past"."""
    before = folded[max(0, start - _WINDOW) : start]
    if words.not_after.search(before):
        return True
    after = folded[noun.end : noun.end + _WINDOW]
    return noun.thing.kind == "vehicles" and bool(
        re.match(
            r"\s+(?:could|couldn'?t|can|cant|can't|cannot|had to|nearly|almost|to get|past|through)\b", after
        )
    )


def _numbers_alone(
    folded: str,
    words: CountWords,
    numbers: list[_Number],
    nouns: list[_Noun],
    counted: set[int],
    in_form: set[_Number],
) -> list[_Mention]:
    """ "caravans, 3 of em", "theres 8 now", "i counted eleven"."""
    mentions: list[_Mention] = []
    for number in numbers:
        before, after = _around(folded, number.start, number.end)
        noun = _noun_of(number, nouns, counted)
        if noun is None or (number.value < 2 and not _is_marked(before)):
            continue
        newer = _is_newer(words, before, after)
        if noun.end in counted and not newer:
            continue
        if number in in_form or _counts_alone(folded, words, number, noun):
            mentions.append(_mention(noun, number, replaces=newer))
            counted.add(noun.end)
    return mentions


def _noun_of(number: _Number, nouns: list[_Noun], counted: set[int]) -> _Noun | None:
    before = [n for n in nouns if n.end <= number.start]
    if before:
        return before[-1]
    after = [n for n in nouns if n.start >= number.end and n.end not in counted]
    return after[0] if after else None


def _is_marked(before: str) -> bool:
    return before.endswith("x")


def _is_newer(words: CountWords, before: str, after: str) -> bool:
    if re.match(r"\s*(?:of (?:them|em) )?(?:now|so far|today|already)\b", after):
        return True
    return bool(words.update.search(_clause_before(before, len(before))))


def _counts_alone(folded: str, words: CountWords, number: _Number, noun: _Noun) -> bool:
    before, after = _around(folded, number.start, number.end)
    if _is_marked(before) and re.search(r"\bx$", before):
        return folded[noun.end : number.start].strip() == "x"
    if _NAMED_NUMBER.search(before):
        return False
    ends = bool(_CLAUSE_ENDS.match(after))
    said_after = 0
    while marked := words.after.match(after, said_after):
        said_after = marked.end()
    if said_after and _CLAUSE_ENDS.match(after, said_after):
        return True
    if (
        words.cue.search(before)
        and ends
        and not re.match(r"\s+(?:in|at|on)\s+the\s+(?:morn|even|after)", after)
    ):
        return True
    clause_over = bool(re.match(r"\s*(?:[.,;!?)\n]|$)", after))
    if noun.end <= number.start and noun.thing.is_many and _DIRECT.fullmatch(folded[noun.end : number.start]):
        return clause_over
    return clause_over and bool(_CLAUSE_BEGINS.search(before)) and noun.thing.is_many


def _bare_nouns(folded: str, words: CountWords, nouns: list[_Noun], counted: set[int]) -> list[_Mention]:
    """ "caravan and a lorry in the gateway": a singular without its article is one."""
    mentions = []
    for noun in nouns:
        if noun.end in counted or not noun.thing.is_one or noun.thing.is_many:
            continue
        if not _LIST_BEGINS.search(folded[max(0, noun.start - _WINDOW) : noun.start]):
            continue
        if noun.thing.kind == "vehicles" and not _has_company(folded, noun, nouns):
            continue
        mentions.append(_mention(noun, _Number(noun.start, noun.end, 1, True)))
    return mentions


def _has_company(folded: str, noun: _Noun, nouns: list[_Noun]) -> bool:
    """Whether the noun stands in a list with another: "artic and two caravans"."""
    for other in nouns:
        if other is noun:
            continue
        gap = folded[min(noun.end, other.end) : max(noun.start, other.start)]
        if len(gap) < 20 and re.search(r"[,&+]|\b(?:and|an|n|plus|with)\b", gap) and "." not in gap:
            return True
    return False


def _mention(noun: _Noun, number: _Number, *, replaces: bool = False) -> _Mention:
    return _Mention(
        noun.thing.kind, noun.word, number.start, number.end, number.value, noun.end, replaces=replaces
    )


def _around(folded: str, start: int, end: int) -> tuple[str, str]:
    return folded[max(0, start - _WINDOW) : start], folded[end : end + _WINDOW]


def _clause_before(folded: str, end: int) -> str:
    return re.split(r"[.;!?\n]", folded[max(0, end - 40) : end])[-1]


def _total(folded: str, mentions: list[_Mention]) -> Span | None:
    """One answer: "4 cars and 2 lorries" is 6. The same thing named again is not added, the higher number holds."""
    kept: list[_Mention] = []
    for mention in mentions:
        if mention.replaces:
            kept = []
        same = next((m for m in kept if m.word[:3] == mention.word[:3]), None)
        if same is None:
            kept.append(mention)
        elif _LINK.fullmatch(folded[kept[-1].end_of_noun : mention.start]):
            kept[kept.index(same)] = replace(same, value=same.value + mention.value)
        elif mention.value > same.value:
            kept[kept.index(same)] = mention
    if not kept:
        return None
    return Span(
        kept[0].kind, min(m.start for m in kept), max(m.end for m in kept), sum(m.value for m in kept)
    )
