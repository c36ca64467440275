"""Intervals on cases whose answer is known, and how answers become figures."""

import pytest

from bench.nlu.scores import find_interval, from_labels, judge, undo_fallback
from flows.understanding import Ranked, Understanding
from nlu.evaluate import Example


def heard(*labels: str) -> Understanding:
    return Understanding(labels[0], 0.5, tuple(Ranked(label, 0.5) for label in labels))


def test_interval_of_a_share_is_what_the_binomial_says() -> None:
    # 300 of 400: standard error sqrt(0.75 * 0.25 / 400) = 0.02165, so 1.96 of it is 0.0424 to each side.
    found = find_interval([True] * 300 + [False] * 100)
    assert found.value == 0.75
    assert found.low == pytest.approx(0.75 - 0.0424, abs=0.005)
    assert found.high == pytest.approx(0.75 + 0.0424, abs=0.005)


def test_interval_narrows_with_more_messages() -> None:
    few, many = find_interval([True, False] * 20), find_interval([True, False] * 2_000)
    assert many.high - many.low < (few.high - few.low) / 8


@pytest.mark.parametrize(("hits", "value"), [([True] * 30, 1.0), ([False] * 30, 0.0), ([], 0.0)])
def test_interval_of_what_is_always_the_same_is_a_point(hits: list[bool], value: float) -> None:
    found = find_interval(hits)
    assert (found.low, found.value, found.high) == (value, value, value)


def test_interval_is_the_same_each_time() -> None:
    hits = [True, True, False, True, False]
    assert find_interval(hits) == find_interval(hits)
    assert str(find_interval([True])) == "1.000 [1.000, 1.000]"


def test_answers_are_judged_by_accepted_labels_top_three_and_danger() -> None:
    examples = [
        Example("a", "greet", accept=frozenset({"thanks"})),
        Example("b", "deny"),
        Example("c", "emergency"),
        Example("d", "crisis"),
        Example("e", "help"),
    ]
    found = [
        heard("thanks", "greet"),
        heard("affirm", "skip", "deny"),
        heard("crisis", "emergency"),
        heard("greet", "help", "skip", "crisis"),
        None,
    ]
    judged = judge(examples, found, [1.0, 2.0, 3.0, 4.0, 5.0])
    assert judged.accuracy.value == 0.2
    assert judged.top3.value == 0.6
    assert judged.danger_recall == 0.5  # crisis for emergency is danger all the same
    assert judged.false_alarms == 0.0
    assert judged.unanswered == 1
    assert judged.p50_ms == 3.0


def test_set_without_danger_has_no_danger_figures() -> None:
    judged = judge([Example("a", "greet")], [heard("emergency")], [1.0])
    assert judged.danger_recall is None
    assert judged.false_alarms is None


def test_fallback_is_undone_as_rasa_s_own_test_does() -> None:
    assert undo_fallback(heard("nlu_fallback", "greet", "help")) == heard("greet", "help")
    assert undo_fallback(heard("greet", "help")) == heard("greet", "help")
    assert undo_fallback(heard("nlu_fallback")).label == "nlu_fallback"
    assert undo_fallback(None).label == ""


def test_bare_ranking_is_an_answer() -> None:
    found = from_labels(["greet", "help"])
    assert (found.label, [ranked.label for ranked in found.ranking]) == ("greet", ["greet", "help"])
