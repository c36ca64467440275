"""The kind of land the caravans stand on, told from land that is only near by.

Water is the one kind that is always near: "by the canal" is the waterside.

"The field behind the school" is farmland, "a lay-by next to the canal" a lay-by: the words before decide.
"""

import re

from nlu.components.lexicon import WORD, GroundWords, key
from nlu.components.span import Span

_REACH_WORDS = 5
_STANDS, _BARE, _NEAR = 2, 1, 0
_JOINED = re.compile(r"['s]*[\s\-]+(?:of\s+(?:the|our|my|a)\s+)?")
_SENTENCE_END = re.compile(r"[.;!?\n,]")


def find_land(
    folded: str, words: GroundWords, names: re.Pattern[str] | None, not_here: list[Span]
) -> list[Span]:
    """The land they stand on, at most one. names: the gazetteer, whose "Hatton Park" is no park."""
    masked = [(m.start(), m.end()) for m in words.masks.finditer(folded)]
    masked += [(s.start, s.end) for s in not_here]
    masked += [(m.start(), m.end()) for m in names.finditer(folded)] if names is not None else []
    found = [
        m for m in words.land.finditer(folded) if not _is_masked(m, masked) and _is_land(folded, m, words)
    ]
    heads = _heads(folded, found)
    if not heads:
        return []
    moves = [m.start() for m in words.move.finditer(folded)]
    heads = [
        m for m in heads if _standing(folded, m, words) > _NEAR or words.kinds[key(m.group(0))] == "waterside"
    ]
    if not heads:
        return []
    best = max(
        heads, key=lambda m: (bool(moves) and m.start() > moves[-1], _standing(folded, m, words), -m.start())
    )
    return [Span("land", best.start(), best.end(), words.kinds[key(best.group(0))])]


def _is_masked(found: re.Match[str], masked: list[tuple[int, int]]) -> bool:
    # Masked only where the mask holds the whole of it: "Long Marston" does not hide "Long Marston airfield".
    return any(start <= found.start() and found.end() <= end for start, end in masked)


def _is_land(folded: str, found: re.Match[str], words: GroundWords) -> bool:
    phrase = key(found.group(0))
    if phrase not in words.kinds or words.roads.match(folded, found.end()):
        return False  # "Orchard Way" is a street
    if phrase not in words.guarded:
        return True
    before = re.findall(WORD, folded[max(0, found.start() - 80) : found.start()])[-1:]
    if phrase in {"fields", "feilds"}:
        return not before or before[0] in words.plural_after
    after = re.match(rf"[\s\-]*({WORD})", folded[found.end() :])
    if before and before[0] in words.not_after:
        return False
    return not (after and after.group(1) in words.not_before and phrase in {"park", "green"} and not before)


def _heads(folded: str, found: list[re.Match[str]]) -> list[re.Match[str]]:
    """Of land words that follow each other only the last: "pub car park", "industrial estate car park"."""
    heads: list[re.Match[str]] = []
    for match in found:
        if heads and re.fullmatch(r"[\s\-]+", folded[heads[-1].end() : match.start()]):
            heads.pop()
        heads.append(match)
    return heads


def _standing(folded: str, found: re.Match[str], words: GroundWords) -> int:
    """How sure it is that they stand on it, by the nearest telling word before."""
    clause = _SENTENCE_END.split(folded[max(0, found.start() - 80) : found.start()])[-1]
    tail = " ".join(clause.split()[-_REACH_WORDS:]) + " "
    stand = max((m.end() for m in words.stand.finditer(tail)), default=-1)
    if words.move.search(folded, 0, found.start()) and re.search(
        r"(?<!next )(?<!close )\b(?:to|into|onto)\s+(?:\w+\s+)?$", tail
    ):
        return _STANDS
    near = max((m.end() for m in words.near.finditer(tail)), default=-1)
    if near > stand or (near == stand and near >= 0):
        return _NEAR
    return _STANDS if stand >= 0 else _BARE
