"""Danger by the table of learned weights: what it reads, when it is asked, and that a broken one leaves the rules."""

import asyncio
import json
from pathlib import Path

import pytest
from fakes import FixedInterpreter, meaning

from flows.safety import Safety
from nlu.danger_table import (
    SURE,
    DangerTable,
    DangerWhenAway,
    read_features,
    read_table,
    weigh_features,
    write_table,
)

SAFETY = Safety.load(Path(__file__).resolve().parents[2] / "flows/danger.yml")
WEIGHTS = {
    "upstairs": (15.0, 0.0),
    "im hiding": (15.0, 0.0),
    "cant _ here": (1.0, 15.0),
    "#pil": (0.0, 24.0),
    "caravans": (-20.0, -20.0),
}
BIAS = (-3.0, -3.0)


@pytest.fixture
def table(tmp_path: Path) -> DangerTable:
    """A small one, as it comes from its file."""
    write_table(tmp_path / "danger-0.json", WEIGHTS, BIAS)
    return DangerTable.load(tmp_path / "danger-0.json")


def find(table: DangerTable, text: str, **options: float) -> tuple[str, float] | None:
    found = table.find(SAFETY.read_parts(text), **options)
    return (found.label, round(sum(r.confidence for r in found.ranking), 2)) if found else None


def test_words_neighbours_next_but_one_and_pieces_are_read():
    whole, pieces = read_features("he has keys")

    assert whole == {"he", "has", "keys", "he has", "has keys", "he _ keys"}
    assert pieces == {
        *("#|he", "#he|", "#|he|", "#|ha", "#has", "#as|", "#|has", "#has|"),
        *("#|ke", "#key", "#eys", "#ys|", "#|key", "#keys", "#eys|"),
    }


def test_nothing_said_has_no_features_and_is_no_danger(table: DangerTable):
    assert read_features("") == (set(), set())
    assert find(table, "") is None
    assert table.find([]) is None


def test_one_word_counts_as_one_of_several_and_of_many_each_counts_less():
    shares = {text: [share for _, share in weigh_features(text)] for text in ("", "gaz", "a b c d e f g h")}

    assert shares[""] == shares["gaz"] == [6**-0.5, 16**-0.5]
    assert shares["a b c d e f g h"] == [(8 + 7 + 6) ** -0.5, 16**-0.5]


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Upstairs", "emergency"),
        ("I'm hiding", "emergency"),
        ("can't stay here", "crisis"),
        ("PILLS", "crisis"),
        ("upstairs caravans", None),
        ("good morning", None),
    ],
    ids=["word", "neighbours", "next but one", "piece", "spoken against", "nothing known"],
)
def test_what_the_words_say_adds_up(table: DangerTable, text: str, label: str | None):
    found = find(table, text)

    assert (found[0] if found else None) == label


def test_slang_is_written_out_as_for_the_rules(table: DangerTable, tmp_path: Path):
    write_table(tmp_path / "danger-1.json", {"strangling": (15.0, 0.0)}, BIAS)

    assert find(DangerTable.load(tmp_path / "danger-1.json"), "strangleing") is not None


def test_confidence_is_of_one_of_the_two_and_has_to_be_sure(table: DangerTable):
    label, confidence = find(table, "upstairs") or ("", 0.0)

    assert (label, confidence) == ("emergency", 0.96)
    assert find(table, "upstairs", at_least=0.97) is None
    assert table.find(["no feature of it"], at_least=0) is not None, "and what is not asked for is told"


def test_danger_anywhere_in_a_long_message_is_found():
    long = "and then he went to the shop " * 60
    table = DangerTable({"and then": (-0.1, -0.1), "upstairs": (90.0, 0.0)}, BIAS)

    assert find(table, f"{long} upstairs {long}") is not None
    assert find(table, long) is None


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        '{"format": 1}',
        '{"format": 2, "bias": [0, 0], "features": [], "emergency": [], "crisis": []}',
        '{"format": 1, "bias": [0, 0], "features": ["a"], "emergency": [1], "crisis": []}',
        '{"format": 1, "bias": [0], "features": [], "emergency": [], "crisis": []}',
    ],
    ids=["empty", "no object", "no parts", "of another format", "uneven", "half a bias"],
)
def test_what_is_no_table_leaves_the_rules_alone(content: str, tmp_path: Path, caplog):
    path = tmp_path / "danger-0.json"
    path.write_text(content)

    with pytest.raises(ValueError, match=r"danger-0\.json holds no danger table"):
        DangerTable.load(path)
    assert read_table(path) is None
    assert read_table(tmp_path / "gone.json") is None
    assert read_table(None) is None
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR", "WARNING"]


def test_a_table_is_small_whole_numbers(table: DangerTable, tmp_path: Path):
    told = json.loads((tmp_path / "danger-0.json").read_text())

    assert (told["features"][-1], told["emergency"][-1], told["crisis"][-1]) == ("upstairs", 15000, 0)


def understand(model: FixedInterpreter, table: DangerTable | None, text: str, at_least: float = 0.4):
    asked = DangerWhenAway(model, table, SAFETY.read_parts, at_least=at_least)
    return asyncio.run(asked.understand(text))


def test_the_table_is_asked_only_where_the_model_is_away(table: DangerTable):
    said = meaning("upstairs", "greet")

    assert understand(FixedInterpreter({"upstairs": said}), table, "upstairs") is said
    found = understand(FixedInterpreter(away=True), table, "upstairs")
    assert found is not None and found.label == "emergency" and found.confidence > SURE
    assert understand(FixedInterpreter(away=True), table, "good morning") is None
    assert understand(FixedInterpreter(away=True), None, "upstairs") is None


def test_a_deployment_that_wants_danger_surer_gets_it_from_the_table_too(table: DangerTable):
    away = FixedInterpreter(away=True)

    assert understand(away, table, "upstairs", at_least=0.98) is None
    assert understand(away, DangerTable({}, (-0.2, -9.0)), "words", at_least=0.1) is None, "never below SURE"
