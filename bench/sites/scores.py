"""How well reports were grouped, by pairs: of two put together, are they of one site; of two of one site, together?"""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

PRECISION_WANTED, RECALL_WANTED = 0.98, 0.90


@dataclass(frozen=True)
class PairScore:
    """`together` are pairs that were put together, `of_one` those that belong together, `right` both."""

    together: int
    of_one: int
    right: int
    groups: int

    @property
    def precision(self) -> float:
        return self.right / self.together if self.together else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.of_one if self.of_one else 1.0

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def score_pairs(truth: Sequence[Hashable], found: Sequence[Hashable]) -> PairScore:
    """`truth` and `found` name, report by report, the site it is of and the group it was put to."""
    if len(truth) != len(found):
        raise ValueError(f"{len(truth)} reports, but {len(found)} were grouped")
    both = list(zip(truth, found, strict=True))
    return PairScore(_pairs(found), _pairs(truth), _pairs(both), len(set(found)))


def _pairs(names: Sequence[Hashable]) -> int:
    return sum(count * (count - 1) // 2 for count in Counter(names).values())
