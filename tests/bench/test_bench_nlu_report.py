"""Table, page, README part, JSON and plot of the understanding benchmark, made from a result that was made up."""

import json
from dataclasses import replace
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree

import pytest
from rich.console import Console

from bench.machine import Machine
from bench.nlu.report import (
    BEGIN,
    COLUMNS,
    END,
    SET_COLUMNS,
    NluBenchResult,
    list_failures,
    list_marks,
    make_page,
    make_rows,
    make_table,
    write_readme,
    write_results,
)
from bench.nlu.scores import Judgement, Profile, SetScores, Share, SystemScore, Throughput

MACHINE = Machine("Testing CPU 3000", 2, 23.5, "Debian 12, Linux 6.1", "3.11.7", "ext4", 0.12)


def judgement(accuracy: float, p50_ms: float, *, unanswered: int = 0) -> Judgement:
    share = Share(accuracy, accuracy - 0.01, accuracy + 0.01)
    return Judgement(1559, share, Share(0.98, 0.97, 0.99), 0.95, 0.004, p50_ms, p50_ms * 2, unanswered)


PROFILE = Profile(
    2000, {"embedding.py": 0.45, "classifier.py": 0.4, "server and network": 0.15}, {"a.py:run": 0.3}
)
OURS = SystemScore(
    "front_door",
    "Front Door",
    trained_on=33_597,
    judgement=judgement(0.93, 9.0),
    train_seconds=98.4,
    memory_mb=650.2,
    throughput=Throughput(16, 1559, 96.2, 180.0, 0.99, PROFILE),
    told="the pipeline of config.yml",
)
PEER = SystemScore(
    "peer",
    "rasa init (DIET), 20 a label",
    trained_on=2_900,
    judgement=judgement(0.7, 25.0, unanswered=2),
    train_seconds=300.0,
    memory_mb=800.0,
    throughput=Throughput(16, 1559, 40.0, 400.0, 0.99),
)
BROKEN = SystemScore("knn", "Embedding kNN", error="it failed. Its last words: none")
RESULT = NluBenchResult(
    "2026-11-26",
    "abc1234",
    MACHINE,
    SetScores("Validation messages", 33_597, 1_559, 145, (OURS, PEER, BROKEN)),
    notes=("The machine was not quiet.",),
)


def with_ours(**changes: object) -> NluBenchResult:
    ours = replace(OURS, **changes)  # type: ignore[arg-type]
    return replace(RESULT, own=replace(RESULT.own, systems=(ours, PEER)))


def test_a_row_for_each_system_and_a_failed_one_says_so() -> None:
    rows = make_rows(RESULT.own)
    assert rows[0] == (
        "Front Door",
        "33,597",
        "0.930 (0.920 to 0.940)",
        "0.980 (0.970 to 0.990)",
        "0.950",
        "0.004",
        "98",
        "9.0",
        "18.0",
        "650",
        "96.2",
    )
    assert rows[2] == ("Embedding kNN", "-", "failed", *["-"] * 8)
    assert all(len(row) == len(COLUMNS) for row in rows)


def test_table_is_readable_in_eighty_columns() -> None:
    shown_on = StringIO()
    Console(width=80, file=shown_on).print(make_table(RESULT.own))
    shown = shown_on.getvalue()
    assert "…" not in shown
    ours = next(line for line in shown.splitlines() if "Front Door" in line)
    assert ours.split()[2:] == ["0.930", "0.980", "0.950", "0.004", "98", "9.0", "18.0", "650", "96.2"]
    assert "failed" in shown


def test_table_leaves_out_what_a_set_knows_nothing_of() -> None:
    plain = replace(judgement(0.9, 1.0), danger_recall=None, false_alarms=None)
    bare = SystemScore("svm", "tf-idf + linear SVM", trained_on=10, judgement=plain, train_seconds=1.0)
    shown_on = StringIO()
    Console(width=80, file=shown_on).print(make_table(SetScores("banking77", 10, 5, 3, (bare,))))
    assert "Danger" not in shown_on.getvalue()
    assert "Msg/s" not in shown_on.getvalue()


def test_marks_of_speed_are_said_as_they_came_out() -> None:
    assert [line.endswith(": reached.") for line in list_marks(RESULT)] == [True, True, True]
    slow = with_ours(judgement=judgement(0.93, 25.0), throughput=Throughput(16, 10, 59.9, 1.0, 1.0))
    assert all(line.endswith(": NOT reached.") for line in list_marks(slow))
    assert len(list_marks(slow)) == 3


def test_no_marks_without_our_own_figures() -> None:
    assert list_marks(with_ours(judgement=None, error="no model")) == []


def test_failures_and_unanswered_messages_are_listed() -> None:
    assert list_failures(RESULT) == [
        "Validation messages, rasa init (DIET), 20 a label: 2 message(s) not answered; they count as wrong",
        "Validation messages, Embedding kNN: it failed. Its last words: none",
    ]


def test_page_has_table_profile_notes_machine_and_a_picture_in_words() -> None:
    page = make_page(RESULT, "nlu.svg")
    lines = page.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("| System"))
    assert {line.count("|") for line in lines[at : at + 5]} == {len(COLUMNS) + 1}
    for expected in (
        "What holds it most is embedding.py, with 45% of the time.",
        "`classifier.py` 40.0%",
        "- The machine was not quiet.",
        "Testing CPU 3000, 2 cores",
        "Embedding kNN: it failed.",
        "no files were given",
    ):
        assert expected in page
    assert "was stopped" not in page
    alt = page.split("![", 1)[1].split("](nlu.svg)", 1)[0]
    assert "Front Door: accuracy 0.930 at p50 9.0 ms" in alt
    assert not set("[]\n") & set(alt)


def test_page_of_a_stopped_run_says_so() -> None:
    assert "was stopped before its end" in make_page(replace(RESULT, is_whole=False), "nlu.svg")


def test_page_shows_the_sets_that_were_given() -> None:
    page = make_page(replace(RESULT, sets=(SetScores("banking77", 100, 50, 77, (OURS,)),)), "nlu.svg")
    assert "### banking77" in page
    assert "| " + " | ".join(SET_COLUMNS) + " |" in page
    assert "no files were given" not in page


def test_written_files_hold_the_result(tmp_path: Path) -> None:
    kept, page, picture = write_results(RESULT, tmp_path / "results")
    assert [path.name for path in (kept, page, picture)] == ["nlu-2026-11-26.json", "nlu.md", "nlu.svg"]
    found = json.loads(kept.read_text(encoding="utf-8"))
    assert found["own"]["systems"][0]["throughput"]["profile"]["parts"]["embedding.py"] == 0.45
    assert found["own"]["systems"][2]["error"].startswith("it failed")
    drawing = picture.read_text(encoding="utf-8")
    words = " ".join("".join(part.itertext()) for part in ElementTree.fromstring(drawing).iter())
    for expected in ("Front Door: 93.0%, 9.0 ms", "rasa init (DIET)", "Labels right"):
        assert expected in words
    assert "Embedding kNN" not in words


def test_the_same_figures_give_the_same_plot(tmp_path: Path) -> None:
    drawings = [write_results(RESULT, tmp_path / name)[2].read_bytes() for name in ("one", "two")]
    assert drawings[0] == drawings[1]


def test_readme_part_is_replaced_and_nothing_else(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"# Top\n\n{BEGIN}\nlast year\n{END}\n\nBelow.\n")
    assert write_readme(RESULT, readme)
    once = readme.read_text()
    assert once.startswith(f"# Top\n\n{BEGIN}\n") and once.endswith(f"\n{END}\n\nBelow.\n")
    assert "last year" not in once
    assert "| Front Door | 33,597 | 0.930 (0.920 to 0.940)" in once
    assert "Not measured:" in once
    assert write_readme(RESULT, readme)
    assert readme.read_text() == once


@pytest.mark.parametrize("text", ["no marks", f"only {BEGIN}", f"{END} the wrong way {BEGIN}"])
def test_readme_without_marks_is_left_alone(tmp_path: Path, text: str) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(text)
    assert not write_readme(RESULT, readme)
    assert readme.read_text() == text


def test_our_own_readme_has_the_marks() -> None:
    readme = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
    assert readme.index(BEGIN) < readme.index(END)
