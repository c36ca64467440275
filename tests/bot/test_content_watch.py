"""Changed words go into the running service; broken ones do not, and it says so."""

import os
import shutil
from pathlib import Path

import pytest

from bot.content_watch import ContentWatch, find_faults
from flows.content import Content, load_content
from flows.engine import Engine

ROOT = Path(__file__).parents[2]
THANKS = "flows/texts/en.yml"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for folder in ("flows", "county"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def watch(root: Path) -> ContentWatch:
    def load() -> Content:
        return load_content(root / "flows", root / "county")

    return ContentWatch(root, Engine(load()), load)


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    later = path.stat().st_mtime_ns + 1_000_000
    os.utime(path, ns=(later, later))


def test_a_change_is_taken_and_a_broken_one_is_not(copy: Path):
    watching = watch(copy)
    assert not watching.look(), "nothing has changed"
    change(copy / THANKS, "You are welcome.", "You are very welcome.")
    assert watching.look()
    assert watching._engine.content.texts.say("thanks", "en").text == "You are very welcome."
    assert "content_faults" not in watching.state()

    change(copy / THANKS, "  menu:\n", "  menu: [\n")
    change(copy / "county/knowledge/home.yml", "  - id: going_away", "  - id: 7")
    assert not watching.look()
    assert watching._engine.content.texts.say("thanks", "en").text == "You are very welcome."
    faults = watching.state()["content_faults"]
    assert isinstance(faults, list)
    assert any(fault.startswith(f"{THANKS}:") for fault in faults)

    change(copy / THANKS, "  menu: [\n", "  menu:\n")
    change(copy / "county/knowledge/home.yml", "  - id: 7", "  - id: going_away")
    assert watching.look()
    assert "content_faults" not in watching.state()


def test_a_fault_the_loader_would_not_see_keeps_the_last_words_too(copy: Path):
    watching = watch(copy)
    change(copy / "county/knowledge/vehicles.yml", "call 101", "call 01926 415000")
    assert not watching.look()
    assert "01926415000 is said" in str(watching.state()["content_faults"])
    assert not watching.look(), "the same files are not gone through again"


def test_a_folder_that_is_gone_is_told(copy: Path):
    watching = watch(copy)
    (copy / "county/districts.yml").unlink()
    assert not watching.look()
    assert watching.state()["content_faults"]


def test_the_content_as_it_stands_has_no_fault():
    assert find_faults(ROOT) == []


def test_something_else_that_content_is_made_of_is_noticed_too(tmp_path: Path):
    marks = ["before", "before", "after", "after"]
    watching = ContentWatch(
        tmp_path, Engine(load_content(ROOT / "flows", ROOT / "county")), fail, lambda: marks.pop(0)
    )
    assert not watching.look() and watching.faults == []
    watching.look()  # an empty folder is full of faults: it looked
    assert watching.faults


def fail() -> Content:
    raise AssertionError("faulty files are not loaded")
