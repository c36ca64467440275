"""The figures, each against what a person gets with pencil and paper."""

import json
from pathlib import Path

import pytest

from flows.understanding import Entity, Ranked, Understanding
from nlu.evaluate import (
    BadFile,
    Confusion,
    Counts,
    Example,
    Judged,
    calibrate,
    count_entity,
    find_confused,
    find_worst_labels,
    is_in_top,
    measure,
    measure_calibration,
    read_examples,
)
from nlu.label_groups import read_groups
from nlu.marks import Mark, hold_against, read_marks

ROOT = Path(__file__).parents[2]
LABELS = ("greet", "thanks", "emergency", "crisis", "out_of_scope", "report_encampment")


def judge(
    label: str,
    found: str,
    *others: str,
    accept: tuple[str, ...] = (),
    danger: bool = False,
    confidence: float = 0.9,
    milliseconds: float = 0.0,
    answered: bool = True,
) -> Judged:
    """A message that means `label` and was taken for `found`, with `others` as the runners-up."""
    ranking = tuple(Ranked(name, confidence / (at + 1)) for at, name in enumerate((found, *others)))
    understanding = Understanding(found, confidence, ranking)
    return Judged(Example("words", label, frozenset(accept)), understanding, danger, milliseconds, answered)


def read(text: str, entities: dict | None, *found: tuple[str, str, str | int | None]) -> Judged:
    """A report of which entities were found: (name, words, value), where the words stand in the text."""
    there = tuple(
        Entity(name, words, value, text.index(words), text.index(words) + len(words))
        for name, words, value in found
    )
    understanding = Understanding("report_encampment", 0.9, (), there)
    return Judged(Example(text, "report_encampment", entities=entities), understanding, False)


def write(folder: Path, *rows: object) -> Path:
    path = folder / "messages.jsonl"
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), "utf-8")
    return path


# Labels


def test_a_label_is_right_where_it_is_the_written_one_or_accepted():
    judged = [
        judge("greet", "greet"),
        judge("greet", "thanks", accept=("thanks",)),
        judge("greet", "thanks"),
        judge("thanks", "greet"),
    ]
    assert measure(judged)["accuracy"] == 0.5


def test_an_accepted_label_is_nobodys_mistake():
    figures = measure([judge("greet", "thanks", accept=("thanks",)), judge("thanks", "thanks")])
    perfect = {"precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 1}
    assert figures["labels"] == {"greet": perfect, "thanks": perfect}


def test_precision_recall_and_f1_of_a_label():
    judged = [
        judge("greet", "greet"),
        judge("greet", "greet"),
        judge("greet", "thanks"),  # missed, and one too many of thanks
        judge("greet", "help"),  # missed
        judge("thanks", "greet"),  # one too many
    ]
    labels = measure(judged)["labels"]
    # 2 hits, 1 too many, 2 missed: 2/3, 2/4, 2*(2/3)*(1/2)/(2/3+1/2) = 4/7
    assert labels["greet"] == {"precision": 0.6667, "recall": 0.5, "f1": 0.5714, "support": 4}
    assert labels["thanks"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 1}
    assert labels["help"]["support"] == 0


def test_the_top_three_hold_a_right_label_and_no_fourth_counts():
    assert is_in_top(judge("greet", "thanks", "help", "greet"), 3)
    assert is_in_top(judge("greet", "thanks", "help", "skip", accept=("skip",)), 3)
    assert not is_in_top(judge("greet", "thanks", "help", "skip", "greet"), 3)
    assert is_in_top(Judged(Example("", "greet"), Understanding("greet", 0.0), False), 3), "no ranking at all"
    judged = [judge("greet", "thanks", "help", "greet"), judge("greet", "thanks", "help", "skip", "greet")]
    assert measure(judged)["top3"] == 0.5


def test_a_message_without_an_answer_is_wrong_even_where_it_is_out_of_scope():
    unanswered = judge("out_of_scope", "out_of_scope", answered=False)
    figures = measure([unanswered, judge("out_of_scope", "out_of_scope")])
    assert figures["accuracy"] == figures["top3"] == figures["out_of_scope"]["recall"] == 0.5
    assert figures["labels"]["out_of_scope"] == {"precision": 1.0, "recall": 0.5, "f1": 0.6667, "support": 2}


# Danger and what is out of scope


def test_danger_is_what_the_service_decides_and_not_the_label_found():
    judged = [
        judge("emergency", "greet", danger=True),
        judge("crisis", "crisis", danger=True),
        judge("crisis", "crisis", danger=False),
        judge("greet", "greet", danger=True),
        judge("greet", "emergency", danger=False),
        judge("thanks", "thanks"),
        judge("thanks", "thanks"),
    ]
    assert measure(judged)["danger"] == {"recall": 0.6667, "false_alarms": 0.25}
    assert [j.is_missed_danger for j in judged].count(True) == 1
    assert [j.is_false_alarm for j in judged].count(True) == 1


def test_a_message_that_may_be_taken_for_danger_is_never_a_false_alarm():
    may_be = judge("ask/domestic_abuse", "emergency", accept=("emergency",), danger=True)
    figures = measure([may_be, judge("greet", "greet")])
    assert figures["danger"] == {"recall": 1.0, "false_alarms": 0.0}
    assert not may_be.is_false_alarm


def test_out_of_scope_recall_is_of_the_messages_that_are():
    judged = [judge("out_of_scope", "out_of_scope")] * 3 + [judge("out_of_scope", "greet")]
    assert measure([*judged, judge("greet", "out_of_scope")])["out_of_scope"] == {"recall": 0.75}


# Entities


@pytest.mark.parametrize(
    ("wanted", "found", "hits_extra_missed"),
    [
        ({"caravans": 6}, [("caravans", "6", 6)], (1, 0, 0)),
        ({"caravans": 6}, [("caravans", "4", 4)], (0, 1, 1)),
        ({"caravans": 6}, [], (0, 0, 1)),
        ({}, [("caravans", "6", 6)], (0, 1, 0)),
        ({}, [], (0, 0, 0)),
        ({"caravans": 6}, [("caravans", "6", 6), ("caravans", "4", 4)], (1, 0, 0)),
        ({"caravans": 6}, [("vehicles", "6", 6)], (0, 0, 1)),
    ],
    ids=["right", "another number", "not found", "not there", "neither", "the first counts", "another name"],
)
def test_a_number_is_right_or_both_extra_and_missed(wanted, found, hits_extra_missed):
    one = read("6 caravans and 4 vans", wanted, *found)
    assert count_entity("caravans", one) == Counts(*hits_extra_missed)


@pytest.mark.parametrize(
    ("wanted", "found", "is_right"),
    [
        ("the rec off Myton Road", "Myton Road", True),
        ("the rec", "the rec off Myton Road", True),
        ("the rec", "Myton Road", False),
        ("Warwick", "by Warwick", True),
        ("a field", "the rec", False),
    ],
    ids=["part", "more", "beside", "the second of two", "words that do not stand there"],
)
@pytest.mark.parametrize("name", ["place", "seen_at"])
def test_words_are_right_where_they_overlap(name, wanted, found, is_right):
    one = read("Warwick: the rec off Myton Road by Warwick", {name: {"text": wanted}}, (name, found, None))
    assert count_entity(name, one) == (Counts(hits=1) if is_right else Counts(extra=1, missed=1))


def test_words_that_only_touch_do_not_overlap():
    one = read("the rec Warwick", {"place": {"text": "the rec "}}, ("place", "Warwick", None))
    assert count_entity("place", one) == Counts(extra=1, missed=1)


def test_each_impact_counts_by_itself():
    text = "rubbish, noise and dogs"
    found = [("impact", "rubbish", "waste"), ("impact", "noise", "noise"), ("impact", "dogs", "animals")]
    assert count_entity("impact", read(text, {"impact": ["noise", "waste", "fire"]}, *found)) == Counts(
        2, 1, 1
    )
    twice = [("impact", "rubbish", "waste"), ("impact", "noise", "waste")]
    assert count_entity("impact", read(text, {"impact": ["waste"]}, *twice)) == Counts(1, 0, 0)
    assert count_entity("impact", read(text, {})) == Counts()


def test_entities_are_counted_over_messages_that_name_them_only():
    judged = [
        read("6 caravans", {"caravans": 6}, ("caravans", "6", 6)),
        read("6 caravans", {"caravans": 7}, ("caravans", "6", 6)),
        read("6 caravans", {}),
        read("6 caravans", None, ("caravans", "6", 6)),
    ]
    entities = measure(judged)["entities"]
    assert entities["caravans"] == {"precision": 0.5, "recall": 0.5, "f1": 0.5}
    assert entities["postcode"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0}


# Times, and the keys


def test_times_are_percentiles_in_milliseconds():
    judged = [judge("greet", "greet", milliseconds=ms) for ms in range(101)]
    assert measure(judged)["latency_ms"] == {"p50": 50.0, "p95": 95.0}
    assert measure(judged[7:8])["latency_ms"] == {"p50": 7.0, "p95": 7.0}


def test_the_keys_are_the_contracts_even_where_there_is_nothing_to_count():
    figures = measure([judge("greet", "greet")])
    assert list(figures) == [
        *("messages", "accuracy", "top3", "danger", "out_of_scope", "entities", "labels", "latency_ms"),
    ]
    assert figures["danger"] == {"recall": 1.0, "false_alarms": 0.0}
    assert figures["out_of_scope"] == {"recall": 1.0}
    assert list(figures["entities"]) == [
        *("place", "postcode", "caravans", "vehicles", "seen_at", "land", "impact", "reference"),
    ]
    assert {tuple(f) for f in figures["entities"].values()} == {("precision", "recall", "f1")}
    assert list(figures["labels"]["greet"]) == ["precision", "recall", "f1", "support"]


# Mistakes


def test_confused_pairs_come_the_most_frequent_first():
    judged = [
        judge("greet", "thanks"),
        judge("thanks", "greet"),
        judge("thanks", "greet"),
        judge("greet", "help", accept=("help",)),
        judge("skip", "out_of_scope", answered=False),
    ]
    assert find_confused(judged) == [Confusion("thanks", "greet", 2), Confusion("greet", "thanks", 1)]


def test_calibration_sets_confidence_against_what_was_right():
    judged = [
        judge("greet", "greet", confidence=0.95),
        judge("greet", "greet", confidence=1.0),
        judge("greet", "thanks", confidence=0.21),
        judge("greet", "greet", confidence=0.29),
        judge("greet", "greet", confidence=0.5, answered=False),
    ]
    bins = calibrate(judged)
    assert [(round(b.confidence, 3), b.right, b.messages) for b in bins] == [(0.25, 0.5, 2), (0.975, 1.0, 2)]
    assert measure_calibration(bins) == pytest.approx((0.25 * 2 + 0.025 * 2) / 4)
    assert measure_calibration([]) == 0.0


def test_the_worst_labels_had_messages_and_mistakes():
    judged = [
        judge("greet", "greet"),
        judge("skip", "thanks"),
        judge("thanks", "thanks"),
        judge("help", "unheard_of"),
        judge("help", "unheard_of"),
    ]
    figures = measure(judged)
    assert find_worst_labels(figures, 10) == ["help", "skip", "thanks"]
    assert find_worst_labels(figures, 1) == ["help"]


# The marks


def test_marks_are_held_against_the_figures():
    judged = [judge("greet", "greet")] * 91 + [judge("greet", "thanks")] * 9
    held = {h.mark.figure: h for h in hold_against(read_marks(ROOT), measure(judged), judged)}
    assert held["accuracy"].is_reached is False
    assert (held["accuracy"].shown_value, held["accuracy"].mark.shown) == ("0.9100", "≥ 0.92")
    assert held["danger.false_alarms"].is_reached is True
    assert held["latency_ms.p50"].mark.shown == "≤ 20 ms"
    for figure in ("danger.recall", "out_of_scope.recall", "entities.caravans.f1"):
        assert held[figure].is_reached is None, "no message of the file says anything about it"


def test_a_mark_is_reached_on_the_dot():
    judged = [judge("greet", "greet")] * 92 + [judge("greet", "thanks")] * 8
    [held] = hold_against([Mark("Accuracy", "accuracy", at_least=0.92)], measure(judged), judged)
    assert held.is_reached is True


def test_every_mark_names_a_figure_there_is():
    judged = [judge("emergency", "emergency"), judge("out_of_scope", "out_of_scope"), judge("greet", "greet")]
    judged.append(read("6", {"caravans": 6}))
    held = hold_against(read_marks(ROOT), measure(judged), judged)
    assert len(held) == 13
    assert next(h for h in held if h.mark.figure == "entities.caravans.f1").value == 0.0


# Groups


def test_every_label_has_a_group_and_asks_are_grouped_by_their_file():
    groups = read_groups(ROOT)
    assert groups["ask/bicycle_theft"] == "ask bikes"
    assert groups["emergency"] == groups["crisis"] == "danger"
    assert groups["out_of_scope"] == "out of scope"
    assert "others" not in groups.values()
    assert len(set(groups.values())) < 30


# Files


def test_a_file_is_read_with_what_it_leaves_out(tmp_path):
    path = write(
        tmp_path,
        {"text": "hi", "label": "greet", "accept": ["thanks"], "note": "left alone"},
        "",
        {"text": "6 vans", "label": "report_encampment", "entities": {"vehicles": 6, "caravans": None}},
        {"text": "hm", "label": "out_of_scope", "accept": None, "entities": None},
    )
    first, second, third = read_examples(path, LABELS)
    assert (first.right, first.entities) == ({"greet", "thanks"}, None)
    assert second.entities == {"vehicles": 6}
    assert (third.right, third.entities) == ({"out_of_scope"}, None)


def test_words_alone_and_one_impact_are_taken_as_meant(tmp_path):
    entities = {"place": "the rec", "seen_at": {"text": "today", "value": None}, "impact": "waste"}
    [example] = read_examples(write(tmp_path, {**GOOD, "entities": entities}))
    assert example.entities == {
        "place": {"text": "the rec"},
        "seen_at": {"text": "today"},
        "impact": ["waste"],
    }


def test_line_separators_in_a_message_do_not_end_its_line(tmp_path):
    path = tmp_path / "messages.jsonl"
    path.write_bytes('\ufeff{"text": "one\u2028two\u0085three", "label": "greet"}\r\n'.encode())
    assert [e.text for e in read_examples(path)] == ["one\u2028two\u0085three"]


GOOD = {"text": "hi", "label": "greet"}


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("{", "line 2: this is not"),
        ("[]", "line 2: this is not"),
        ("7", "line 2: this is not"),
        ("[" * 100_000, "line 2: this is not"),
        ({"text": "hi"}, "line 2: this is not"),
        ({"text": None, "label": "greet"}, "line 2: this is not"),
        ({"text": "hi", "label": ["greet"]}, "line 2: this is not"),
        ({**GOOD, "accept": "thanks"}, "line 2: this is not"),
        ({**GOOD, "entities": {"place": 7}}, "line 2: this is not"),
        ({**GOOD, "entities": []}, "line 2: this is not"),
        ({**GOOD, "entities": {"place": {"text": " "}}}, "line 2: this is not"),
        ({**GOOD, "entities": {"colour": "red"}}, "line 2: there is no entity colour."),
        ({"text": "hi", "label": "ask/nothing"}, "line 2: there is no label ask/nothing."),
        ({**GOOD, "accept": ["b", "a"]}, "line 2: there is no label a, b."),
    ],
    ids=lambda value: str(value)[:50],
)
def test_a_faulty_line_is_named(tmp_path, row, told):
    with pytest.raises(BadFile) as raised:
        read_examples(write(tmp_path, GOOD, row), LABELS)
    assert told in str(raised.value)


def test_a_file_that_holds_nothing_or_is_no_text_is_refused(tmp_path):
    with pytest.raises(BadFile, match="holds no messages"):
        read_examples(write(tmp_path, "", " "))
    with pytest.raises(BadFile, match="cannot be read as text"):
        read_examples(tmp_path / "nowhere.jsonl")
    (tmp_path / "noise").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadFile, match="cannot be read as text"):
        read_examples(tmp_path / "noise")
