"""The words that say where: a name with its ground and what it lies by ("rec off Myton Road, Warwick").

A place is made of pieces (a name, a road, a ground word with its name) joined by "on", "off", "near", commas.
What makes a piece: a name of the county's gazetteer, a capital, a road, or a ground word that has a name.
"""

import re
from dataclasses import dataclass

from nlu.components.lexicon import WORD, PlaceWords
from nlu.components.span import Span

_ROAD_NUMBER = re.compile(r"(?:[ab]\d{1,4}|m\d{1,2}|j\d{1,2})")
_NUMBERED = re.compile(r"(?<!\w)(?:junction|jct|jn|junc)\.?\s?\d{1,2}\b")
_TOKEN = re.compile(rf"{WORD}(?:[-&/]{WORD})*|[^\s]")
_HARD_STOPS = frozenset('.;!?:()\u2026|\u2013"')
_MOST_CHARACTERS = 110
_NAME, _GROUND, _ROAD, _HEAD, _OTHER, _PLAIN, _ARTICLE, _NUMBER, _JOIN, _START, _COMMA, _STOP = (
    "name", "ground", "road", "head", "other", "plain", "article", "number", "join", "start", "comma", "stop",
)  # fmt: skip
_MOST_UNKNOWN = 2


@dataclass(frozen=True)
class _Token:
    start: int
    end: int
    word: str
    kind: str


@dataclass(frozen=True)
class _Piece:
    """Tokens of one name. `sure`: a real name in it; `named`: at least no bare ground word."""

    start: int
    end: int
    sure: bool
    named: bool
    begins_with: str


def find_places(text: str, folded: str, words: PlaceWords, boundaries: list[Span]) -> list[Span]:
    """At most one place: of all that could be one, the surest, then the longest."""
    tokens = _tokens(text, folded, words, boundaries)
    chains: list[list[_Piece]] = []
    at = 0
    while at < len(tokens):
        chain, at = _read_chain(tokens, at, words)
        if chain and any(p.named for p in chain):
            chains.append(chain)
    if not chains:
        return _unknown_name(tokens, words)
    best = max(chains, key=lambda chain: _worth(chain, folded, words))
    return [Span("place", best[0].start, best[-1].end)]


def _worth(chain: list[_Piece], folded: str, words: PlaceWords) -> tuple[bool, bool, int, int]:
    """Sure names first; not where the writer lives; then how much is said, ground included; then what is first."""
    said = sum(2 * p.sure + p.named for p in chain) + any(p.begins_with in (_GROUND, _HEAD) for p in chain)
    start = chain[0].start
    first_name = next(p.start for p in chain if p.named)
    of_camp = not any(words.of_writer.search(folded[max(0, at - 40) : at]) for at in (start, first_name))
    return any(p.sure for p in chain), of_camp, said, -start


def _unknown_name(tokens: list[_Token], words: PlaceWords) -> list[Span]:
    """A name nobody listed and written small, straight after "on" or "at": "7 vans on newbold comyn"."""
    for at, token in enumerate(tokens):
        if token.word not in {"on", "at", "in", "near", "by", "off"}:
            continue
        run = []
        for following in tokens[at + 1 : at + 4]:
            if following.kind != _OTHER or following.word in words.never or len(following.word) < 4:
                break
            run.append(following)
        after = tokens[at + 1 + len(run)] if at + 1 + len(run) < len(tokens) else None
        if run and len(run) < 3 and (after is None or after.kind in (_STOP, _COMMA)):
            return [Span("place", run[0].start, run[-1].end)]
    return []


def _tokens(text: str, folded: str, words: PlaceWords, boundaries: list[Span]) -> list[_Token]:
    kinds: dict[int, tuple[int, str]] = {}  # start -> end and kind, of what is longer than a word
    for pattern, kind in ((words.starts, _START), (words.joins, _JOIN), (words.grounds, _GROUND)):
        for match in pattern.finditer(folded):
            if match.end() > kinds.get(match.start(), (0, ""))[0]:
                kinds[match.start()] = (match.end(), kind)
    for match in _NUMBERED.finditer(folded):
        kinds[match.start()] = (match.end(), _NAME)
    for match in words.names.finditer(folded) if words.names is not None else ():
        if match.end() >= kinds.get(match.start(), (0, ""))[0]:
            kinds[match.start()] = (match.end(), _NAME)
    tokens: list[_Token] = []
    at = 0
    capitals = _uses_capitals(text)
    while found := _TOKEN.search(folded, at):
        start = found.start()
        bound = next((b for b in boundaries if b.start <= start < b.end), None)
        if bound is not None:
            tokens.append(_Token(start, bound.end, folded[start : bound.end], _STOP))
        elif start in kinds:
            end, kind = kinds[start]
            word = folded[start:end]
            if kind == _GROUND and word in words.roads:
                kind = _ROAD
            if kind == _GROUND and capitals and _is_capital_name(text, start, end):
                kind = _NAME
            tokens.append(_Token(start, end, word, kind))
        else:
            tokens.append(_single(text, found, tokens, words, capitals=capitals))
        at = max(tokens[-1].end, start + 1)
    return tokens


def _is_capital_name(text: str, start: int, end: int) -> bool:
    """Ground words with a capital are parts of a name ("Barn Close"), except where a sentence begins."""
    if not all(word[:1].isupper() for word in text[start:end].split()):
        return False
    first = not re.search(r"[^\s.!?]\s*$", text[max(0, start - 3) : start])
    return not first or bool(re.match(r"\s+[A-Z][a-z]", text[end : end + 4]))


def _uses_capitals(text: str) -> bool:
    """Whether a capital says something: not where everything or nothing is written large."""
    letters = [c for c in text if c.isalpha()]
    return 0 < sum(c.isupper() for c in letters) < 0.5 * len(letters)


def _single(
    text: str, found: re.Match[str], before: list[_Token], words: PlaceWords, *, capitals: bool
) -> _Token:
    word, start, end = found.group(0), found.start(), found.end()
    written = text[start:end]
    kind = _OTHER
    if word == ",":
        kind = _COMMA
    elif not re.match(r"[\w@]", word) or word in _HARD_STOPS:
        kind = _STOP
    elif word[0].isdigit():
        kind = _NUMBER
    elif _ROAD_NUMBER.fullmatch(word) or (
        capitals and written[0].isupper() and _can_name(text, word, start, end, words)
    ):
        kind = _NAME
    elif (
        word in ("and", "&")
        and before
        and before[-1].kind == _NAME
        and re.match(r"\s+(?:the\s+)?[A-Z]", text[end : end + 6])
    ):
        kind = _NAME  # "Hare and Hounds Lane", "between Kineton and Wellesbourne"
    elif word in words.stops:
        kind = _STOP
    elif word in words.heads:
        kind = _HEAD
    elif word in words.articles:
        kind = _ARTICLE
    elif word in words.plain:
        kind = _PLAIN
    return _Token(start, end, word, kind)


def _can_name(text: str, word: str, start: int, end: int, words: PlaceWords) -> bool:
    """Whether a word with a capital is one for being a name."""
    followed = bool(re.match(r"\s+[A-Z][a-z]", text[end : end + 4]))
    first = not re.search(r"[^\s.!?:]\s*$", text[max(0, start - 3) : start])
    stem = word.split("'")[0]
    if word in words.not_names or stem in words.not_names:
        return followed and not first and word not in words.articles and word not in words.stops
    if first and word in words.stops:
        return False
    return not first or followed or word not in words.plain | words.articles


def _read_chain(tokens: list[_Token], at: int, words: PlaceWords) -> tuple[list[_Piece], int]:
    """The place that begins at a token, and where to look next."""
    chain: list[_Piece] = []
    joined_by, begin = "", at
    while at < len(tokens):
        piece, after = _read_piece(tokens, at)
        if piece is None and not chain:
            return [], max(after, begin + 1)
        if piece is None or not _goes_on(chain, piece, joined_by, tokens[after : after + 1]):
            break
        if chain and piece.end - chain[0].start > _MOST_CHARACTERS:
            break
        chain.append(piece)
        at = after
        joined_by, at_next = _read_join(tokens, at)
        if not joined_by:
            break
        at = at_next
    return chain, max(at, begin + 1)


def _goes_on(chain: list[_Piece], piece: _Piece, joined_by: str, after: list[_Token]) -> bool:
    if not chain or joined_by != ",":
        return True
    if piece.begins_with == _NUMBER:
        return piece.sure
    # After a comma a bare ground word must say by what it lies: "Weddington, field by the A5".
    return piece.named or any(t.kind == _JOIN for t in after)


def _read_join(tokens: list[_Token], at: int) -> tuple[str, int]:
    """What joins the next piece: a comma, "on", ", off", or nothing."""
    said = ""
    while at < len(tokens) and tokens[at].kind in (_JOIN, _COMMA):
        said += tokens[at].word
        at += 1
    return said, at


def _read_piece(tokens: list[_Token], at: int) -> tuple[_Piece | None, int]:
    """One name: little words and up to two unknown ones, then names and grounds with nothing unknown left over."""
    while at < len(tokens) and tokens[at].kind == _ARTICLE:
        at += 1
    run: list[_Token] = []
    while at < len(tokens) and tokens[at].kind in (_NAME, _GROUND, _ROAD, _HEAD, _OTHER, _PLAIN, _NUMBER):
        run.append(tokens[at])
        at += 1
    anchors = [i for i, t in enumerate(run) if t.kind in (_NAME, _GROUND, _ROAD, _HEAD)]
    if not anchors:
        return None, at
    first, last = _ends(run, anchors)
    begin = run[0].start
    taken = run[first : last + 1]
    piece = _Piece(
        taken[0].start,
        taken[-1].end,
        sure=any(t.kind == _NAME for t in taken) or _is_named_road(taken),
        named=_is_named(taken),
        begins_with=taken[0].kind,
    )
    consumed = at - (len(run) - last - 1)
    return (piece, consumed) if begin <= piece.start else (None, at)


def _ends(run: list[_Token], anchors: list[int]) -> tuple[int, int]:
    """From which to which token of a run the name reaches."""
    first = last = anchors[0]
    for anchor in anchors[1:]:
        if anchor - last > 1 + (1 if run[anchor].kind != _HEAD else 0):
            break
        last = anchor
    while first > 0 and anchors[0] - first < _MOST_UNKNOWN:
        before = run[first - 1]
        wanted = before.kind == _OTHER and run[anchors[0]].kind in (_ROAD, _GROUND)
        house = (
            before.kind == _NUMBER
            and run[first].kind in (_OTHER, _NAME)
            and any(t.kind == _ROAD for t in run[first : last + 1])
        )
        if not (wanted or house):
            break
        first -= 1
    if first > 0 and run[first - 1].kind == _NUMBER and any(t.kind == _ROAD for t in run[first : last + 1]):
        first -= 1
    while first > 0 and run[first - 1].kind == _PLAIN:
        first -= 1
    return first, last


def _is_named_road(taken: list[_Token]) -> bool:
    return any(
        t.kind == _ROAD and i > 0 and taken[i - 1].kind in (_OTHER, _NAME, _GROUND, _ROAD)
        for i, t in enumerate(taken)
    )


def _is_named(taken: list[_Token]) -> bool:
    return any(t.kind in (_NAME, _OTHER) for t in taken) or _is_named_road(taken)
