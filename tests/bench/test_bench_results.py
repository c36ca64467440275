"""Table, page, JSON and plot, made from a result that was made up."""

import json
from dataclasses import replace
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree

import pytest
from rich.console import Console

from bench.load import LoadResult
from bench.machine import Machine, describe_machine
from bench.results import (
    BenchResult,
    Measured,
    SystemResult,
    compare,
    list_failures,
    make_page,
    make_rows,
    make_table,
    write_results,
)

MACHINE = Machine("Testing CPU 3000", 2, 23.5, "Debian 12, Linux 6.1", "3.11.7", "ext4", 0.12)


def system(
    id: str, name: str, rates: tuple[float, float], p95: tuple[float, float], failures: dict[str, int]
) -> SystemResult:
    loads = tuple(
        Measured(
            LoadResult(at_a_time, 160, 1440, 10.0, rate, high / 2, high, failures if at_a_time == 16 else {}),
            {"Rasa": 600.4, "other": 100.2},
        )
        for at_a_time, rate, high in zip((1, 16), rates, p95, strict=True)
    )
    return SystemResult(id, name, {"first page": 0.84, "understanding ready": 31.26}, loads)


RESULT = BenchResult(
    "2026-11-23",
    "abc1234",
    MACHINE,
    (
        system("floor", "Floor", (600.0, 1200.0), (2.04, 20.0), {}),
        system("front_door", "Front Door", (60.0, 100.0), (30.0, 400.0), {}),
        system("peer", "Rasa peer", (14.0, 20.0), (100.0, 2000.0), {"HTTP 500": 3, "ReadTimeout": 1}),
    ),
)


def test_a_row_for_each_system_and_load() -> None:
    rows = make_rows(RESULT)
    assert len(rows) == 6
    assert rows[0] == ("Floor", "1", "160", "600.0", "1.0", "2.0", "0", "701", "31.3")
    assert rows[5] == ("Rasa peer", "16", "160", "20.0", "1000", "2000", "4", "701", "31.3")


def test_table_shows_every_row_in_eighty_columns() -> None:
    shown_on = StringIO()
    Console(width=80, file=shown_on).print(make_table(RESULT))
    shown = shown_on.getvalue()
    assert "…" not in shown
    for row in make_rows(RESULT):
        assert any(all(cell in line for cell in row) for line in shown.splitlines()), row


def test_comparison_is_at_the_highest_load() -> None:
    found = compare(RESULT)
    assert found is not None
    assert (found.at_a_time, found.times_faster, found.share_of_p95) == (16, 5.0, 0.2)
    assert found.is_reached
    assert str(found).endswith(": reached.")


@pytest.mark.parametrize(
    ("rates", "p95"),
    [((60.0, 99.0), (30.0, 400.0)), ((60.0, 100.0), (30.0, 401.0)), ((900.0, 20.0), (1.0, 2000.0))],
    ids=["too few messages", "too slow", "good at one at a time alone"],
)
def test_missed_goal_is_said_loudly(rates: tuple[float, float], p95: tuple[float, float]) -> None:
    floor, _, peer = RESULT.systems
    found = compare(
        replace(RESULT, systems=(floor, system("front_door", "Front Door", rates, p95, {}), peer))
    )
    assert found is not None
    assert not found.is_reached
    assert "NOT reached" in str(found)


def test_no_comparison_without_a_peer_or_with_a_dead_one() -> None:
    floor, door, _ = RESULT.systems
    assert compare(replace(RESULT, systems=(floor, door))) is None
    dead = system("peer", "Rasa peer", (0.0, 0.0), (0.0, 0.0), {"ConnectError": 160})
    assert compare(replace(RESULT, systems=(floor, door, dead))) is None


def test_failures_are_listed_with_their_reasons() -> None:
    assert list_failures(RESULT) == [
        "Rasa peer, 16 at a time: 3 report(s) failed: HTTP 500",
        "Rasa peer, 16 at a time: 1 report(s) failed: ReadTimeout",
    ]


def test_page_has_table_machine_failures_and_a_picture_in_words() -> None:
    page = make_page(RESULT, "latest.svg")
    lines = page.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("| System"))
    assert len({line.count("|") for line in lines[at : at + 8]}) == 1
    assert "| Front Door | 16 | 160 | 100.0 | 200 | 400 | 0 | 701 | 31.3 |" in lines
    assert "Testing CPU 3000, 2 cores, 23.5 GiB" in page
    assert "3 report(s) failed: HTTP 500" in page
    alt = page.split("![", 1)[1].split("](latest.svg)", 1)[0]
    assert "Rasa peer, 16 at a time: 20.0 messages/s, p95 2000 ms" in alt
    assert not set("[]\n") & set(alt)


def test_written_files_hold_the_result(tmp_path: Path) -> None:
    kept, page, picture = write_results(RESULT, tmp_path / "results")
    assert kept.name == "2026-11-23.json"
    found = json.loads(kept.read_text(encoding="utf-8"))
    assert found["machine"]["cpu"] == "Testing CPU 3000"
    assert found["systems"][2]["loads"][1]["load"]["failures"] == {"HTTP 500": 3, "ReadTimeout": 1}
    assert picture.name in page.read_text(encoding="utf-8")
    assert picture.is_file()


def test_plot_has_a_bar_for_each_row_and_its_words_as_words(tmp_path: Path) -> None:
    *_, picture = write_results(RESULT, tmp_path)
    drawing = picture.read_text(encoding="utf-8")
    words = " ".join("".join(part.itertext()) for part in ElementTree.fromstring(drawing).iter())
    for expected in ("Front Door", "Rasa peer", "16 at a time", "Messages per second", "1,200", "2,000"):
        assert expected in words


def test_the_same_figures_give_the_same_plot_without_a_date(tmp_path: Path) -> None:
    drawings = [write_results(RESULT, tmp_path / name)[2].read_bytes() for name in ("one", "two")]
    assert drawings[0] == drawings[1]
    assert b"<dc:date>" not in drawings[0]


def test_this_machine_can_be_described(tmp_path: Path) -> None:
    machine = describe_machine(tmp_path)
    assert machine.cpu and machine.system and machine.filesystem
    assert machine.cores >= 1
    assert machine.memory_gb > 0
    assert machine.python.startswith("3.11")
