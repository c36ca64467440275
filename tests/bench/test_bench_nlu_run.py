"""The run itself: one system's fault does not lose the others, and a quick or stopped run spoils no results."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import bench.nlu.run as nlu_run
from bench.nlu.run import Clock, run
from bench.nlu.scores import SystemScore, from_labels, judge
from bench.nlu.sets import Labelled
from bench.systems import BenchFailed
from bot.cli import app
from nlu.evaluate import Example

Step = Callable[..., SystemScore]


def right(system: str, test: Sequence[Example]) -> SystemScore:
    """A system that knows everything and takes 5 ms."""
    found = [from_labels([example.label]) for example in test]
    return SystemScore(
        system, "", trained_on=1, judgement=judge(test, found, [5.0] * len(test)), memory_mb=1.0
    )


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Systems that answer at once in place of the real ones, results in `tmp_path`; which were asked, in order."""
    asked: list[str] = []

    def alone(
        root: Path,
        scratch: Path,
        system: str,
        train: Sequence[Labelled],
        test: Sequence[Example],
        **more: Any,
    ) -> SystemScore:
        asked.append(system)
        return right(system, test)

    def front_door(models: Path, training: Any, examples: Sequence[Example], *more: Any) -> SystemScore:
        asked.append("front_door")
        return right("front_door", examples)

    def no_peer(*given: Any, **more: Any) -> Any:
        asked.append("peer")
        raise BenchFailed("DIET was too slow")

    monkeypatch.setattr(nlu_run, "measure_alone", alone)
    monkeypatch.setattr(nlu_run, "measure_front_door", front_door)
    monkeypatch.setattr(nlu_run, "train_peer", no_peer)
    monkeypatch.setattr(nlu_run, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(nlu_run, "QUICK_RESULTS", tmp_path / "quick")
    monkeypatch.setattr(nlu_run, "ROOT", make_root(tmp_path / "root"))
    return asked


def make_root(root: Path) -> Path:
    """A project with two labels, two messages to train on, two to judge by, and a README with marks."""
    for folder in ("nlu/data", "tests/nlu", "models"):
        (root / folder).mkdir(parents=True)
    (root / "nlu/labels.yml").write_text("talking: [greet, thanks]\ndanger: [emergency]\n")
    (root / "nlu/data/small.yml").write_text(
        'version: "3.1"\nnlu:\n- intent: greet\n  examples: |\n    - hello\n- intent: emergency\n  examples: |\n'
        "    - help he has a knife\n"
    )
    (root / "tests/nlu/validation.jsonl").write_text(
        '{"text": "hi there", "label": "greet"}\n{"text": "he will kill me", "label": "emergency"}\n'
    )
    (root / "README.md").write_text("<!-- nlu-bench:begin -->\n<!-- nlu-bench:end -->\n")
    return root


@pytest.fixture
def public_set(tmp_path: Path) -> Path:
    folder = tmp_path / "bank"
    folder.mkdir()
    (folder / "train.csv").write_text("text,category\na b,one\nc d,two\n")
    (folder / "test.csv").write_text("text,category\na c,one\n")
    return folder


def test_fault_of_one_system_is_said_and_the_others_are_measured(
    measured: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(quick=False, sets=[])
    assert measured == ["front_door", "peer", "ours", "svm", "knn"]
    page = (tmp_path / "results/nlu.md").read_text()
    assert "DIET was too slow" in page
    assert "| tf-idf + linear SVM | 1 | 1.000 (1.000 to 1.000) |" in page
    readme = (tmp_path / "root/README.md").read_text()
    assert "| Front Door | 1 |" in readme and "DIET was too slow" in readme
    assert "no files were given" in capsys.readouterr().out


def test_set_is_measured_by_the_three_systems_that_need_no_server(
    measured: list[str], public_set: Path, tmp_path: Path
) -> None:
    run(quick=False, sets=[public_set])
    assert measured[5:] == ["ours", "svm", "knn"]
    assert "### bank" in (tmp_path / "results/nlu.md").read_text()


def test_quick_run_spoils_no_results(measured: list[str], tmp_path: Path) -> None:
    run(quick=True, sets=[])
    assert (tmp_path / "quick/nlu.md").is_file()
    assert not (tmp_path / "results").exists()
    assert "Front Door" not in (tmp_path / "root/README.md").read_text()


def test_stopped_run_keeps_what_it_has_and_leaves_the_readme(
    measured: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*given: Any, **more: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(nlu_run, "train_peer", stopped)
    with pytest.raises(SystemExit) as ended:
        run(quick=False, sets=[])
    assert ended.value.code == 130
    page = (tmp_path / "results/nlu.md").read_text()
    assert "was stopped before its end" in page and "| Front Door |" in page
    assert "Front Door" not in (tmp_path / "root/README.md").read_text()


def test_run_in_which_nothing_could_be_measured_writes_nothing(
    measured: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*given: Any, **more: Any) -> Any:
        raise BenchFailed("no environment")

    monkeypatch.setattr(nlu_run, "measure_alone", broken)
    monkeypatch.setattr(nlu_run, "measure_front_door", broken)
    with pytest.raises(SystemExit) as ended:
        run(quick=False, sets=[])
    assert ended.value.code == 1
    assert not (tmp_path / "results").exists()


def test_bad_set_ends_the_run_before_anything_is_measured(
    measured: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        run(quick=False, sets=[tmp_path / "nowhere.json"])
    assert ended.value.code == 1
    assert measured == []
    assert "nowhere.json cannot be read" in " ".join(capsys.readouterr().err.split())


def test_front_door_without_a_model_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BenchFailed, match="run `frontdoor train` first"):
        nlu_run.measure_front_door(tmp_path, [], [], nlu_run.QUICK, Clock(60), tmp_path, [])


def test_clock_gives_what_is_left_and_no_more() -> None:
    clock = Clock(100)
    assert clock.limit(30) == 30
    assert 90 < clock.limit(300) <= 100
    with pytest.raises(BenchFailed, match="no time was left"):
        Clock(0).limit(30)


def test_command_hands_its_options_on(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Any] = []
    monkeypatch.setattr(nlu_run, "run", lambda *, quick, sets: given.append((quick, sets)))
    command = ["bench", "--nlu", "--quick", "--set", "one", "--set", "two.json"]
    assert CliRunner().invoke(app, command).exit_code == 0
    assert given == [(True, [Path("one"), Path("two.json")])]
