"""Names of people: after words that announce one, under a letter, and given names wherever they stand."""

import re
from collections.abc import Callable
from itertools import takewhile

from flows.personal_words import (
    FAMILY_NAMES,
    GIVEN_NAMES,
    GIVEN_OR_WORDS,
    NAME_FOLLOWS,
    NAME_MAY_FOLLOW,
    NAME_SELDOM_FOLLOWS,
    NOT_A_NAME,
    RELATIVES,
    ROADS,
    SIGN_OFFS,
    TITLES,
    TITLES_OR_WORDS,
    WORDS_OR_TITLES,
)
from flows.stripping_rules import one_of

MOST_PARTS = 3
_PART = r"[^\s<>()\[\]{},.;:!?\"/\\@\d]+"
_PARTS = re.compile(rf"({_PART})(?:\.?[ \t]+({_PART}))?(?:\.?[ \t]+({_PART}))?")
_GAP = r"[\s:,.=-]*"


def _cue(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{one_of(words)})(?![\w']){_GAP}(?:mr|mrs|ms|dr)?\b{_GAP}", re.IGNORECASE)


_FOLLOWS = _cue(NAME_FOLLOWS)
_MAY_FOLLOW = _cue(NAME_MAY_FOLLOW)
_SELDOM_FOLLOWS = _cue(NAME_SELDOM_FOLLOWS)
_TITLE = re.compile(rf"(?<!\w)(?:{one_of(TITLES)})(?![\w'])\.?\s*(?:and|&)?\s*(?:mrs|miss|ms)?\b\.?\s*", re.I)
_WORD_OR_TITLE = re.compile(rf"(?<!\w)(?:{one_of(WORDS_OR_TITLES)})(?![\w'])\.?\s*", re.IGNORECASE)
_TITLE_OR_WORD = re.compile(
    rf"(?<!\w)(?:{one_of(TITLES_OR_WORDS)})(?![\w'])\.?\s*(?:<number>\s*)?", re.IGNORECASE
)
_RELATIVE = re.compile(
    rf"\b(?:my|his|her|their|our|your)\s+(?:ex[\s-]|late\s+|old\s+)?(?:{one_of(RELATIVES)})(?!\w)[\s,:-]*"
    r"(?:(?:is\s+)?(?:called|named)\s+|name is\s+|'s name is\s+)?",
    re.IGNORECASE,
)
_SIGNED = re.compile(
    rf"(?:(?<!\w)(?:{one_of(SIGN_OFFS)})[\s,.!:-]+|[\n-]\s*)({_PART}(?:\s+{_PART}){{0,2}})[\s.!x]*\Z",
    re.IGNORECASE,
)
_HAN = re.compile("(我叫|我的名字是|名字叫)\\s*[\u4e00-\u9fff]{2,4}")
# Words with nothing but a space between them.
_ROW = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*(?: [^\W\d_]+(?:['-][^\W\d_]+)*)*")
_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
# What stands right after a name in small letters: "im priyanka from rugby".
_SPEAKS = r"from|of|here|calling|speaking|ringing|texting|by the way"
_AFTER_A_SPEAKER = re.compile(rf"\s*(?:{_SPEAKS})\b", re.IGNORECASE)
_AFTER_A_NAME = re.compile(
    rf"\s*(?:\Z|[,.;!?]|(?:{_SPEAKS}|at|and i|and im|and my|living|i live)\b)", re.IGNORECASE
)
_INITIALS = re.compile(r"\b[A-Z]\.\s?(?:[A-Z]\.\s?)?[A-Z][a-z'-]{2,}")
MONTHS_TOO = frozenset(("may", "june", "april", "august", "summer"))
_NO_NAME_ENDS = ("ing", "ed", "ly", "ful", "less", "ous", "able")
# No surname, even after "Mr"; "Mr Young" and "Mrs Church" are.
_NEVER = frozenset(
    "a an and are at but by can from had has have he her him his i in is it me my next no not of on or our out she "
    "so that the there they this to us was we were who will with you your".split()
)


def hide_names(text: str, place_words: frozenset[str]) -> str:
    """The text with names hidden; `place_words` (plain, small letters) are none."""
    judge = _Judge(text, place_words)
    text = _INITIALS.sub("<name>", text)
    text = _HAN.sub(r"\1<name>", text)
    text = _hide_after(text, _FOLLOWS, judge.count_told)
    text = _hide_after(text, _TITLE, judge.count_titled)
    text = _hide_after(text, _TITLE_OR_WORD, judge.count_maybe_titled)
    text = _hide_after(text, _WORD_OR_TITLE, judge.count_shown)
    text = _hide_after(text, _RELATIVE, judge.count_shown)
    text = _hide_after(text, _MAY_FOLLOW, judge.count_maybe)
    text = _hide_after(text, _SELDOM_FOLLOWS, judge.count_seldom)
    text = _SIGNED.sub(judge.hide_signed, text)
    return judge.hide_unannounced(text)


def _hide_after(text: str, cue: re.Pattern[str], count: Callable[[list[str], str], int]) -> str:
    """Hides as many of the three words after each cue as `count` says, given them and all behind the first."""
    parts, kept = [], 0
    for found in cue.finditer(text):
        words = _PARTS.match(text, found.end())
        if words is None or found.start() < kept:
            continue
        number = count([w for w in words.groups() if w], text[words.end(1) :])
        if number:
            parts += [text[kept : words.start(1)], "<name>"]
            kept = words.end(number)
    return "".join([*parts, text[kept:]])


class _Judge:
    """Whether words are a name, within one message: where all is in capitals, they tell nothing."""

    def __init__(self, text: str, place_words: frozenset[str]) -> None:
        self._places = place_words
        # Words that are never names, and yet begin with a capital.
        common = [w for w in _WORD.findall(text)[1:] if _plain(w) in NOT_A_NAME and len(w) > 1]
        capitals = sum(w[0].isupper() for w in common)
        self._capitals_tell = capitals < 2 or capitals * 2 <= len(common)

    def count_told(self, words: list[str], _rest: str) -> int:
        """After "my name is": all of them until a word that is no name."""
        if _plain(words[0]) in NOT_A_NAME - GIVEN_OR_WORDS:
            return 0
        return 1 + _count_until_word(words[1:])

    def count_titled(self, words: list[str], _rest: str) -> int:
        if _plain(words[0]) in _NEVER:
            return 0
        return max(self._count_given(words), 1 + self.count_shown(words[1:2]))

    def count_maybe_titled(self, words: list[str], rest: str) -> int:
        """After "miss" or "dr": "miss smith" is a name, "i miss the bus" is none."""
        word = _plain(words[0])
        is_word = word in NOT_A_NAME or word.endswith(_NO_NAME_ENDS)
        if is_word and not (words[0][0].isupper() and self._capitals_tell):
            return 0
        return self.count_titled(words, rest)

    def count_shown(self, words: list[str], _rest: str = "") -> int:
        """Only what looks like a name: "my neighbour Kev Pratt"."""
        shown = takewhile(self._looks_like_name, words)
        return sum(1 for _ in shown)

    def count_maybe(self, words: list[str], rest: str) -> int:
        """After "im": what looks like a name, or an unknown word with what stands after one."""
        return self._count_guessed(words, rest, is_followed=bool(_AFTER_A_NAME.match(rest)))

    def count_seldom(self, words: list[str], rest: str) -> int:
        """After "its": the same, but "its priyanka here" only, and not "its freezing, help"."""
        return self._count_guessed(words, rest, is_followed=bool(_AFTER_A_SPEAKER.match(rest)))

    def _count_guessed(self, words: list[str], rest: str, *, is_followed: bool) -> int:
        word = _plain(words[0])
        shown = self.count_shown(words)
        if shown:
            surname = _count_surname(words[1:2], rest) if word in GIVEN_NAMES else 0
            return max(self._count_given(words), 1 + surname)
        is_word = word in NOT_A_NAME or word in self._places or word.endswith(_NO_NAME_ENDS) or len(word) < 3
        return 1 if is_followed and not is_word else 0

    def hide_signed(self, found: re.Match[str]) -> str:
        words = found.group(1).split()
        if self.count_shown(words) < len(words):
            return found.group()
        return f"{found.string[found.start() : found.start(1)]}<name>"

    def hide_unannounced(self, text: str) -> str:
        """Given names wherever they stand, and two words or more in a row that look like names."""
        parts, kept, before = [], 0, ""
        for row in _ROW.finditer(text):
            if re.search(r"[.!?\n]\s*\Z", text[kept : row.start()]):
                before = ""
            words = list(_WORD.finditer(text, row.start(), row.end()))
            at = 0
            while at < len(words):
                number = self._count_unannounced([w.group() for w in words[at:]], before)
                if number:
                    parts += [text[kept : words[at].start()], "<name>"]
                    kept = words[at + number - 1].end()
                at += number or 1
                before = words[at - 1].group()
        return "".join([*parts, text[kept:]])

    def _count_unannounced(self, words: list[str], before: str) -> int:
        first = _plain(words[0])
        shown = self._count_given(words[:MOST_PARTS])
        if not shown or (len(words) > shown and _plain(words[shown]) in ROADS):
            return 0  # Elizabeth Road is no person
        if first in GIVEN_NAMES:
            # Hampton Lucy is a village.
            is_place = first in self._places and _plain(before) in self._places
            return 0 if is_place else shown
        if first in GIVEN_OR_WORDS - MONTHS_TOO and before and self._capitals_tell:
            return shown  # "ask Mark", where a capital is no beginning
        return shown if shown > 1 else 0

    def _count_given(self, words: list[str]) -> int:
        """What looks like a name, with a common family name in small letters after it."""
        shown = self.count_shown(words)
        is_family = 0 < shown < len(words) and _plain(words[shown]) in FAMILY_NAMES
        return shown + 1 if is_family and _plain(words[shown - 1]) in GIVEN_NAMES else shown

    def _looks_like_name(self, word: str) -> bool:
        plain = _plain(word)
        if plain in GIVEN_NAMES:
            return True
        is_capital = word[0].isupper() and len(word) > 1 and not (word.isupper() and len(word) < 5)
        return (
            is_capital
            and self._capitals_tell
            and (plain not in NOT_A_NAME or plain in GIVEN_OR_WORDS)
            and plain not in self._places
            and plain not in ROADS
        )


def _count_until_word(words: list[str]) -> int:
    return sum(1 for _ in takewhile(lambda word: _plain(word) not in NOT_A_NAME, words))


def _count_surname(words: list[str], rest: str) -> int:
    """1 where a word after a given name may be the surname: "im dave bloggs", not "im dave living in rugby".

    `rest` is the message from that word on.
    """
    word = _plain(words[0]) if words else ""
    if not word or word in NOT_A_NAME:
        return 0
    behind = rest.lstrip(" .").partition(words[0])[2]
    is_word = word.endswith((*_NO_NAME_ENDS, "s")) and word not in FAMILY_NAMES
    return 1 if not is_word or _AFTER_A_NAME.match(behind) else 0


def _plain(word: str) -> str:
    """Small letters, without what makes it a possessive: "Kev's" is Kev."""
    return word.casefold().removesuffix("'s").replace("'", "").strip("-*_")
