"""The measurement of sites: scores that cannot be faked, a county that is what it says, and a small run of it all."""

from collections import Counter
from pathlib import Path
from random import Random

import pytest

from bench.machine import Machine
from bench.sites import run
from bench.sites.county import Stay, make_county
from bench.sites.grouping import group_as_service, group_by_radius
from bench.sites.scores import PairScore, score_pairs
from bench.sites.search import SearchTimes

SMALL = make_county(5, reports=200, sites=40)
TRUTH = [told.stay for told in SMALL.reports]


@pytest.mark.parametrize(
    ("truth", "found", "precision", "recall"),
    [
        ("aabb", "xxyy", 1.0, 1.0),
        ("aabb", "xxxx", 2 / 6, 1.0),
        ("aabb", "wxyz", 1.0, 0.0),
        ("aaab", "xxyy", 1 / 2, 1 / 3),
        ("aaaa", "xxxy", 1.0, 3 / 6),
        ("", "", 1.0, 1.0),
    ],
)
def test_pairs_are_counted_rightly(truth: str, found: str, precision: float, recall: float) -> None:
    score = score_pairs(truth, found)
    assert (score.precision, score.recall) == pytest.approx((precision, recall))


def test_joining_all_or_nothing_scores_badly() -> None:
    assert score_pairs(TRUTH, [0] * len(TRUTH)).precision < 0.1
    alone = score_pairs(TRUTH, range(len(TRUTH)))
    assert (alone.recall, alone.f1) == (0.0, 0.0)


def test_a_report_left_out_is_no_score() -> None:
    with pytest.raises(ValueError, match="200 reports, but 199"):
        score_pairs(TRUTH, TRUTH[1:])


def test_a_county_is_the_same_for_its_seed_and_has_what_was_asked_for() -> None:
    assert make_county(5, reports=200, sites=40) == SMALL
    assert make_county(6, reports=200, sites=40) != SMALL
    assert len(SMALL.reports) == 200 and len(set(TRUTH)) == len(SMALL.stays) == 40
    assert [told.at for told in SMALL.reports] == sorted(told.at for told in SMALL.reports)
    stays: dict[int, Stay] = {stay.number: stay for stay in SMALL.stays}
    assert all(told.at >= stays[told.stay].arrived for told in SMALL.reports)
    shares = Counter(told.certainty.value for told in SMALL.reports)
    assert {"pin", "postcode", "named_place", "near"} <= set(shares)


def test_the_service_groups_better_than_a_fixed_radius_and_better_still_with_an_answer(
    tmp_path: Path,
) -> None:
    folders = [tmp_path / name for name in ("alone", "asked")]
    for folder in folders:
        folder.mkdir()
    ours = score_pairs(TRUTH, group_as_service(SMALL, folders[0]))
    asked = score_pairs(TRUTH, group_as_service(SMALL, folders[1], asking=Random(1)))
    peer = score_pairs(TRUTH, group_by_radius(SMALL, 250))
    assert ours.f1 > peer.f1
    assert ours.precision > 0.9
    assert asked.recall > ours.recall


def test_the_page_says_what_was_reached_and_what_was_not() -> None:
    grouping = (run.GroupingResult("Front Door", PairScore(100, 120, 99, 40), ((0.99, 0.825),)),)
    search = (SearchTimes("SQLite", "grid", 100_000, 500, 2.0, 3.0, 21.0, 40.0),)
    machine = Machine("Testing CPU 3000", 2, 23.5, "Debian 12, Linux 6.1", "3.11.7", "ext4", 0.12)
    result = run.SitesResult("2026-11-26", "abc", machine, (1,), 200, 40, grouping, search)
    page = run.make_page(result)
    assert "| Front Door | 0.990 | 0.825 |" in page
    assert "Pair precision 0.990 (wanted: at least 0.98): reached." in page
    assert "Pair recall 0.825 (wanted: at least 0.9): NOT reached." in page
    assert "p95 of a search 21.0 ms among 100,000 reports (wanted: under 20 ms): NOT reached." in page
    assert "Testing CPU 3000" in page
