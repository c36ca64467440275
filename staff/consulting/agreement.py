"""How far two people who coded the same answers agree beyond chance: Cohen's kappa.

Kappa: Cohen 1960, doi.org/10.1177/001316446002000104. Its large-sample spread, which the interval is made of:
Fleiss, Cohen and Everitt 1969, doi.org/10.1037/h0028106.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from staff.consulting.coding import Assignment

# Of the normal distribution, for 95 in a hundred.
WIDE = 1.959964


@dataclass(frozen=True)
class Agreement:
    """`low` to `high` holds kappa 95 times in 100. All three None where chance alone would agree always: no
    coder, or both, used the code for every answer."""

    answers: int
    agreed: int
    kappa: float | None
    low: float | None
    high: float | None


def find_agreement(table: Sequence[Sequence[int]]) -> Agreement:
    """From counts: table[i][j] answers were put in class i by the one and in class j by the other."""
    total = sum(map(sum, table))
    same = sum(row[at] for at, row in enumerate(table))
    if not total:
        return Agreement(0, 0, None, None, None)
    kinds = range(len(table))
    shares = [[count / total for count in row] for row in table]
    ones = [sum(shares[i]) for i in kinds]
    others = [sum(shares[i][j] for i in kinds) for j in kinds]
    seen = same / total
    chance = sum(ones[i] * others[i] for i in kinds)
    if math.isclose(chance, 1):
        return Agreement(total, same, None, None, None)
    kappa = (seen - chance) / (1 - chance)
    left = 1 - kappa
    spread = sum(shares[i][i] * (1 - (ones[i] + others[i]) * left) ** 2 for i in kinds)
    spread += left**2 * sum(shares[i][j] * (others[i] + ones[j]) ** 2 for i in kinds for j in kinds if i != j)
    spread -= (kappa - chance * left) ** 2
    error = math.sqrt(max(spread, 0.0) / total) / (1 - chance)
    return Agreement(total, same, kappa, max(kappa - WIDE * error, -1.0), min(kappa + WIDE * error, 1.0))


def find_agreement_by_code(
    latest: Mapping[str, Mapping[str, Assignment]], one: str, other: str
) -> dict[str, Agreement]:
    """Each code's agreement over the answers both have coded; `latest` as coding.find_latest gives it.

    What was settled is no judgement of one coder, so a settling assignment must be left out by the caller or be
    under a name of its own.
    """
    both = [
        (given[one].codes, given[other].codes)
        for given in latest.values()
        if one in given and other in given and not given[one].settles and not given[other].settles
    ]
    used = sorted({code for pair in both for codes in pair for code in codes})
    tables = {code: [[0, 0], [0, 0]] for code in used}
    for ones, others in both:
        for code in used:
            tables[code][code not in ones][code not in others] += 1
    return {code: find_agreement(table) for code, table in tables.items()}
