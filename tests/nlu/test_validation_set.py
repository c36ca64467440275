"""The messages understanding is judged by: enough of every label, and none that was as good as trained on."""

from collections import Counter
from pathlib import Path

import pytest

from nlu.evaluate import Example, read_examples
from nlu.rasa_process import get_python
from nlu.training_files import get_key, read_labels, read_training
from scripts.near_copies import find_near_copies, is_latin

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "tests/nlu/validation.jsonl"
ALL = [FILE, *sorted(FILE.parent.glob("held_out*.jsonl"))]
FEWEST, FEWEST_OF_A_LABEL = 1_200, 5
# Compared with so many training messages each: enough for 98 % of near-copies, in a minute.
CANDIDATES = 2
needs_rasa = pytest.mark.skipif(
    not get_python(ROOT).exists(), reason="Rasa's environment .venv-nlu is not set up"
)


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    return read_examples(FILE)


def test_every_label_there_is_is_judged_by_enough_messages(examples: list[Example]):
    counts = Counter(e.label for e in examples)

    assert set(counts) == set(read_labels(ROOT))
    assert len(examples) >= FEWEST
    assert {label: n for label, n in counts.items() if n < FEWEST_OF_A_LABEL} == {}


def test_labels_that_are_as_good_are_labels(examples: list[Example]):
    labels = set(read_labels(ROOT))

    assert [e.text for e in examples if not e.accept <= labels] == []


def test_no_message_is_judged_twice(examples: list[Example]):
    counts = Counter(get_key(e.text) for e in examples)

    assert {key: n for key, n in counts.items() if n > 1} == {}


@pytest.mark.parametrize("file", ALL, ids=lambda file: file.stem)
def test_no_message_has_the_same_words_as_one_that_is_trained_on(file: Path):
    judged = {get_key(e.text) for e in read_examples(file, read_labels(ROOT))}

    same = [f"{m.file}:{m.line}: {m.text}" for m in read_training(ROOT) if get_key(m.text) in judged]
    assert same == []


@pytest.mark.slow
@needs_rasa
def test_no_message_is_a_near_copy_of_one_that_is_trained_on():
    """Cosine above 0.95 by the encoder of the pipeline. Encoding every training message would take minutes, so a
    first pass by tf-idf of pieces of words chooses which are compared: `scripts/near_copies.py` compares with all.
    """
    found = find_near_copies(ALL, candidates=CANDIDATES)

    assert [f"{p.file}:{p.line}: {p.text} = {p.judging} ({p.cosine})" for p in found] == []


TRAINED = """\
version: "3.1"
nlu:
- intent: affirm
  examples: |
    - yeah
    - yes please do it now
- intent: ask.bicycle_theft
  examples: |
    - what should i do if someone steals my bike
    - how do i lock my bike
    - крадуть велосипеди
- intent: ask.horse_theft_identification
  examples: |
    - is my pony easier to trace with a chip
"""
JUDGED = """\
{"text": "Yep", "label": "affirm"}
{"text": "What should I do if somebody steals my bike?", "label": "ask/bicycle_theft"}
{"text": "How do I lock my bike?!", "label": "ask/bicycle_theft"}
{"text": "the farm next door keeps geese", "label": "out_of_scope"}
{"text": "доброго ранку вам", "label": "greet"}
"""


@pytest.mark.slow
@needs_rasa
@pytest.mark.parametrize("candidates", [0, 2])
def test_near_copies_are_found_and_what_only_looks_alike_is_not(candidates: int, tmp_path: Path):
    (tmp_path / "nlu/data").mkdir(parents=True)
    (tmp_path / "nlu/data/small.yml").write_text(TRAINED, encoding="utf-8")
    (tmp_path / "nlu/labels.yml").write_text(
        "talking: [affirm]\nasking: [bicycle_theft, horse_theft_identification]\n"
    )
    (tmp_path / "judged.jsonl").write_text(JUDGED, encoding="utf-8")
    (tmp_path / ".venv-nlu").symlink_to(ROOT / ".venv-nlu")

    found = find_near_copies([tmp_path / "judged.jsonl"], candidates=candidates, root=tmp_path)

    assert [(p.line, p.judging) for p in found] == [
        (9, "What should I do if somebody steals my bike?"),
        (10, "How do I lock my bike?!"),
    ]
    assert 0.95 < found[0].cosine < 1 == found[1].cosine


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nicked me quad", True),
        ("CV32 5AB", True),
        ("myślę", True),
        ("\u0a28\u0a39\u0a40\u0a02", False),
        ("привіт", False),
        ("\U0001f44d", False),
        ("...", False),
        ("", False),
    ],
)
def test_letters_the_encoder_knows(text: str, expected: bool):
    assert is_latin(text) is expected
