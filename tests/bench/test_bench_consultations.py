"""The measurement of consultations: small, but all of it, and its page says what was reached."""

import json
from pathlib import Path

import pytest

from bench.consultations.floods import by_hour
from bench.consultations.planted import FLOODS, make_flooded
from bench.consultations.run import run
from bench.consultations.truth import measure_truth

ROOT = Path(__file__).parents[2]


def test_the_same_seed_plants_the_same_floods_and_the_peer_shows_only_full_hours():
    answers = make_flooded(4)
    assert answers == make_flooded(4)
    assert {each.planted for each in answers} == {"", *FLOODS}
    assert len({each.id for each in answers}) == len(answers)
    shown = by_hour(answers, 20)
    assert 20 < len(shown) < len(answers)
    assert by_hour(answers, len(answers)) == frozenset()


def test_weights_bring_what_was_counted_to_the_truth_but_for_what_hangs_on_the_opinion():
    skewed, by_opinion = measure_truth(ROOT, answers=2000, draws=10, seed=3)
    assert skewed.all_weighted >= 0.8
    assert skewed.all_counted == 0.0
    assert skewed.error_weighted < skewed.error_counted / 2
    assert by_opinion.all_weighted < 0.5
    assert any("25 to 44 in Nuneaton and Bedworth" in line for line in skewed.missing)


@pytest.mark.slow
def test_all_of_it_runs_and_is_written(tmp_path: Path):
    run(respondents=400, draws=2, answers=300, runs=1, seeds=(4,), results=tmp_path)
    kept = json.loads((tmp_path / "consultations.json").read_text())
    page = (tmp_path / "consultations.md").read_text()
    assert max(each["segments"] for each in kept["played"]) <= 14
    assert "messages of the citizen (wanted: 7): reached." in page
    assert "## Floods" in page
