"""Who is missing from the answers, how surely, and what staff are told to do."""

from pathlib import Path

import numpy as np
import pytest

from flows.yaml_lines import read_yaml
from staff.consulting.census import load_census, survey_ages
from staff.consulting.intervals import estimate_share
from staff.consulting.representativeness import compare, load_reach, name_next_steps

COUNTY = Path(__file__).parents[3] / "county"
NAMES = {d["id"]: d["name"] for d in read_yaml(COUNTY / "districts.yml")["districts"]}


def test_the_intervals_are_the_published_ones_of_goodman() -> None:
    # Output of GM in the R package CoinMinD for its example, rdrr.io/cran/CoinMinD/man/GM.html.
    counts = (44, 55, 43, 32, 67, 78)
    lows = (0.09468368, 0.12376893, 0.09208527, 0.06412671, 0.15637944, 0.18692732)
    highs = (0.1966413, 0.2350489, 0.1931040, 0.1535697, 0.2760670, 0.3130119)
    for count, low, high in zip(counts, lows, highs, strict=True):
        found = estimate_share(count / sum(counts), sum(counts), groups=len(counts))
        assert (found.low, found.high) == (pytest.approx(low, abs=1e-6), pytest.approx(high, abs=1e-6))


def test_a_group_that_is_all_there_is_is_never_missing() -> None:
    assert all(estimate_share(1.0, answers).high == 1.0 for answers in range(1, 300))


def test_without_answers_nothing_is_said_of_how_alike_they_are() -> None:
    found = compare(["district"], {}, {("rugby",): 100.0, ("warwick",): 100.0})
    assert found.unlike is None
    assert found.most_missing == []


def test_answers_like_the_people_are_alike_and_few_answers_are_not_blamed_for_chance() -> None:
    people = {(str(n),): 1000.0 for n in range(10)}
    found = compare(["district"], dict.fromkeys(people, 10), people)
    assert found.unlike is not None
    assert found.unlike.low == 0
    assert found.by_chance == pytest.approx(0.12, abs=0.02)
    drawn = np.random.default_rng(1).multinomial(100, [0.1] * 10)
    lot = compare(["district"], dict(zip(people, map(int, drawn), strict=True)), people)
    assert lot.unlike is not None
    assert lot.unlike.value < lot.by_chance


def test_the_index_is_the_share_of_answers_that_would_have_to_come_from_others() -> None:
    people = {("rugby",): 5000.0, ("warwick",): 5000.0}
    found = compare(["district"], {("rugby",): 9000, ("warwick",): 1000, ("elsewhere",): 7}, people)
    assert found.unlike is not None
    assert found.unlike.value == pytest.approx(0.4, abs=0.001)
    assert found.unlike.low < 0.4 < found.unlike.high < 0.42
    assert (found.answers, found.unknown) == (10_000, 7)
    warwick = found.groups[1]
    assert warwick.share.value - warwick.population_share == pytest.approx(-0.4)
    assert found == compare(["district"], {("rugby",): 9000, ("warwick",): 1000, ("elsewhere",): 7}, people)


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    people = {(str(n),): 100.0 for n in range(5)}
    truth, random = np.array([0.35, 0.25, 0.2, 0.12, 0.08]), np.random.default_rng(5)
    unlike = float(np.abs(truth - 0.2).sum() / 2)
    held = 0
    for _ in range(60):
        drawn = random.multinomial(300, truth)
        found = compare(["district"], dict(zip(people, map(int, drawn), strict=True)), people).unlike
        assert found is not None
        held += found.low <= unlike <= found.high
    assert held >= 53


def test_the_most_missing_are_named_in_figures_with_what_to_do() -> None:
    census = load_census(COUNTY).from_age(16)
    groups = census.age_groups(survey_ages(COUNTY), least_age=16)
    people = census.count_by(["district", "age"], groups)
    seen = {group: round(count / sum(people.values()) * 2730) for group, count in people.items()}
    seen["rugby", "16 to 24"] = 12
    found = compare(["district", "age"], seen, people)
    [step] = name_next_steps(found, load_reach(COUNTY), NAMES)
    assert step.who == "Young people 16 to 24 in Rugby: 12 answers, 58 expected"
    assert step.step.startswith("Ask sixth forms")


@pytest.mark.parametrize(
    ("by", "group", "who"),
    [
        (["sex"], ("male",), "Men: 1 answer, "),
        (["age"], ("75 and over",), "Older people 75 and over: 1 answer, "),
        (["district"], ("north_warwickshire",), "People in North Warwickshire: 1 answer, "),
        (
            ["district", "age", "sex"],
            ("warwick", "16 to 24", "male"),
            "Young people and students 16 to 24 (male) in Warwick",
        ),
    ],
)
def test_every_kind_of_group_has_a_name_and_a_step(by, group, who) -> None:
    other = tuple(
        "35 to 44" if name == "age" else f"not {part}" for name, part in zip(by, group, strict=True)
    )
    people = {group: 500.0, other: 500.0}
    [step] = name_next_steps(compare(by, {group: 1, other: 99}, people), load_reach(COUNTY), NAMES)
    assert step.who.startswith(who)
    assert step.step


def test_every_group_that_is_compared_has_a_step_of_its_own_and_every_district_is_known() -> None:
    reach = load_reach(COUNTY)
    assert {s.when.district for s in reach.steps} - {None} == set(NAMES)
    assert reach.steps[-1].when.model_dump(exclude_none=True) == {}
    assert all(
        s.step.endswith(".") and s.step.split()[0] in ("Ask", "Offer", "Send")
        for s in (*reach.steps, *reach.uncounted)
    )
