"""Rasa's part of the benchmark: what it is trained from, kept once trained, and served for real on a few messages."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from bench.nlu.served import AT_A_TIME, Served, ask, load, profile, serving
from bench.nlu.sets import Labelled
from bench.nlu.training import Trained, make_peer_config, make_peer_data, time_ours, train_peer
from bench.systems import BenchFailed
from nlu.rasa_process import get_python
from nlu.train import fingerprint

ROOT = Path(__file__).resolve().parents[2]
needs_rasa = pytest.mark.skipif(not get_python(ROOT).is_file(), reason="no .venv-nlu: `make test` sets it up")
MESSAGES: list[Labelled] = [
    ("how do i lock my bike: any \"tips\" #1", "ask/bicycle_theft"),
    ("which bike\nlock is best", "ask/bicycle_theft"),
    ("hello", "greet"),
    ("- good morning", "greet"),
]  # fmt: skip


def test_peer_s_pipeline_is_that_of_rasa_init_for_labels_alone() -> None:
    config = make_peer_config(7)
    assert [part["name"] for part in config["pipeline"]] == [
        "WhitespaceTokenizer",
        "RegexFeaturizer",
        "LexicalSyntacticFeaturizer",
        "CountVectorsFeaturizer",
        "CountVectorsFeaturizer",
        "DIETClassifier",
        "EntitySynonymMapper",
        "FallbackClassifier",
    ]
    assert [part["epochs"] for part in config["pipeline"] if "epochs" in part] == [7]
    assert "policies" not in config


def test_peer_s_data_hold_every_message_on_one_line() -> None:
    told = yaml.safe_load(make_peer_data(MESSAGES))
    assert told["version"] == "3.1"
    assert {group["intent"]: group["examples"].splitlines() for group in told["nlu"]} == {
        "ask.bicycle_theft": ['- how do i lock my bike: any "tips" #1', "- which bike lock is best"],
        "greet": ["- hello", "- - good morning"],
    }


def test_training_of_the_same_sources_is_timed_once(tmp_path: Path) -> None:
    (tmp_path / "bench").mkdir()
    (tmp_path / "bench" / f"ours-{fingerprint(ROOT)[:12]}.json").write_text('{"seconds": 98.5}')
    said: list[str] = []
    assert time_ours(ROOT, tmp_path, limit_seconds=1, say=said.append) == 98.5
    assert "sources are the same" in said[0]


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Trained]:
    """The peer, trained for one epoch on four messages."""
    models = tmp_path_factory.mktemp("models")
    return models, train_peer(ROOT, models, MESSAGES, epochs=1, limit_seconds=280, say=lambda line: None)


@pytest.fixture(scope="module")
def served(peer: tuple[Path, Trained], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(ROOT, peer[1].model, tmp_path_factory.mktemp("served"), what="the peer") as served:
        yield served


@pytest.mark.slow
@needs_rasa
def test_peer_is_trained_once_for_the_same_content(peer: tuple[Path, Trained]) -> None:
    models, trained = peer
    said: list[str] = []
    again = train_peer(ROOT, models, MESSAGES, epochs=1, limit_seconds=1, say=said.append)
    assert again.model == trained.model
    assert again.seconds == pytest.approx(trained.seconds, abs=0.1)
    assert "nothing to train" in said[0]
    assert not list(models.glob("bench/.training-*"))


@pytest.mark.slow
@needs_rasa
def test_served_model_answers_every_message_in_the_contract_s_labels(served: Served) -> None:
    counted: list[None] = []
    heard = ask(served, ["hello", "bike lock"] * 3, at_a_time=1, on_message=lambda: counted.append(None))
    labels = {"greet", "ask/bicycle_theft", "nlu_fallback"}
    assert all(one is not None and one.label in labels for one in heard.found)
    assert len(counted) == len(heard.milliseconds) == 6
    assert all(ms > 0 for ms in heard.milliseconds)


@pytest.mark.slow
@needs_rasa
def test_many_at_a_time_are_counted_and_looked_into(served: Served) -> None:
    texts = ["how do i lock my bike"] * 100
    through = load(served, texts)
    assert (through.at_a_time, through.messages) == (AT_A_TIME, 100)
    assert through.messages_per_second > 1
    assert 0 < through.cores < 16
    found = profile(served, texts)
    assert found.samples > 10
    assert sum(found.parts.values()) == pytest.approx(1, abs=0.01)
    assert any("diet_classifier.py" in part for part in found.parts)


@pytest.mark.slow
@needs_rasa
def test_asking_ends_when_the_time_is_over(served: Served) -> None:
    with pytest.raises(BenchFailed, match=r"the time was over after 0 of 2"):
        ask(served, ["hello", "hello"], at_a_time=1, until=0)


@pytest.mark.slow
@needs_rasa
def test_model_that_cannot_be_loaded_is_said_at_once(tmp_path: Path) -> None:
    broken = tmp_path / "broken.tar.gz"
    broken.write_bytes(b"no model")
    with (
        pytest.raises(BenchFailed, match=r"its model could not be loaded|its process ended"),
        serving(ROOT, broken, tmp_path / "scratch", what="ours"),
    ):
        pass


def test_training_needs_rasa_s_environment(tmp_path: Path) -> None:
    (tmp_path / "nlu").mkdir()
    (tmp_path / "nlu/requirements.lock").write_text("")
    with pytest.raises(BenchFailed, match=r"\.venv-nlu is missing"):
        train_peer(tmp_path, tmp_path, MESSAGES, epochs=1, limit_seconds=1, say=lambda line: None)
