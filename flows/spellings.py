"""Words as people write them: patterns that find a word doubled, spaced, in digits, half hidden or slipped."""

import re
from collections.abc import Iterable, Iterator

# What stands for a letter: accents, digits, and letters of other alphabets that look the same.
_LOOKS_LIKE = {
    "a": "aàáâãäå@4аα", "b": "bв", "c": "cçсϲ", "e": "eèéêë3еε", "h": "hн", "i": "iìíîïı1!іι", "k": "kκк",
    "l": "l1|", "n": "nñ", "o": "oòóôõö0оο", "p": "pрρ", "s": "sš$5zѕ", "t": "tт", "u": "uùúûüυ", "v": "vν",
    "x": "xх", "y": "yýÿуγ",
}  # fmt: skip
_BEFORE, _BEHIND = r"(?<![\w*])", r"(?![\w*])"
_SHORTEST_SPACED = 4
_SHORTEST_SLIPPED = 7
_OTHER_WORDS = {"refuge", "trailer"}


def spell(word: str) -> str:
    """The letters of a word as people write them: doubled, accented, in digits, or some of them hidden by *."""
    return "".join(r"[\s-]+" if letter in " -" else rf"[{_letters(letter)}*]{{1,3}}" for letter in word)


def _letters(letter: str) -> str:
    return re.escape(_LOOKS_LIKE.get(letter, letter))


def spell_all(words: Iterable[str]) -> Iterator[str]:
    """Long words first, so that "thieving git" is not left half said; one or many of each."""
    for word in sorted(words, key=lambda word: (-len(word), word)):
        stem = re.sub(r"(?:ey|ie|y)$", "", word)
        if stem != word:
            i, e, y = (_letters(letter) for letter in "iey")
            yield rf"{spell(stem)}(?:[{e}*]?[{y}*]{{1,5}}|[{i}*][{e}*])(?:['’]?[{_letters('s')}]{{1,5}}['’]?)?"
        else:
            yield rf"{spell(word)}(?:['’]?e?[{_letters('s')}]{{1,5}}['’]?)?"


def spell_spaced(word: str) -> str:
    letters = word.replace(" ", "")
    if len(letters) < _SHORTEST_SPACED:
        return r"(?!)"
    row = r"[ .\-_*]{1,2}".join(f"[{_letters(letter)}]" for letter in letters)
    return rf"{row}(?:[ .\-_*]{{1,2}}s)?"


def spell_slips(word: str) -> str:
    """A longer word with two letters the wrong way round or one left out, as "foriegners" and "travllers"."""
    if len(word) < _SHORTEST_SLIPPED or " " in word:
        return r"(?!)"
    turned = {f"{word[:at]}{word[at + 1]}{word[at]}{word[at + 2 :]}" for at in range(1, len(word) - 2)}
    short = {word[:at] + word[at + 1 :] for at in range(2, len(word) - 2)}
    return f"(?:{'|'.join(sorted((turned | short) - _OTHER_WORDS - {word}))})(?:s|es)?"


def any_of(words: Iterable[str]) -> str:
    ordered = sorted(words, key=lambda word: (-len(word), word))
    return "(?:" + "|".join(re.escape(word).replace("\\ ", r"\s+") for word in ordered) + ")"


def compile_rules(*rules: str) -> re.Pattern[str]:
    if len(rules) == 1:
        return re.compile(rules[0], re.IGNORECASE)
    return re.compile(rf"{_BEFORE}(?:{'|'.join(rules)}){_BEHIND}", re.IGNORECASE)
