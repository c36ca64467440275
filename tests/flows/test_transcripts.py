"""Whole conversations, as residents have them: tests/transcripts, answers in a folder of their own."""

import pytest
from transcripts import FOLDER, Mismatch, play, read_transcript

from flows.engine import Engine

PATHS = sorted(FOLDER.rglob("*.yml"))


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
def test_transcript(path, engine: Engine):
    play(path, engine)


def test_every_form_has_a_transcript_that_files_it(engine: Engine):
    filed = {
        event.form
        for path in PATHS
        if "filed" in read_transcript(path)
        for event in play(path, engine).events
        if type(event).__name__ == "SubmissionFiled"
    }
    assert filed == set(engine.content.forms)


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
