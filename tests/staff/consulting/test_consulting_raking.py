"""Weights that make answers like the people: a published example, and what holds for any."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from flows.consultations import QuestionKind
from staff.consulting.answer_columns import Asked, Column
from staff.consulting.raking import CannotRake, Weighed, find_design_effect, join_thin, rake
from staff.consulting.weighing import weigh_question

# The example of ProportionalFitting.jl (github.com/vankesteren/ProportionalFitting.jl, README), whose table and margins
# are those of Wikipedia's "Iterative proportional fitting". Published are the factors of rows and columns, and the
# fitted table to six figures.
TABLE = np.array([[40, 30, 20, 10], [35, 50, 100, 75], [30, 80, 70, 120], [20, 30, 40, 50]])
ROWS, COLUMNS = (150, 300, 400, 150), (200, 300, 400, 100)
ROW_FACTORS = (0.9986403503185242, 0.8833622306385376, 1.1698911437112522, 0.8895042701910321)
COLUMN_FACTORS = (1.616160156063788, 1.5431801747375655, 1.771623700829941, 0.38299396265192226)
FITTED = [
    (64.5585, 46.2325, 35.3843, 3.82473),
    (49.9679, 68.1594, 156.499, 25.3742),
    (56.7219, 144.428, 145.082, 53.7673),
    (28.7516, 41.18, 63.0347, 17.0337),
]


def rake_table(table, rows, columns):
    down, across = np.indices(table.shape)
    raked = rake(
        {"row": down.ravel().tolist(), "column": across.ravel().tolist()},
        {"row": dict(enumerate(rows)), "column": dict(enumerate(columns))},
        base=table.ravel(),
        limits=None,
    )
    return raked, (raked.weights / raked.weights.sum() * sum(rows)).reshape(table.shape)


def test_a_published_example_comes_out_to_four_decimals() -> None:
    raked, fitted = rake_table(TABLE, ROWS, COLUMNS)
    assert raked.greatest_gap < 1e-6
    assert np.abs(fitted - TABLE * np.outer(ROW_FACTORS, COLUMN_FACTORS)).max() < 5e-5
    assert fitted == pytest.approx(np.array(FITTED), rel=5e-6)


def people_of(share_young: float, share_rugby: float):
    return {
        "age": {"young": share_young, "old": 1 - share_young},
        "district": {"rugby": share_rugby, "warwick": 1 - share_rugby},
    }


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.integers(1, 40), min_size=4, max_size=4),
    st.floats(0.2, 0.8),
    st.floats(0.2, 0.8),
    st.integers(0, 15),
)
def test_margins_are_met_weights_are_positive_and_their_mean_is_one(counts, young, rugby, unknown) -> None:
    pairs = [("young", "rugby"), ("young", "warwick"), ("old", "rugby"), ("old", "warwick")]
    answers = [pair for pair, count in zip(pairs, counts, strict=True) for _ in range(count)]
    ages = [*(age for age, _ in answers), *([None] * unknown)]
    districts = [*(district for _, district in answers), *(["rugby", "warwick"] * unknown)[:unknown]]
    raked = rake({"age": ages, "district": districts}, people_of(young, rugby), limits=None)
    assert raked.weights.min() > 0
    assert raked.weights.mean() == pytest.approx(1)
    assert raked.greatest_gap < 1e-6
    known = np.array([age is not None for age in ages])
    held = raked.weights[known]
    assert held[[age == "young" for age in ages if age]].sum() / held.sum() == pytest.approx(young, abs=1e-5)
    assert raked.weights[~known].sum() == pytest.approx(unknown, rel=1e-4)
    in_rugby = np.array([district == "rugby" for district in districts])
    assert raked.weights[in_rugby].sum() / len(districts) == pytest.approx(rugby, abs=1e-5)
    assert raked.design_effect >= 1 - 1e-9


def test_extreme_weights_are_trimmed_and_what_that_costs_is_said() -> None:
    ages = ["young"] * 2 + ["old"] * 198
    raked = rake({"age": ages}, {"age": {"young": 0.3, "old": 0.7}})
    assert raked.weights.max() == pytest.approx(5)
    assert raked.greatest_gap == pytest.approx(0.25, abs=0.01)
    mild = rake({"age": ["young"] * 80 + ["old"] * 120}, {"age": {"young": 0.3, "old": 0.7}})
    assert mild.greatest_gap < 1e-6


def test_trimmed_weights_are_shared_out_again_so_that_the_margins_are_met() -> None:
    ages = ["young"] * 10 + ["old"] * 190
    districts = ["rugby"] * 4 + ["warwick"] * 6 + ["rugby"] * 100 + ["warwick"] * 90
    raked = rake({"age": ages, "district": districts}, people_of(0.22, 0.6))
    assert raked.weights.max() <= 5.0001
    assert raked.greatest_gap < 0.01


def test_a_group_without_answers_is_named_and_can_be_joined_with_its_neighbour() -> None:
    with pytest.raises(CannotRake, match=r"nobody answered of young\. Join"):
        rake({"age": ["old"]}, {"age": {"young": 1, "old": 2}})
    answers = {"16": 0, "18": 3, "25": 9, "35": 2, "45": 30, "55": 1}
    assert join_thin(answers) == {
        "16": "16 and 18 and 25", "18": "16 and 18 and 25", "25": "16 and 18 and 25",
        "35": "35 and 45 and 55", "45": "35 and 45 and 55", "55": "35 and 45 and 55",
    }  # fmt: skip


def test_joins_of_margins_are_margins() -> None:
    places = [("rugby", "young"), ("rugby", "old"), ("warwick", "old"), ("warwick", "old")]
    people = {("rugby", "young"): 10.0, ("rugby", "old"): 30.0, ("warwick", "old"): 60.0}
    assert rake({"place": places}, {"place": people}).weights == pytest.approx([0.4, 1.2, 1.2, 1.2])


def share_of_yes(said: list[bool], weights: NDArray[np.float64]) -> Weighed:
    asked = Asked("q", QuestionKind.SINGLE, ("yes", "no"))
    answers = Column.of("yes" if each else "no" for each in said)
    return weigh_question(asked, answers, weights).options["yes"]


def test_weights_widen_the_margin_of_error_by_the_design_effect_of_kish() -> None:
    weights = [0.5] * 100 + [1.5] * 100
    assert find_design_effect(weights) == pytest.approx(1.25)  # 1 + the variance of weights whose mean is 1
    found = share_of_yes([True] * 100 + [False] * 100, np.array(weights))
    assert found.plain.value == 0.5
    assert found.weighted.value == 0.25
    assert found.design_effect == pytest.approx(1.25)


def test_raking_brings_a_skewed_survey_back_to_the_truth() -> None:
    random = np.random.default_rng(4)
    young = random.random(2000) < 0.08
    for_it = random.random(2000) < np.where(young, 0.8, 0.3)
    truth = 0.25 * 0.8 + 0.75 * 0.3
    raked = rake({"age": np.where(young, "young", "old").tolist()}, {"age": {"young": 0.25, "old": 0.75}})
    found = share_of_yes(for_it.tolist(), raked.weights)
    assert not found.plain.low <= truth <= found.plain.high
    assert found.weighted.low <= truth <= found.weighted.high
