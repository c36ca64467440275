"""How many messages people send until it is done, told by those who send them: tests/personas.yml.

Who does not get to the end counts as endless.
"""

from dataclasses import dataclass, replace
from math import inf
from pathlib import Path
from statistics import median
from typing import Any

import pytest
import yaml
from transcripts import Mismatch, play

from flows.content import Content
from flows.engine import Engine
from flows.events import SubmissionFiled
from flows.yaml_lines import read_yaml

ROOT = Path(__file__).parents[2]
PERSONAS: dict[str, list[dict[str, Any]]] = read_yaml(ROOT / "tests" / "personas.yml")
FEWEST = 6
MOST_MESSAGES = {"neighbourhood": 6, "horse": 7, "concern": 5}
MOST_SEGMENTS = 12


@dataclass(frozen=True)
class Passed:
    """What it took one of them: `messages` they sent, SMS `segments` sent to them; `stuck` says where they stay."""

    who: str
    channel: str
    messages: float = inf
    segments: int = 0
    filed: SubmissionFiled | None = None
    stuck: str = ""


@pytest.fixture(scope="module")
def passed(content: Content, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Passed]]:
    menu = read_yaml(ROOT / "config.yml")["service"]["menu"]
    engine = Engine(replace(content, menu=tuple(menu)))
    path = tmp_path_factory.mktemp("personas") / "persona.yml"
    return {name: [_pass(path, one, engine) for one in all_] for name, all_ in PERSONAS.items()}


def _pass(path: Path, persona: dict[str, Any], engine: Engine) -> Passed:
    told = {"title": persona["who"], "channel": persona["channel"], "turns": persona["turns"]}
    path.write_text(yaml.safe_dump(told), encoding="utf-8")
    nobody = Passed(persona["who"], persona["channel"])
    try:
        game = play(path, engine)
    except Mismatch as error:
        return replace(nobody, stuck=str(error))
    filed = [event for event in game.events if isinstance(event, SubmissionFiled)]
    if not filed:
        return replace(nobody, stuck=game.shown()[-1])
    return replace(nobody, messages=game.messages, segments=game.segments, filed=filed[0])


@pytest.mark.parametrize(
    ("name", "at"),
    [(name, at) for name, all_ in PERSONAS.items() for at in range(len(all_))],
    ids=lambda value: str(value),
)
def test_everybody_gets_what_they_came_for(passed, name, at):
    one = passed[name][at]
    assert one.filed is not None, f"{one.who}: {one.stuck}"
    wanted = ("concern", None) if name == "concern" else ("watch", [name])
    assert (one.filed.form, one.filed.answers.get("schemes")) == wanted


@pytest.mark.parametrize("name", MOST_MESSAGES)
def test_there_are_enough_of_them_and_on_every_door(name):
    assert len(PERSONAS[name]) >= FEWEST
    assert {one["channel"] for one in PERSONAS[name]} == {"web", "telegram", "sms"}


@pytest.mark.parametrize(("name", "most"), MOST_MESSAGES.items())
def test_messages_sent_until_it_is_done(passed, name, most):
    counted = {one.who: one.messages for one in passed[name]}
    assert median(counted.values()) <= most, counted


def test_texts_paid_for_in_a_whole_sign_up(passed):
    counted = {one.who: one.segments for all_ in passed.values() for one in all_ if one.channel == "sms"}
    assert max(counted.values()) <= MOST_SEGMENTS, counted
