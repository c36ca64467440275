"""`frontdoor check` names file, line and fault of the training messages: one broken copy of a small set per fault."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot import cli
from flows.findings import Fault
from flows.safety import plain_words
from flows.yaml_lines import Unreadable
from nlu.training_files import check_training, get_key, read_labels, read_training

ROOT = Path(__file__).resolve().parents[2]
LABELS, SMALL, OTHER = "nlu/labels.yml", "nlu/data/small.yml", "nlu/data/z_other.yml"
FILES = {
    LABELS: """\
talking: [greet, thanks]
doing:
  - report_encampment
asking:
  [bicycle_theft,
   knife_crime]
""",
    SMALL: """\
# Line 1 is a comment.
version: "3.1"
nlu:
- intent: greet
  examples: |
    - hello
    - hiya there

    - good morning
- intent: report_encampment
  examples: |
    - caravans on [the rec](place)
    - they came [last night](seen_at) to [Myton Road](place)
""",
    OTHER: """\
version: "3.1"
nlu:
- intent: ask.bicycle_theft
  examples: |
    - how do i lock my bike
- intent: ask.knife_crime
  examples: |
    - he carries a blade
- intent: thanks
  examples: |
    - ta very much
    - \U0001f44d
""",
}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A small set of messages without a fault."""
    (tmp_path / "nlu/data").mkdir(parents=True)
    for file, content in FILES.items():
        (tmp_path / file).write_text(content, encoding="utf-8")
    return tmp_path


def test_the_real_messages_have_no_fault():
    assert check_training(ROOT) == []


def test_a_sound_set_has_no_fault(copy: Path):
    assert check_training(copy) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "line", "message"),
    [
        pytest.param(SMALL, "intent: greet", "intent: gret", 4, "there is no label gret", id="unknown label"),
        pytest.param(
            OTHER, "ask.knife_crime", "ask.knives", 6, "there is no label ask/knives", id="unknown ask"
        ),
        pytest.param(
            OTHER,
            "ta very much",
            "Hello!",
            11,
            f"the same message has the label greet in {SMALL}, line 6; a message has one label",
            id="two labels",
        ),
        pytest.param(
            OTHER,
            "\U0001f44d",
            "\U0001f44d\n- intent: greet\n  examples: |\n    - \U0001f44d",
            15,
            f"the same message has the label thanks in {OTHER}, line 12; a message has one label",
            id="two labels, no letters",
        ),
        pytest.param(SMALL, "- good morning", "-", 9, "an empty message", id="empty"),
        pytest.param(SMALL, "- good morning", "-   ", 9, "an empty message", id="only spaces"),
        pytest.param(SMALL, "good morning", "good [morning", 9, "a mark is [words](name)", id="half a mark"),
        pytest.param(SMALL, "[the rec](place)", "[the rec](place", 12, "a mark is", id="no end"),
        pytest.param(SMALL, "[the rec](place)", "[the rec]", 12, "a mark is", id="no name"),
        pytest.param(SMALL, "[the rec](place)", "[](place)", 12, "a mark is", id="nothing marked"),
        pytest.param(SMALL, "[the rec](place)", "[  ](place)", 12, "a mark is", id="spaces marked"),
        pytest.param(SMALL, "[the rec](place)", '[the rec]{"entity": "place"}', 12, "a mark is", id="long"),
        pytest.param(SMALL, "[the rec](place)", "[[the rec](place)](land)", 12, "a mark is", id="nested"),
        pytest.param(
            SMALL, "[last night](seen_at)", "[last night](time)", 13, "nothing is marked as time", id="mark"
        ),
        pytest.param(
            SMALL, "version:", "pipeline: []\nversion:", 2, "unknown key pipeline", id="key of file"
        ),
        pytest.param(
            SMALL,
            "- intent: report_encampment\n",
            "- intent: report_encampment\n  metadata: {}\n",
            11,
            "unknown key metadata",
            id="key of a group",
        ),
        pytest.param(SMALL, "- intent: greet\n", "- lookup: greet\n", 4, "a group has an intent", id="group"),
        pytest.param(
            OTHER,
            "ask.knife_crime",
            "ask/knife_crime",
            6,
            "write ask.knife_crime: Rasa reads a slash otherwise",
            id="slash",
        ),
        pytest.param(SMALL, "    - good", "    good", 9, 'a message begins with "- "', id="no dash"),
        pytest.param(SMALL, "    - good", "    -good", 9, 'a message begins with "- "', id="no space"),
        pytest.param(
            SMALL, "examples: |\n    - hello", "examples: >\n    - hello", 5, "after |", id="folded block"
        ),
        pytest.param(
            OTHER, "examples: |\n    - he ", "examples:\n    - he ", 7, "after |", id="list in place of block"
        ),
        pytest.param(SMALL, "intent: greet", "intent: yes", 5, "the intent is a label", id="intent not text"),
        pytest.param(
            LABELS, "thanks]", "thanks, goodbye]", 1, "no training message has the label goodbye", id="none"
        ),
        pytest.param(
            LABELS,
            "knife_crime]",
            "knife_crime, noise]",
            6,
            "no training message has the label ask/noise",
            id="no message for a topic",
        ),
        pytest.param(LABELS, "talking: [greet, thanks]", "talking: 3", 1, "labels stand in", id="labels"),
        pytest.param(LABELS, "talking: [", "talking: [[", 2, "not readable as YAML", id="labels: no YAML"),
        pytest.param(SMALL, "- intent: greet", "- intent: [", 5, "not readable as YAML", id="no YAML"),
        pytest.param(SMALL, "nlu:\n", "messages:\n", 1, "there is no list called nlu", id="no list"),
    ],
)
def test_each_fault_is_named_where_it_stands(
    copy: Path, file: str, old: str, new: str, line: int, message: str
):
    path = copy / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, "the set no longer holds what this test breaks"
    path.write_text(text.replace(old, new), encoding="utf-8")

    named = [f for f in check_training(copy) if message in f.message]

    assert [(f.file, f.line, f.is_warning) for f in named] == [(file, line, False)], check_training(copy)


def test_the_same_message_twice_under_one_label_is_a_warning(copy: Path):
    path = copy / SMALL
    path.write_text(path.read_text().replace("good morning", "Hello."))

    assert check_training(copy) == [Fault(SMALL, 9, f"the same message as in {SMALL}, line 6", True)]


def test_a_file_that_is_no_text_is_a_fault_and_the_others_are_still_read(copy: Path):
    (copy / SMALL).write_bytes(b"\xff\xfe\x00")

    faults = check_training(copy)

    assert Fault(SMALL, 1, "this file is not UTF-8 text") in faults
    assert not any(f.file == OTHER for f in faults)


def test_a_missing_file_of_labels_is_one_fault(copy: Path):
    (copy / LABELS).unlink()

    assert check_training(copy) == [Fault(LABELS, 1, "this file is missing")]
    with pytest.raises(Unreadable):
        read_labels(copy)


def test_without_any_message_every_label_is_named(copy: Path):
    for file in (SMALL, OTHER):
        (copy / file).unlink()

    assert [f.line for f in check_training(copy)] == [1, 1, 3, 5, 6]


def test_faults_are_sorted_and_all_told(copy: Path):
    for file, old, new in ((SMALL, "- hiya", "hiya"), (SMALL, "- hello", "-"), (OTHER, "- he ", "- [he ")):
        path = copy / file
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")

    faults = check_training(copy)

    assert [(f.file, f.line) for f in faults] == [(SMALL, 6), (SMALL, 7), (OTHER, 8), (LABELS, 6)]


def test_messages_are_read_without_their_marks_and_labels_as_the_contract_writes_them(copy: Path):
    messages = read_training(copy)

    assert [(m.line, m.label, m.text) for m in messages if m.file == SMALL] == [
        (6, "greet", "hello"),
        (7, "greet", "hiya there"),
        (9, "greet", "good morning"),
        (12, "report_encampment", "caravans on the rec"),
        (13, "report_encampment", "they came last night to Myton Road"),
    ]
    assert [m.label for m in messages if m.file == OTHER][:2] == ["ask/bicycle_theft", "ask/knife_crime"]
    assert read_labels(copy) == [
        *("greet", "thanks", "report_encampment"),
        *("ask/bicycle_theft", "ask/knife_crime"),
    ]


def test_the_short_way_to_the_same_words_is_the_same():
    messages = read_training(ROOT)[::7]

    assert [get_key(m.text) for m in messages] == [plain_words(m.text) or m.text.strip() for m in messages]


def test_the_command_names_these_faults_like_all_others(copy: Path, monkeypatch: pytest.MonkeyPatch):
    for folder in ("flows", "county"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "config.yml", copy)
    (copy / SMALL).write_text(FILES[SMALL].replace("- hello", "- [hello"))
    monkeypatch.setattr("bot.check_command.ROOT", copy)

    done = CliRunner().invoke(cli.app, ["check"])

    assert done.exit_code == 1
    assert f"{SMALL}:6: fault: a mark is [words](name)" in done.output
    assert "1 fault(s)" in done.output
