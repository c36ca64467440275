"""How alike two groupings of the same answers are, and how many of the planted themes were found."""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from math import comb

from bench.themes.made import Answer
from staff.consulting.themes import Themes


def score_alike(one: Sequence[Hashable], other: Sequence[Hashable]) -> float:
    """Adjusted Rand index: 1 for the same grouping, 0 for what chance gives.

    Hubert and Arabie 1985, doi.org/10.1007/BF01908075.
    """
    both = _pairs(list(zip(one, other, strict=True)))
    ones, others, every = _pairs(one), _pairs(other), comb(len(one), 2)
    by_chance = ones * others / every if every else 0.0
    highest = (ones + others) / 2
    return 1.0 if highest == by_chance else (both - by_chance) / (highest - by_chance)


def _pairs(groups: Sequence[Hashable]) -> int:
    return sum(comb(count, 2) for count in Counter(groups).values())


def score_planted(answers: Sequence[Answer], found: Themes) -> Mapping[str, float]:
    """Of (answer, planted theme): the share found, that among answers of two themes, and the share of all found
    that were planted. A found theme stands for the planted one most of its answers have."""
    planted = {answer.id: answer.themes for answer in answers}
    said = {(id, theme) for id, themes in planted.items() for theme in themes}
    put: set[tuple[str, str]] = set()
    for theme in found.themes:
        first = Counter(name for member in theme.members for name in planted[member.answer][:1])
        stands_for = first.most_common(1)[0][0] if first else ""
        put |= {(member.answer, stands_for) for member in theme.members}
    of_two = {pair for pair in said if len(planted[pair[0]]) == 2}
    return {
        "recall": len(said & put) / len(said),
        "recall_of_two": len(of_two & put) / len(of_two) if of_two else 1.0,
        "precision": len(said & put) / len(put) if put else 1.0,
    }
