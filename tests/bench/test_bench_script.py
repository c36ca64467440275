"""The citizens' words: new to every model, and an answer for every question of the real forms."""

from pathlib import Path

import pytest

from bench.peer import PEER
from bench.script import (
    ANSWERS,
    FOLLOW_UPS,
    OPENINGS,
    NoAnswer,
    Script,
    find_reference,
    load_form_questions,
    load_rasa_questions,
)
from flows.yaml_lines import read_yaml

ROOT = Path(__file__).resolve().parents[2]
FORM = ROOT / "flows" / "forms" / "encampment.yml"
DOMAIN = PEER / "domain.yml"


def plain(text: str) -> str:
    return " ".join(text.casefold().split())


def test_openings_are_twenty_different_sentences() -> None:
    assert len({plain(opening) for opening in OPENINGS}) == len(OPENINGS) == 20


@pytest.mark.parametrize(
    "folder", [ROOT / "nlu" / "data", PEER / "data"], ids=["our training data", "the peer's"]
)
def test_no_opening_stands_in_training_data(folder: Path) -> None:
    sources = list(folder.glob("*.yml"))
    assert sources
    learnt = plain("\n".join(path.read_text(encoding="utf-8") for path in sources))
    assert [opening for opening in OPENINGS if plain(opening) in learnt] == []


def test_every_question_a_citizen_of_ours_is_asked_has_an_answer() -> None:
    fields = read_yaml(FORM)["fields"]
    # Those with a condition follow only from a wish for news, which ours do not have; the one about a known site is
    # answered by its last words.
    asked = {field["id"] for field in fields if "when" not in field and field["kind"] != "site"}
    assert "no" in Script(0, {}).answer("We know about a site. Is that the one you mean?")
    assert asked - ANSWERS.keys() == set()
    assert set(load_form_questions(FORM).values()) >= asked


def test_every_question_of_the_peer_has_an_answer() -> None:
    questions = load_rasa_questions(DOMAIN)
    assert len(questions) == 8
    assert set(questions.values()) - ANSWERS.keys() == set()


@pytest.mark.parametrize("number", range(len(OPENINGS)))
def test_answers_are_those_of_the_field_asked_for(number: int) -> None:
    for questions in (load_form_questions(FORM), load_rasa_questions(DOMAIN)):
        script = Script(number, questions)
        for question, field in questions.items():
            if field in ANSWERS:
                assert script.answer(f"Thank you. {question}") in ANSWERS[field]


def test_last_of_several_questions_counts() -> None:
    script = Script(0, {"Where is it?": "place", "How many?": "caravans"})
    assert script.answer("You told me: Where is it? There.\nHow many?") == ANSWERS["caravans"][0]
    assert script.answer("How many? Six.\nPlease check. Is this right?") == FOLLOW_UPS["Is this right?"]


def test_silence_and_unknown_questions_have_no_answer() -> None:
    script = Script(0, {"Where is it?": "place"})
    with pytest.raises(NoAnswer, match="nothing was said"):
        script.answer("")
    with pytest.raises(NoAnswer, match="swallow"):
        script.answer("What is the airspeed of a swallow?")


@pytest.mark.parametrize(
    ("heard", "reference"),
    [
        ("Your reference is EN-7K3F-2QX. Please keep it.", "EN-7K3F-2QX"),
        ("Your reference is None.", None),
        ("Your reference is EN-7K3F-2Q.", None),
        ("MEN-7K3F-2QX", None),
        ("", None),
    ],
)
def test_reference_is_found(heard: str, reference: str | None) -> None:
    assert find_reference(heard) == reference
