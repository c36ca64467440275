"""A sentence put in order again once words have gone from it."""

import re

_FEWEST_LETTERS = 3
_LOUD = 0.9  # of the letters are capitals where somebody shouts


def tidy(text: str, *, like: str) -> str:
    """Spaces, signs, articles and capitals as they were meant, once words have gone."""
    for rule, said in _TIDYING:
        text = rule.sub(said, text)
    text = text.strip(" ,;:-\n\t")
    text = re.sub(r"^[.!?,;:\s]+", "", text)
    letters = [c for c in like if c.isalpha()]
    if len(letters) >= _FEWEST_LETTERS and sum(c.isupper() for c in letters) > _LOUD * len(letters):
        return text.upper()
    if letters and letters[0].isupper():
        text = re.sub(r"(?:^|(?<=[.!?\n] ))[a-z]", lambda c: c.group().upper(), text)
    return text


_TIDYING = tuple(
    (re.compile(rule, re.IGNORECASE), said)
    for rule, said in (
        (r"[ \t]+", " "),
        (r"\( *\)|\[ *\]|[\"“”] *[\"“”]", ""),
        (r" +([.,;:!?)])", r"\1"),
        (r"([.,;:!?])(?:\s*[,;:])+", r"\1"),
        (r"([,;:])\s*([.!?])", r"\2"),
        (r"([.!?])(?:\s+[.!?])+", r"\1"),
        (r"(^|[.!?\n])([\s,]*)(?:(?:and|but|so|or),? )+", r"\1\2"),
        (r",? \b(?:and|but|with|an|the|of)(?= *(?:[.,;!?\n]|$))", ""),
        (r"\ba (?=encampment)", "an "),
        (
            r"\ban (?=(?:caravan|van|camp|people|man|woman|boy|girl|kid|child|group|trailer|truck|fire|mess))",
            "a ",
        ),
        (r"\ban? (people)\b(?! carrier)", r"\1"),
        (r"\b(people living there)(?: (?:and|or|,) people living there)+\b", r"\1"),
        (r"\b(encampment|people)(?:,? (?:and )?\1)+\b", r"\1"),
        (r"[ \t]+", " "),
    )
)
