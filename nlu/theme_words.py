"""The words a theme is known by: those its answers use and the other themes' do not.

Class-based TF-IDF: a theme is read as one long text (Grootendorst 2022, arxiv.org/abs/2203.05794, section 3.3).
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence

MOST_WORDS = 8
# A word used in fewer answers than this is somebody's own, or a slip.
FEWEST_USES = 3
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|\d{3}\b")
_MARK = re.compile(r"<[a-z]+>")  # of what was masked
_PLURALS = (("ss", "ss"), ("us", "us"), ("is", "is"), ("ives", "ife"), ("ies", "y"), ("s", ""))
_EMPTY = frozenset(
    """
    a about after again all also am an and any are aren't as at be because been before being but by can can't cannot
    could did do does doesn't doing don't dont down each else even ever every few for from get gets getting give go
    goes going got had has have having he her here his how i i'm if im in into is isn't it it's its just keep know
    less let like lot make many me more most much my need needs never no none not nothing now of off often on one only
    or other our out over own people please put really said same say see seem she should since so some something
    stop such than that that's the their them then there there's these they thing things think this those through
    to too two under until up us very want was way we were what when where which while who why will with without
    won't would you your yes it'll i've they're we've didn't wasn't us
    """.split()
)


def find_words(text: str) -> list[str]:
    """Words that may say what a text is about, in small letters."""
    plain = _MARK.sub(" ", text.casefold().replace("\u2019", "'"))
    return [word for word in _WORD.findall(plain) if len(word) > 2 and word not in _EMPTY]


def label_themes(texts: Sequence[Sequence[str]]) -> list[list[str]]:
    """For each theme (what each answer says of it) its telling words as they are mostly spelled, the most telling
    first; a word and its plural count as one."""
    spelled: dict[str, Counter[str]] = defaultdict(Counter)
    for theme in texts:
        for text in theme:
            for word in find_words(text):
                spelled[_as_one(word)][word] += 1
    uses = [
        Counter(stem for text in theme for stem in {_as_one(w) for w in find_words(text)}) for theme in texts
    ]
    everywhere: Counter[str] = Counter()
    for counted in uses:
        everywhere.update(counted)
    average = sum(everywhere.values()) / max(len(texts), 1)
    labels = []
    for counted in uses:
        total = sum(counted.values()) or 1
        weights = {
            word: count / total * math.log(1 + average / everywhere[word])
            for word, count in counted.items()
            if count >= FEWEST_USES
        }
        told = sorted(weights, key=lambda word: (-weights[word], word))[:MOST_WORDS]
        labels.append([min(spelled[stem], key=lambda word: (-spelled[stem][word], word)) for stem in told])
    return labels


def _as_one(word: str) -> str:
    """Singular and plural as one: a key to count by, no word to show."""
    word = word.removesuffix("'s")
    for end, single in _PLURALS:
        if len(word) > len(end) + 2 and word.endswith(end):
            return word.removesuffix(end) + single
    return word
