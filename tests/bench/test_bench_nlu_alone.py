"""The systems without a server, trained and asked for real on a few made-up messages."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.nlu.alone import measure_alone, read_model_settings
from bench.nlu.sets import Labelled
from bench.nlu.waiting import run_to_end
from bench.systems import BenchFailed
from nlu.evaluate import Example
from nlu.rasa_process import get_python

ROOT = Path(__file__).resolve().parents[2]
needs_rasa = pytest.mark.skipif(not get_python(ROOT).is_file(), reason="no .venv-nlu: `make test` sets it up")
THINGS = ("bike", "car", "van", "boat", "horse", "dog")
TRAIN: list[Labelled] = [
    message
    for thing in THINGS
    for message in (
        (f"someone has stolen my {thing} from the yard", "theft"),
        (f"my {thing} was stolen last night", "theft"),
        (f"loud music from the {thing} next door all night", "noise"),
        (f"the {thing} is so loud, the noise keeps me awake", "noise"),
        (f"thank you so much for helping with the {thing}", "thanks"),
        (f"many thanks about my {thing}", "thanks"),
    )
]
TEST = [
    Example("they have stolen my tractor", "theft"),
    Example("so loud, music and noise the whole night", "noise"),
    Example("thanks, many thanks, thank you", "thanks"),
]


def seconds(limit: float) -> Callable[[], float]:
    return lambda: limit


@pytest.mark.slow
@needs_rasa
@pytest.mark.parametrize("system", ["svm", "knn", "ours"])
def test_system_learns_three_labels(tmp_path: Path, system: str) -> None:
    found = measure_alone(ROOT, tmp_path, system, TRAIN, TEST, get_limit=seconds(120))
    assert found.judgement is not None
    assert found.judgement.accuracy.value == 1.0
    assert found.judgement.top3.value == 1.0
    assert found.judgement.p95_ms >= found.judgement.p50_ms > 0
    assert found.trained_on == len(TRAIN)
    assert found.train_seconds is not None and found.train_seconds >= 0
    assert 30 < found.memory_mb < 2_000
    assert found.told


@pytest.mark.slow
@needs_rasa
@pytest.mark.parametrize("system", ["svm", "knn"])
def test_two_labels_and_few_messages_are_enough(tmp_path: Path, system: str) -> None:
    train = [message for message in TRAIN if message[1] != "thanks"][:8]
    found = measure_alone(ROOT, tmp_path, system, train, TEST[:2], get_limit=seconds(120))
    assert found.judgement is not None
    assert found.judgement.accuracy.value == 1.0


@pytest.mark.slow
@needs_rasa
def test_system_that_cannot_be_trained_is_a_failure_with_its_reason(tmp_path: Path) -> None:
    one_label = [message for message in TRAIN if message[1] == "theft"]
    with pytest.raises(BenchFailed, match=r"linear SVM: training on 12 messages: it failed\. .*ValueError"):
        measure_alone(ROOT, tmp_path, "svm", one_label, TEST, get_limit=seconds(120))


def test_nothing_is_asked_without_rasa_s_environment(tmp_path: Path) -> None:
    with pytest.raises(BenchFailed, match=r"\.venv-nlu is missing"):
        measure_alone(tmp_path, tmp_path, "svm", TRAIN, TEST, get_limit=seconds(1))


def test_settings_of_our_model_come_from_the_pipeline(tmp_path: Path) -> None:
    (tmp_path / "config.yml").write_text(
        "pipeline:\n  - name: nlu.components.classifier.LabelClassifier\n    embedding: 2.5\n    ranking_length: 10\n"
    )
    assert read_model_settings(tmp_path) == {"embedding": 2.5}
    (tmp_path / "config.yml").write_text("pipeline: [{name: WhitespaceTokenizer}]\n")
    with pytest.raises(BenchFailed, match="no nlu"):
        read_model_settings(tmp_path)


def test_our_own_pipeline_has_such_settings() -> None:
    assert "embedding" in read_model_settings(ROOT)


def run_python(code: str, tmp_path: Path, *, limit_seconds: float) -> None:
    command = ["python3", "-c", code]
    run_to_end(
        command, cwd=tmp_path, environment={"PATH": "/usr/local/bin:/usr/bin:/bin"}, log=tmp_path / "log",
        what="working", limit_seconds=limit_seconds,
    )  # fmt: skip


def test_work_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    begun = time.monotonic()
    with pytest.raises(BenchFailed, match="working: not done after 0 s"):
        run_python("import time; time.sleep(60)", tmp_path, limit_seconds=0.2)
    assert time.monotonic() - begun < 20


def test_work_that_fails_says_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(BenchFailed, match=r"working: it failed\. .*no such luck"):
        run_python("import sys; sys.exit('no such luck')", tmp_path, limit_seconds=60)


def test_work_that_ends_well_leaves_its_output(tmp_path: Path) -> None:
    run_python("print('{\"seconds\": 1}')", tmp_path, limit_seconds=60)
    assert json.loads((tmp_path / "log").read_text()) == {"seconds": 1}
