"""An engine that follows a script, for tests of what is done with a turn and not of what is said in it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from flows.conversation import Conversation
from flows.engine import NO_FACTS
from flows.events import Event, SubmissionFiled
from flows.facts import Facts
from flows.messages import Button, Incoming, Reply
from flows.references import make_reference
from flows.turn import Turn
from flows.understanding import Understanding

Line = tuple[tuple[Reply, ...], tuple[Event, ...]]
CERTAIN = "certain:"  # messages that begin so need no model


class ScriptEngine:
    """Answers each message with its echo, or as `script` has it; counts turns in the conversation's `step`."""

    content = SimpleNamespace(texts=SimpleNamespace(languages=("en", "pl")), forms={}, webhooks=())

    def __init__(self, script: dict[str, Line | Callable[[Incoming], Line]] | None = None) -> None:
        self.script = dict(script or {})
        self.failing: set[str] = set()
        self.before_turn: Callable[[], None] = lambda: None
        self.understood: list[Understanding | None] = []

    def try_turn(
        self, conversation: Conversation, incoming: Incoming, now: datetime, facts: Facts
    ) -> Turn | None:
        if not incoming.text or incoming.text.startswith(CERTAIN):
            return self._turn(conversation, incoming)
        return None

    def take_turn(
        self,
        conversation: Conversation,
        incoming: Incoming,
        understanding: Understanding | None,
        now: datetime,
        facts: Facts = NO_FACTS,
    ) -> Turn:
        self.understood.append(understanding)
        return self._turn(conversation, incoming)

    def _turn(self, conversation: Conversation, incoming: Incoming) -> Turn:
        self.before_turn()
        if incoming.text in self.failing:
            raise ValueError(f"cannot take {incoming.text}")
        line = self.script.get(incoming.text)
        if line is None:
            photos = [p.id or p.problem for p in incoming.photos]
            line = ((Reply(f"echo {incoming.text}{' ' + str(photos) if photos else ''}"),), ())
        elif callable(line):
            line = line(incoming)
        after = replace(conversation, step=conversation.step + 1)
        return Turn(after, *line)


def says(text: str, *events: Event, buttons: bool = False, **traits: Any) -> Line:
    """One reply with these words, and what happened."""
    choices = (Button("Yes", "1:a:yes"),) if buttons else ()
    return (Reply(text, choices, **traits),), events


def files_a_report(incoming: Incoming) -> Line:
    """Files a report under the number that came with the message, as the real engine does."""
    reference = make_reference("EN", incoming.number)
    filed = SubmissionFiled("encampment", 1, reference, {"caravans": 6}, {"phone": "+447700900123"})
    return says(f"Thank you: {reference}", filed)
