"""What the rules of flows/stripping.py are put together with."""

import re
from collections.abc import Callable, Iterable


def one_of(words: Iterable[str]) -> str:
    """A pattern that matches any of some words, the longest first, so that "im" does not cut "i'm here" short."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def hide_checked(
    text: str, pattern: re.Pattern[str], check: Callable[[re.Match[str]], bool], mark: str
) -> str:
    """The text with `mark` for every match that passes `check`.

    Where one does not pass, the search goes on from its second character: what is looked for may begin inside.
    """
    parts, kept, at = [], 0, 0
    while (found := pattern.search(text, at)) is not None:
        if check(found):
            parts += [text[kept : found.start()], mark]
            kept = at = found.end()
        else:
            at = found.start() + 1
    return "".join([*parts, text[kept:]])
