"""Themes found by the process of Rasa's environment: the same for the same answers, and known again."""

import random
from pathlib import Path

import pytest

from bench.themes.made import TUNING, make_consultation
from bench.themes.scores import score_alike
from nlu.rasa_process import get_python
from staff.consulting.themes import Member, Theme, Themes, ThemesFailed, find_themes, parse_themes

ROOT = Path(__file__).parents[3]
needs_rasa = pytest.mark.skipif(not get_python(ROOT).is_file(), reason="no .venv-nlu: `make test` sets it up")
SMALL = Themes(
    (
        Theme("T1", ("lamp",), ("a1",), (Member("a1", 2, 0.7), Member("a2", 1, 0.9)), (1.0, 0.0)),
        Theme("T2", ("dog",), ("a2",), (Member("a2", 1, 0.95),), (0.0, 1.0)),
    ),
    ("a3",),
)


def test_kept_themes_are_read_again_as_they_were():
    assert parse_themes(SMALL.to_json()) == SMALL


def test_an_answer_s_main_theme_has_most_of_its_parts_or_lies_nearest():
    assert SMALL.find_main_theme() == {"a1": "T1", "a2": "T2"}
    assert SMALL.list_by_answer() == {"a1": ("T1",), "a2": ("T1", "T2")}


@pytest.mark.parametrize("text", ["", "[]", '{"themes": [{"id": "T1"}], "rest": []}'])
def test_what_cannot_be_read_says_what_to_do(text):
    with pytest.raises(ThemesFailed, match="again"):
        parse_themes(text)


def test_missing_environment_is_named(tmp_path):
    with pytest.raises(ThemesFailed, match="make run"):
        find_themes(tmp_path, [("a1", "more lamps")])


@pytest.mark.slow
@needs_rasa
def test_order_makes_no_difference_and_new_answers_leave_themes_their_ids():
    made = make_consultation(TUNING, 630, seed=5)
    answers = [(answer.id, answer.text) for answer in made]
    steps: list[str] = []
    first = find_themes(ROOT, answers[:600], say=lambda step, done, of: steps.append(step))
    again = find_themes(ROOT, random.Random(1).sample(answers[:600], 600))
    assert first == again
    assert set(steps) == {"reading", "grouping"}
    assert set(first.rest) | set(first.list_by_answer()) == {id for id, _ in answers[:600]}
    main = first.find_main_theme()
    assert score_alike([a.themes[:1] for a in made[:600]], [main.get(a.id, "") for a in made[:600]]) > 0.3
    more = find_themes(ROOT, answers, before=first).find_main_theme()
    kept = sum(more.get(id) == theme for id, theme in main.items())
    assert kept >= 0.75 * len(main)


@pytest.mark.slow
@needs_rasa
def test_too_few_answers_make_no_theme_and_a_slow_run_is_stopped():
    assert find_themes(ROOT, [("a1", "more lamps"), ("a2", "n/a")]) == Themes((), ("a1", "a2"))
    with pytest.raises(ThemesFailed, match="longer than 1 s"):
        find_themes(ROOT, [(f"a{n}", f"number {n} " * 50) for n in range(400)], timeout_seconds=1)
