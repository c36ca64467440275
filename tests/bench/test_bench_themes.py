"""The consultation with planted themes, and the figures made of it."""

import pytest

from bench.themes.made import REPORTED, TUNING, count_themes, make_consultation
from bench.themes.scores import score_alike, score_planted
from staff.consulting.themes import Member, Theme, Themes


def test_adjusted_rand_index_is_that_of_scikit_learn_s_examples():
    assert score_alike([0, 0, 1, 1], [1, 1, 0, 0]) == 1
    assert score_alike([0, 0, 1, 2], [0, 0, 1, 1]) == pytest.approx(0.57, abs=0.005)
    assert score_alike([0, 0, 0, 0], [0, 1, 2, 3]) == 0


def test_same_seed_makes_the_same_answers_and_planted_themes_are_told():
    made = make_consultation(REPORTED, 400, seed=1)
    assert made == make_consultation(REPORTED, 400, seed=1)
    assert {len(answer.themes) for answer in made} == {0, 1, 2}
    assert len({theme for answer in made for theme in answer.themes}) == count_themes(REPORTED) == 12
    assert not any("{" in answer.text for answer in made)


def test_nothing_of_what_was_tuned_on_is_reported():
    tuned = {a.text.casefold() for a in make_consultation(TUNING, 800, seed=1, one_phrase=True) if a.themes}
    assert not tuned & {a.text.casefold() for a in make_consultation(REPORTED, 800, seed=1, one_phrase=True)}


def test_pairs_of_answer_and_theme_are_counted():
    made = [a for a in make_consultation(TUNING, 60, seed=2) if a.themes]
    by_theme: dict[str, list[Member]] = {}
    for answer in made:
        for theme in answer.themes:
            by_theme.setdefault(theme, []).append(Member(answer.id, 1, 1.0))
    # Only themes most of whose answers speak of it first can stand for it: found are those of the first theme alone.
    first = Themes(
        tuple(
            Theme(t, (), (), tuple(Member(a.id, 1, 1.0) for a in made if a.themes[0] == t), ())
            for t in by_theme
        ),
        (),
    )
    scores = score_planted(made, first)
    assert scores["precision"] == 1
    assert scores["recall"] == pytest.approx(len(made) / sum(len(a.themes) for a in made))
