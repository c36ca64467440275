"""One turn being put together: what is said, what happened, and the conversation as it becomes."""

import hashlib
import unicodedata
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache, cached_property
from typing import Any

from flows.buttons import command_payload, go_payload
from flows.content import Content
from flows.conversation import Conversation
from flows.county import LONDON
from flows.events import DangerSeen, ErasureAsked, Event, LoopStopped
from flows.facts import Facts, FactsNeeded, Need, PersonFacts, PersonNeeded
from flows.messages import Button, ChannelName, Incoming, Reply
from flows.screening import Screened
from flows.texts import Said
from flows.understanding import Understanding

REPEATS_BEFORE_SILENCE = 5
LONGEST_KEPT = 1000
# Two joined texts hold 2 x 153 characters of the GSM alphabet or 2 x 67 of any other (3GPP TS 23.040).
SMS_TWO_SEGMENTS = 306
SMS_TWO_SEGMENTS_UCS2 = 134
_TAKES_TWO = frozenset("^{}\\[~]|€")
_FOLDED = frozenset("\u0142\u0141\u0111\u0110\u2019\u2018\u201c\u201d\u201e\u2013\u2014\u2026")
_ALSO_GSM = frozenset("£¥èéùìòÇØøÅåÆæßÉ¡ÄÖÑÜ§¿äöñüà€")


class WordsNeeded(Exception):
    """The turn cannot go on without knowing what the words mean."""


@dataclass(frozen=True)
class Turn:
    """What one message leads to: the new conversation, the replies in order, and what happened.

    `instead` are the words to keep in place of the citizen's own, which must not be kept; None: keep theirs.
    """

    conversation: Conversation
    replies: tuple[Reply, ...]
    events: tuple[Event, ...]
    instead: str | None = None


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
        facts: Facts,
    ) -> None:
        self.content = content
        self._facts = facts
        # Good for one turn: whoever needs it longer puts it back.
        self.unsettled = conversation.unsettled
        self.photo_offer = conversation.photo_offer
        self.danger_told = conversation.danger_told
        self.conversation = replace(conversation, unsettled=None, photo_offer=None, danger_told="")
        self._before = conversation
        self.incoming = incoming
        self.now = now
        self.replies: list[Reply] = []
        self.events: list[Event] = []
        self._understanding = understanding
        self._model_asked = model_asked
        self._leads: list[Said] = []
        self.urgent = False
        self.instead: str | None = None
        self.sends_form = False  # the answer just taken was the last, whose question said that it sends all
        self.asked_anew = False  # the questions changed since the one that is answered here was put
        self.about_report = False  # words about people that were answered as part of a report to come

    @property
    def language(self) -> str:
        return self.conversation.language

    @property
    def today(self) -> date:
        """The day where people read it."""
        return self.now.astimezone(LONDON).date()

    @property
    def heard(self) -> str:
        """A fingerprint of what the citizen did, to know the same thing done twice."""
        photos = ",".join(p.id or "" for p in self.incoming.photos)
        return _print_of(f"{self.incoming.text}|{self.incoming.button}|{self.incoming.location}|{photos}")

    @property
    def _brings_only_photos(self) -> bool:
        """Whether the message is photos that could be kept, and nothing beside them."""
        sent = self.incoming
        beside = sent.text or sent.button or sent.location or sent.notice or sent.edited
        beside = beside or sent.start is not None
        return bool(sent.photos) and all(photo.id for photo in sent.photos) and not beside

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

    def fact(self, need: Need) -> Any:
        """What the record says. Raises FactsNeeded where it was not read yet."""
        if need not in self._facts:
            raise FactsNeeded(need)
        return self._facts[need]

    def person(self) -> PersonFacts:
        """Who is writing. Raises FactsNeeded."""
        found: PersonFacts = self.fact(PersonNeeded())
        return found

    @property
    def heard_language(self) -> str | None:
        """The language the message is surely in, where the model was asked and it is not English."""
        return self._understanding.language if self._understanding is not None else None

    def words(self, key: str, **values: Any) -> Said:
        return self.content.texts.say(key, self.language, **values)

    def label(self, key: str) -> str:
        return self.words(key).text

    def label_with(self, key: str, **values: Any) -> str:
        """A sentence that becomes part of another: the short one on SMS."""
        said = self.words(key, **values)
        return said.sms if self.is_sms else said.text

    def say(self, said: Said) -> None:
        """Words that go before whatever comes next."""
        self._leads.append(said)

    def put_first(self, said: Said) -> None:
        """One message ahead of whatever was waiting to be said."""
        leads, self._leads = self._leads, []
        self.put(said)
        self._leads = leads

    def put(self, said: Said, buttons: tuple[Button, ...] = (), **traits: Any) -> None:
        """One message to the citizen. Waiting words go with it; on SMS before it where two texts are too short."""
        leads, self._leads = self._leads, []
        if self.is_sms:
            said = self._pack(leads, said, buttons)
        else:
            for lead in reversed(leads):
                said = lead + said
        self.conversation = replace(
            self.conversation, offered=tuple(b.payload for b in buttons if not b.keyword)
        )
        self.replies.append(Reply(said.text, buttons, said.sms, urgent=self.urgent, **traits))

    def _pack(self, leads: list[Said], said: Said, buttons: tuple[Button, ...]) -> Said:
        """As many of the leads as fit one message with what follows; the rest go out ahead of it."""
        ahead: list[Said] = []
        while leads:
            together = leads[-1] + said
            if not fits_two_texts(Reply(together.text, buttons, together.sms).to_sms()):
                break
            said, leads = together, leads[:-1]
        for lead in leads:
            if ahead and fits_two_texts((ahead[-1] + lead).sms):
                ahead[-1] = ahead[-1] + lead
            else:
                ahead.append(lead)
        self.replies.extend(Reply(a.text, sms=a.sms, urgent=self.urgent) for a in ahead)
        return said

    def command(self, name: str, *, keyword: str = "", label: str = "") -> Button:
        """A button that acts on the question in hand; `keyword` is what texters send for it, `label` a text key."""
        return Button(
            self.label(label or f"button.{name}"),
            command_payload(self.conversation.step, name),
            keyword or name.upper(),
        )

    def go(self, label: str) -> Button | None:
        """A button for a label, or None where nothing is behind it."""
        title = self.content.title_of(label, self.language)
        return Button(title, go_payload(label)) if title else None

    def go_button(self, name: str) -> Button:
        """A button of the service itself that is good at any time: "menu", "start"."""
        return Button(self.label(f"button.{name}"), go_payload(name), name.upper())

    def fitting(self, said: Said, buttons: list[Button]) -> tuple[Button, ...]:
        """As many of the buttons, the first ones, as two texts hold beside the words and the menu; all on a screen."""
        fit = list(buttons)
        while self.is_sms and fit:
            if fits_two_texts(Reply("", (*fit, self.menu_button()), said.sms).to_sms()):
                break
            fit.pop()
        return tuple(fit)

    def menu_button(self) -> Button:
        return self.go_button("menu")

    def next_step(self) -> None:
        self.conversation = replace(self.conversation, step=self.conversation.step + 1)

    def _words_to_keep(self) -> str:
        """The words of this message for a form that a button may begin next; none of danger, none that are private."""
        state = self.conversation
        if state.in_hand is not None or state.discreet or state.stopped or self.urgent:
            return ""
        if any(isinstance(event, DangerSeen | ErasureAsked) for event in self.events):
            return ""
        return self.fair_words[:LONGEST_KEPT]

    @cached_property
    def screened(self) -> Screened | None:
        """What is to be turned aside of the message, should it be part of a report."""
        screening = self.content.screening
        return screening.screen(self.incoming.text) if screening is not None and self.incoming.text else None

    @property
    def fair_words(self) -> str:
        """The message, or the same said neutrally."""
        return self.incoming.text if self.screened is None else self.screened.neutral

    @property
    def meant(self) -> str:
        """The label of the message, where the model was asked; else empty."""
        return self._understanding.label if self._understanding is not None else ""

    def _place_in_words(self) -> str:
        found = self._understanding.get_all("place") if self._understanding is not None else ()
        place = found[0].text if found else ""
        screening = self.content.screening
        screened = screening.screen(place) if screening is not None and place else None
        return place if screened is None else screened.neutral

    def finish(self) -> Turn:
        """The turn, with loops stopped: the same words out five times in a row, and the service falls silent."""
        if self._leads:
            self.put(Said("", ""))
        heard = self.heard
        before = self.conversation
        said = _print_of("\n".join(r.text for r in self.replies))
        repeats = before.repeats + 1 if said == before.last_reply and self.replies else 1
        silenced = before.silenced and heard == before.last_incoming and not self.urgent
        replies = tuple(self.replies)
        if said == before.last_reply and self._brings_only_photos:
            # Photos come many in a row: the same words to each would be noise. What was last shown still stands.
            replies, repeats = (), before.repeats
            self.conversation = replace(
                self.conversation, step=self._before.step, offered=self._before.offered
            )
        elif silenced:
            replies = ()
        elif repeats >= REPEATS_BEFORE_SILENCE and not self.urgent:
            words = self.words("loop")
            replies = (Reply(words.text, sms=words.sms),)
            self.events.append(LoopStopped())
            silenced, repeats = True, 0
        kept = self._words_to_keep()
        return Turn(
            replace(
                self.conversation,
                seen_at=self.now.isoformat(),
                last_reply=said,
                repeats=repeats,
                last_incoming=heard,
                silenced=silenced,
                last_words=kept,
                last_place=self._place_in_words() if kept else "",
            ),
            replies,
            tuple(self.events),
            self.instead,
        )


def is_sms_letter(char: str) -> bool:
    """Whether a character is in the alphabet that makes texts long; a single other one halves their room."""
    return char.isascii() or char in _ALSO_GSM or _is_folded(char)


@cache
def _is_folded(char: str) -> bool:
    """Whether the door sends a plain letter in its place: an accent goes (bot/segments.py)."""
    return char in _FOLDED or unicodedata.normalize("NFKD", char)[0].isascii()


def fits_two_texts(text: str) -> bool:
    """Whether two SMS segments hold a text. A little stricter than the network where letters are folded later."""
    # A character of two places is not cut in two, so one place may stay empty between the segments.
    if all(map(is_sms_letter, set(text))):
        double = sum(c in _TAKES_TWO for c in text)
        return len(text) + double <= SMS_TWO_SEGMENTS - (double > 0)
    double = sum(ord(c) > 0xFFFF for c in text)
    return len(text) + double <= SMS_TWO_SEGMENTS_UCS2 - (double > 0)


def _print_of(text: str) -> str:
    """A short fingerprint, so that the state holds no words."""
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:12]
