"""Whole conversations, as residents have them: tests/transcripts, answers in a folder of their own."""

import pytest
from transcripts import FOLDER, Mismatch, play, read_transcript

from flows.consultations import EQUALITY, FORM_PREFIX
from flows.engine import Engine
from flows.events import EqualityGiven, ResponseGiven

PATHS = sorted(FOLDER.rglob("*.yml"))


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
def test_transcript(path, engine: Engine):
    play(path, engine)


def test_every_form_has_a_transcript_that_files_it(engine: Engine):
    filed = {
        _form_of(event)
        for path in PATHS
        if set(read_transcript(path)) & {"filed", "given", "equality"}
        for event in play(path, engine).events
        if type(event).__name__ in ("SubmissionFiled", "ResponseGiven", "EqualityGiven")
    }
    assert filed == set(engine.content.forms)


@pytest.mark.parametrize("name", ["precept_sms", "plan_sms", "youth_sms"])
def test_six_questions_by_text_cost_few_messages(engine: Engine, name):
    """From the keyword to the receipt: at most 7 texts from the citizen, 14 segments to them."""
    texts = play(FOLDER / "consultations" / f"{name}.yml", engine)
    assert (texts.messages <= 7, texts.segments <= 14) == (True, True), (texts.messages, texts.segments)


def _form_of(event) -> str:
    if isinstance(event, EqualityGiven):
        return EQUALITY
    return f"{FORM_PREFIX}{event.consultation}" if isinstance(event, ResponseGiven) else event.form


def test_whole_reports_are_told_on_every_channel():
    channels = {read_transcript(p).get("channel", "web") for p in PATHS if "filed" in read_transcript(p)}
    assert {"web", "telegram", "sms"} <= channels


@pytest.mark.parametrize(
    ("turns", "complaint"),
    [
        ("- {citizen: hello, means: greet, service: Good evening}", "missing, in this order"),
        ("- {citizen: hello, means: greet, never: Hello}", "must not say"),
        ("- {citizen: hello, means: greet, buttons: [One]}", "buttons:"),
        ("- {citizen: hello, means: greet, silent: true}", "the service said"),
        ("- {citizen: hello, means: greet, events: [LoopStopped]}", "events:"),
        ("- {presses: No such button}", "no button"),
        ("- {citizen: hello, means: greet, open: {place: Rugby}}", "no form is open"),
    ],
)
def test_a_transcript_that_is_not_kept_to_is_told(tmp_path, engine, turns, complaint):
    path = tmp_path / "false.yml"
    path.write_text(f"title: false\nturns:\n{turns}\n")
    with pytest.raises(Mismatch, match=complaint):
        play(path, engine)
