"""How a survey's question is worded: whether it leads, asks two things, leaves somebody out or is hard to read.

These are warnings for a person to judge: rules see words, and not what is meant.
"""

import re
from collections.abc import Iterator

from flows.consultations import Question, QuestionKind
from flows.findings import Findings, Where
from flows.forms import DONT_KNOW
from flows.plain_english import longest_sentence, reading_age

OLDEST_READER = 11
MOST_WORDS = 20
_LEADING = re.compile(
    r"\b(do(?:n't| not) you (?:agree|think)|would(?:n't| not) you|surely|obviously|of course|clearly|everyone knows|"
    r"most people|sensible|vital|hard-?working|unacceptable|waste|wasted|shocking|long overdue|as you know|"
    r"how much do you (?:like|support|agree)|to what extent do you (?:agree|support)|should(?:n't| not) (?:we|the))\b",
    re.IGNORECASE,
)
_DOUBLE = re.compile(
    r"\band/or\b|\bas well as\b|\?.*\?|"
    r"\b(?:should|do|does|is|are|how (?:safe|satisfied|happy)|support|agree)\b[^.?!,]*\band\b[^.?!]*\?",
    re.IGNORECASE | re.DOTALL,
)
# Pairs of which a question that names the one must name the other: they may be part of a longer word.
_BALANCE = (
    ("agree", "disagree"),
    ("support", "oppose"),
    ("satisfied", "dissatisfied"),
    ("safe", "unsafe"),
    ("likely", "unlikely"),
    ("fair", "unfair"),
)
_OPINION = frozenset({QuestionKind.SINGLE, QuestionKind.SEVERAL, QuestionKind.SCALE, QuestionKind.RANKING})


def check_question(found: Findings, file: str, where: Where, question: Question) -> None:
    said = question.ask
    if leading := _LEADING.search(said):
        found.note(
            file,
            (*where, "ask"),
            f"a leading question? {leading[0]!r} pushes people to one side",
            warning=True,
        )
    if double := _find_double(said):
        found.note(
            file, (*where, "ask"), f"two questions in one? Ask one thing at a time: {double!r}", warning=True
        )
    for lopsided in _find_lopsided(question):
        found.note(file, where, lopsided, warning=True)
    says_nothing = not any(o.value == DONT_KNOW for o in question.compile(()).options)
    if question.kind in _OPINION and says_nothing and not _is_about_somebody(question):
        found.note(
            file, where, "nobody can say that they do not know: no dont_know: false here", warning=True
        )
    arbitrary = question.kind in (QuestionKind.SEVERAL, QuestionKind.RANKING, QuestionKind.BUDGET)
    if arbitrary and not question.shuffle and len(question.options) > 2:
        found.note(file, where, "the first in a list are chosen more often: shuffle: true", warning=True)
    check_reading(found, file, (*where, "ask"), said)


def _find_double(said: str) -> str | None:
    found = _DOUBLE.search(re.sub(r"\b(?:agree or disagree|Police and Crime|town and village)\b", " ", said))
    if found is None or re.search(r"\bhow (?:old|often)\b", found[0], re.IGNORECASE):
        return None
    return " ".join(found[0].split())[:60]


def _find_lopsided(question: Question) -> Iterator[str]:
    """What is missing on one side: in the question, and in the options of a scale."""
    labels = [option.label.casefold() for option in question.options if option.value != DONT_KNOW]
    said = question.ask.casefold()
    for good, bad in _BALANCE:
        named = _counts(said, good, bad)
        offered = [_counts(label, good, bad) for label in labels]
        if named[0] and not named[1] and question.kind is not QuestionKind.RATING:
            yield f"no balance: the question says {good} and not {bad}"
        ups, downs = (sum(side[n] > 0 for side in offered) for n in (0, 1))
        if question.kind is QuestionKind.SCALE and ups != downs:
            yield f"no balance: {ups} options say {good} and {downs} say {bad}"
    if question.kind is QuestionKind.SCALE and len(labels) % 2 == 0:
        yield f"an uneven scale: {len(labels)} steps have no middle"


def _counts(said: str, good: str, bad: str) -> tuple[int, int]:
    bads = len(re.findall(rf"\b{bad}", said))
    return len(re.findall(rf"\b{good}", said)), bads


def _is_about_somebody(question: Question) -> bool:
    """Whether it asks a fact of somebody, and no opinion."""
    return any(option.ages is not None for option in question.options)


def check_reading(found: Findings, file: str, where: Where, text: str) -> None:
    # Of one short sentence a single long word ("disagree") lifts the figure.
    oldest = OLDEST_READER + (2 if len(re.findall(r"[.?!:]", text)) <= 1 else 0.5)
    if len(text.split()) >= 8 and (age := reading_age(text)) > oldest:
        found.note(
            file,
            where,
            f"reads like a text for age {age:.0f}: shorter words and sentences, please",
            warning=True,
        )
    longest = longest_sentence(text)
    if (words := len(longest.split())) > MOST_WORDS:
        found.note(
            file, where, f"a sentence of {words} words: {' '.join(longest.split()[:6])} ...", warning=True
        )
