"""Kappa, held against what was published and against nothing going wrong at its edges."""

from datetime import UTC, datetime

import pytest

from staff.consulting.agreement import WIDE, find_agreement, find_agreement_by_code
from staff.consulting.coding import Assignment

NOW = datetime(2027, 1, 11, 9, 0, tzinfo=UTC)
# Husbands' and wives' answers to one question; kappa 0.1293 with standard error 0.0686: Agresti, Categorical Data
# Analysis (1990), and as the R package vcd prints it (`Kappa(SexualFun)`).
COUPLES = [[7, 7, 2, 3], [2, 8, 3, 7], [1, 5, 4, 9], [2, 8, 9, 14]]


def test_kappa_and_its_interval_are_the_published_ones():
    found = find_agreement(COUPLES)
    assert (found.answers, found.agreed) == (91, 33)
    assert found.kappa == pytest.approx(0.1293, abs=5e-5)
    assert found.high is not None and found.kappa is not None
    assert (found.high - found.kappa) / WIDE == pytest.approx(0.0686, abs=5e-5)


def test_two_readers_of_fifty_proposals():
    # The worked example most textbooks give: 70 in 100 seen, 50 by chance.
    assert find_agreement([[20, 5], [10, 15]]).kappa == pytest.approx(0.4)


def test_agreement_that_says_nothing_is_none():
    assert find_agreement([[12, 0], [0, 0]]).kappa is None
    assert find_agreement([[0, 0], [0, 0]]).answers == 0
    perfect = find_agreement([[5, 0], [0, 5]])
    assert (perfect.kappa, perfect.low, perfect.high) == (1, 1, 1)


def test_each_code_is_weighed_over_the_answers_both_coded():
    def said(codes: str, coder: str) -> Assignment:
        return Assignment("", frozenset(codes.split()), coder, NOW)

    pairs = [("x", "x"), ("x y", "x"), ("", "y"), ("y", "y"), ("x", "x")]
    latest = {f"a{n}": {"ann": said(a, "ann"), "bob": said(b, "bob")} for n, (a, b) in enumerate(pairs)}
    latest["a9"] = {"ann": said("x", "ann")}
    found = find_agreement_by_code(latest, "ann", "bob")
    assert (found["x"].answers, found["x"].kappa) == (5, 1)
    assert found["y"].agreed == 3
