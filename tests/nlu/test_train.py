"""When a model is trained, and what is left behind. A script plays Rasa here; the real one has its own test."""

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from nlu.danger_training import find_table, table_path
from nlu.train import TrainingFailed, find_model, fingerprint, is_current, model_path, train

FAKE_PYTHON = """#!/bin/sh
[ "$2" = nlu.danger_fit ] && { [ -f odd ] && { echo "ValueError: odd" >&2; exit 1; }; cat > "$3"; exit; }
echo "2026-11-22 INFO  rasa.engine.training.hooks  - Starting to train component 'Classifier'."
echo "2026-11-22 INFO  rasa.engine.training.hooks  - Finished training component 'Classifier'."
while [ "$1" != "--out" ]; do shift; done
[ -f fail ] && { echo "ValueError: no such pipeline"; exit 1; }
mkdir -p "$2" && echo trained > "$2/model.tar.gz"
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with a fake Rasa."""
    for folder in ("nlu/data", "nlu/components", ".venv-nlu/bin"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "config.yml").write_text("recipe: default.v1\npipeline: []\nweb_chat: {idle_days: 7}\n")
    (tmp_path / "nlu/data/a.yml").write_text("nlu: []\n")
    (tmp_path / "nlu/components/part.py").write_text("x = 1\n")
    (tmp_path / "nlu/requirements.lock").write_text("rasa==3.6.21\n")
    python = tmp_path / ".venv-nlu/bin/python"
    python.write_text(FAKE_PYTHON)
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    return tmp_path


DANGER = """
version: "3.1"
nlu:
- intent: emergency
  examples: |
    - He's got a [knife](place), nife!
- intent: crisis
  examples: |
    - no reason to go on
- intent: greet
  examples: |
    - Hello from [Long Lane](place), since [Last Night](seen_at)
"""
RULES = "slang: {nife: knife}\npast: ago\npresent: now\ncrisis: []\nemergency: []\n"


@pytest.fixture
def dangerous(root: Path) -> Path:
    """A project with messages of danger among the others."""
    (root / "flows").mkdir()
    (root / "flows/danger.yml").write_text(RULES)
    (root / "nlu/data/danger.yml").write_text(DANGER)
    return root


def nothing(_: str) -> None:
    pass


def test_trains_once_and_then_says_there_is_nothing_to_do(root: Path):
    said: list[str] = []

    model = train(root, root / "models", say=said.append)
    again: list[str] = []
    assert train(root, root / "models", say=again.append) == model

    assert model == model_path(root, root / "models") and model.read_text() == "trained\n"
    assert any("Classifier: done" in line for line in said)
    assert len(again) == 1 and "nothing to train" in again[0]
    assert sorted(p.name for p in (root / "models").iterdir()) == sorted([model.name, "train.log"])


@pytest.mark.parametrize(
    "change",
    [
        lambda r: (r / "nlu/data/a.yml").write_text("nlu: [1]\n"),
        lambda r: (r / "nlu/data/b.yml").write_text("nlu: []\n"),
        lambda r: (r / "nlu/data/a.yml").rename(r / "nlu/data/c.yml"),
        lambda r: (r / "nlu/components/part.py").write_text("x = 2\n"),
        lambda r: (r / "nlu/requirements.lock").write_text("rasa==3.6.20\n"),
        lambda r: (r / "config.yml").write_text("recipe: default.v1\npipeline: [{name: X}]\n"),
    ],
    ids=["example", "new file", "renamed file", "component", "lock", "pipeline"],
)
def test_what_the_model_is_made_from_changes_the_fingerprint(root: Path, change: Callable[[Path], object]):
    before = fingerprint(root)

    change(root)

    assert fingerprint(root) != before


def test_our_own_settings_and_comments_do_not_change_the_fingerprint(root: Path):
    before = fingerprint(root)

    (root / "config.yml").write_text("# new\nweb_chat: {idle_days: 9}\npipeline: []\nrecipe: default.v1\n")

    assert fingerprint(root) == before


def test_a_changed_example_trains_anew_and_the_old_model_serves_till_then(root: Path):
    old = train(root, root / "models", say=nothing)
    (root / "nlu/data/a.yml").write_text("nlu: [1]\n")

    assert not is_current(root, root / "models")
    assert find_model(root, root / "models") == old
    assert train(root, root / "models", say=nothing) != old
    assert is_current(root, root / "models")


def test_only_the_last_three_models_are_kept(root: Path):
    models = []
    for number in range(5):
        (root / "nlu/data/a.yml").write_text(f"nlu: [{number}]\n")
        models.append(train(root, root / "models", say=nothing))
        os.utime(models[-1], (number, number))

    assert [m.exists() for m in models] == [False, False, True, True, True]


def test_a_failed_training_names_the_reason_and_the_log_and_leaves_no_model(root: Path):
    (root / "fail").touch()

    with pytest.raises(TrainingFailed, match=r"no such pipeline.*train\.log"):
        train(root, root / "models", say=nothing)

    assert find_model(root, root / "models") is None
    assert [p.name for p in (root / "models").iterdir()] == ["train.log"]


@pytest.mark.parametrize(
    ("path", "words"), [(".venv-nlu/bin/python", "make run"), ("nlu/data/a.yml", "no training examples")]
)
def test_what_is_missing_is_named(root: Path, path: str, words: str):
    (root / path).unlink()

    with pytest.raises(TrainingFailed, match=words):
        train(root, root / "models", say=nothing)


@pytest.mark.parametrize("content", ["a: [", "- 1", ""])
def test_a_broken_config_is_named(root: Path, content: str):
    (root / "config.yml").write_text(content)

    with pytest.raises(TrainingFailed, match=r"config\.yml"):
        train(root, root / "models", say=nothing)


def test_the_danger_table_is_made_of_the_words_the_rules_read_and_of_answers_in_harmless_ones(
    dangerous: Path,
):
    said: list[str] = []

    train(dangerous, dangerous / "models", say=said.append)

    table = table_path(dangerous, dangerous / "models")
    assert find_table(dangerous, dangerous / "models") == table
    assert json.loads(table.read_text()) == {
        "messages": [
            *("hes got a knife knife", "no reason to go on", "hello from long lane since last night"),
            *("last night", "long lane"),
        ],
        "labels": ["emergency", "crisis", "greet", "answer", "answer"],
    }
    assert said[0].startswith(f"Danger table {table.name}: ready")


def test_a_table_that_is_there_is_not_made_again_and_a_missing_one_needs_no_new_model(dangerous: Path):
    model = train(dangerous, dangerous / "models", say=nothing)
    table, made = table_path(dangerous, dangerous / "models"), model.stat().st_mtime_ns
    table.write_text("kept")

    train(dangerous, dangerous / "models", say=nothing)
    assert table.read_text() == "kept"

    table.unlink()
    train(dangerous, dangerous / "models", say=nothing)
    assert table.is_file() and model.stat().st_mtime_ns == made


@pytest.mark.parametrize(
    ("path", "content", "is_new"),
    [
        ("nlu/data/a.yml", "version: '3.1'\nnlu: []\n", True),
        ("flows/danger.yml", RULES.replace("nife: knife", "nifes: knife"), True),
        ("nlu/danger_fit.py", "x = 1\n", True),
        ("flows/danger.yml", RULES.replace("ago", "yesterday"), False),
        ("nlu/components/part.py", "x = 2\n", False),
    ],
    ids=["messages", "slang", "how it is made", "rules", "the model's own parts"],
)
def test_what_the_table_is_made_from_makes_a_new_one(dangerous: Path, path: str, content: str, is_new: bool):
    models = dangerous / "models"
    train(dangerous, models, say=nothing)
    old = table_path(dangerous, models)

    (dangerous / path).write_text(content)

    assert (table_path(dangerous, models) != old) is is_new
    assert find_table(dangerous, models) == old, "and the old one serves till then"


def test_only_the_last_three_tables_are_kept(dangerous: Path):
    models = dangerous / "models"
    tables = []
    for number in range(5):
        (dangerous / "nlu/danger_fit.py").write_text(f"x = {number}\n")
        train(dangerous, models, say=nothing)
        tables.append(table_path(dangerous, models))
        os.utime(tables[-1], (number, number))

    assert [table.exists() for table in tables] == [False, False, True, True, True]


def test_a_table_that_cannot_be_made_is_told_and_the_model_is_trained_all_the_same(dangerous: Path):
    (dangerous / "odd").touch()
    said: list[str] = []

    model = train(dangerous, dangerous / "models", say=said.append)

    assert said[0] == "Danger table: not made (ValueError: odd)."
    assert model.is_file() and find_table(dangerous, dangerous / "models") is None


def test_without_messages_of_danger_there_is_no_table(dangerous: Path):
    (dangerous / "nlu/data/danger.yml").write_text(DANGER.replace("crisis", "thanks"))
    said: list[str] = []

    train(dangerous, dangerous / "models", say=said.append)

    assert "no training messages of danger" in said[0]
    assert find_table(dangerous, dangerous / "models") is None
