"""One turn being put together: what is said, what happened, and the conversation as it becomes."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flows.buttons import command_payload, go_payload
from flows.content import Content
from flows.conversation import Conversation
from flows.events import Event, LoopStopped
from flows.messages import Button, ChannelName, Incoming, Reply
from flows.texts import Said
from flows.understanding import Understanding

REPEATS_BEFORE_SILENCE = 5
SMS_TWO_SEGMENTS = 306


class WordsNeeded(Exception):
    """The turn cannot go on without knowing what the words mean."""


@dataclass(frozen=True)
class Turn:
    """What one message leads to: the new conversation, the replies in order, and what happened."""

    conversation: Conversation
    replies: tuple[Reply, ...]
    events: tuple[Event, ...]


class TurnBuilder:
    """Collects a turn. `say` waits as a lead for the next `put`, so that one message goes out, not two."""

    def __init__(
        self,
        content: Content,
        conversation: Conversation,
        incoming: Incoming,
        understanding: Understanding | None,
        now: datetime,
        *,
        model_asked: bool,
    ) -> None:
        self.content = content
        self.conversation = conversation
        self.incoming = incoming
        self.now = now
        self.replies: list[Reply] = []
        self.events: list[Event] = []
        self._understanding = understanding
        self._model_asked = model_asked
        self._lead: Said | None = None
        self.urgent = False

    @property
    def language(self) -> str:
        return self.conversation.language

    @property
    def is_sms(self) -> bool:
        return self.incoming.channel is ChannelName.SMS

    def understand(self) -> Understanding | None:
        """What the model made of the words; None where it is away.

        Raises WordsNeeded where it has not been asked yet.
        """
        if not self._model_asked:
            raise WordsNeeded
        return self._understanding

    def words(self, key: str, **values: Any) -> Said:
        return self.content.texts.say(key, self.language, **values)

    def label(self, key: str) -> str:
        return self.words(key).text

    def say(self, said: Said) -> None:
        """Words that go before whatever comes next."""
        self._lead = said if self._lead is None else self._lead + said

    def put(self, said: Said, buttons: tuple[Button, ...] = (), **traits: Any) -> None:
        """One message to the citizen; waiting words go with it, or before it where two texts are too long."""
        lead, self._lead = self._lead, None
        if lead is not None:
            shown = sum(len(b.label) + 3 for b in buttons)
            if self.is_sms and len(lead.sms) + len(said.sms) + shown > SMS_TWO_SEGMENTS:
                self.replies.append(Reply(lead.text, sms=lead.sms, urgent=self.urgent))
            else:
                said = lead + said
        self.conversation = replace(
            self.conversation, offered=tuple(b.payload for b in buttons if not b.keyword)
        )
        self.replies.append(Reply(said.text, buttons, said.sms, urgent=self.urgent, **traits))

    def command(self, name: str, *, keyword: str = "") -> Button:
        """A button that acts on the question in hand; `keyword` is what texters send for it."""
        return Button(
            self.label(f"button.{name}"),
            command_payload(self.conversation.step, name),
            keyword or name.upper(),
        )

    def go(self, label: str) -> Button | None:
        """A button for a label, or None where nothing is behind it."""
        title = self.content.title_of(label, self.language)
        return Button(title, go_payload(label)) if title else None

    def menu_button(self) -> Button:
        return Button(self.label("button.menu"), go_payload("menu"), "MENU")

    def next_step(self) -> None:
        self.conversation = replace(self.conversation, step=self.conversation.step + 1)

    def finish(self) -> Turn:
        """The turn, with loops stopped: the same words out five times in a row, and the service falls silent."""
        if self._lead is not None:
            self.put(Said("", ""))
        heard = _print_of(f"{self.incoming.text}|{self.incoming.button}|{self.incoming.location}")
        before = self.conversation
        said = _print_of("\n".join(r.text for r in self.replies))
        repeats = before.repeats + 1 if said == before.last_reply and self.replies else 1
        silenced = before.silenced and heard == before.last_incoming and not self.urgent
        replies = tuple(self.replies)
        if silenced:
            replies = ()
        elif repeats >= REPEATS_BEFORE_SILENCE and not self.urgent:
            words = self.words("loop")
            replies = (Reply(words.text, sms=words.sms),)
            self.events.append(LoopStopped())
            silenced, repeats = True, 0
        return Turn(
            replace(
                self.conversation,
                seen_at=self.now.isoformat(),
                last_reply=said,
                repeats=repeats,
                last_incoming=heard,
                silenced=silenced,
            ),
            replies,
            tuple(self.events),
        )


def _print_of(text: str) -> str:
    """A short fingerprint, so that the state holds no words."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]
