"""What is remembered between two messages of one citizen; a value, so that a turn is a function."""

import json
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, Self

FORMAT = 1


@dataclass(frozen=True)
class FormInHand:
    """A form somebody is filling in.

    `answers` maps a field id to its stored value; `asked` is the field now asked (None: the read-back).
    `changing` is set while one answer is being changed from the read-back. `partial` is what a question
    that needs two messages has so far (a place without a town). `photo_point` (latitude, longitude) is where a photo
    of this form says it was taken, until that is offered as the place; `photo_asked`: it was, and is not again.
    `orders` are the orders in which options are put, by field, where they were drawn; `about` is the consultation an
    equality form follows. `sends`: the question asked is the last, and said that its answer sends all.
    """

    form: str
    version: int
    answers: dict[str, Any]
    asked: str | None = None
    failures: int = 0
    changing: bool = False
    partial: dict[str, Any] | None = None
    started_at: str = ""
    photo_point: tuple[float, float] | None = None
    photo_asked: bool = False
    orders: dict[str, list[str]] = field(default_factory=dict)
    about: str = ""
    sends: bool = False


@dataclass(frozen=True)
class Unsettled:
    """A message that may have been misread, until the next one shows what was meant.

    `id` is its row on the unanswered board, `text` its words stripped of personal data, `ranking` the labels
    thought likeliest. `offered` is set where they were put to the citizen to choose from; otherwise the first of
    them was acted on.
    """

    id: str
    text: str
    ranking: tuple[tuple[str, float], ...]
    offered: bool


@dataclass(frozen=True)
class Answered:
    """The answer last given: its topic, for which case (empty: the entry's own), and how many parts MORE has told."""

    topic: str
    case: str = ""
    told: int = 0


@dataclass(frozen=True)
class Conversation:
    """The state of one conversation.

    `forms` is a stack, the one in hand last. `step` counts questions put, so that a button of an earlier
    one is known as such. `offered` are the payloads of the numbered choices last shown, in order.
    `seen_at` is ISO 8601 UTC of the citizen's last message. `last_reply`, `repeats`, `last_incoming` and
    `silenced` stop loops.
    `paused` is set after danger words: the next message gets the open question again before it is read as
    an answer. `browsing` is set while the menu lies over an open form. `confirming` is "drop" or "stop" while
    the citizen is asked whether to throw a form away. `photos` (attachment ids) and `pin` (latitude, longitude)
    came before it was known what they are about, and wait for a form. `unsettled` is the message before this
    one, where a choice may still tell what it meant. `languages_offered` are the codes of the languages the citizen
    was offered or told about, so that it happens once. `answered` is what a question right after is about.
    `asks_if_safe` is the private topic that waits for "is it safe?". `discreet`: somebody else may see this chat, so
    no message begins with its subject, and none is ever sent here unasked. `looking_up` is the label that waits
    for a place. `waiting_place` is the second place of a message that told of two, for a report of its own.
    `photo_point` came with the `photos` and waits with them; `photo_offer` is the one just offered as the place, good
    for one turn. `tickets` are the codes of anonymous answers, by consultation: nobody else holds them;
    `told_equality` the consultations after which the questions about oneself were answered. `danger_told` is the kind
    of danger the message before this one was answered for.
    """

    language: str = "en"
    forms: tuple[FormInHand, ...] = ()
    step: int = 0
    offered: tuple[str, ...] = ()
    stopped: bool = False
    seen_at: str | None = None
    last_reply: str = ""
    repeats: int = 0
    last_incoming: str = ""
    silenced: bool = False
    paused: bool = False
    confirming: str = ""
    greeted: bool = False
    browsing: bool = False
    photos: tuple[str, ...] = ()
    pin: tuple[float, float] | None = None
    photo_point: tuple[float, float] | None = None
    photo_offer: tuple[float, float] | None = None
    unsettled: Unsettled | None = None
    languages_offered: tuple[str, ...] = ()
    answered: Answered | None = None
    asks_if_safe: str = ""
    discreet: bool = False
    looking_up: str = ""
    taken_until: str = ""
    last_words: str = ""
    last_place: str = ""
    waiting_place: str = ""
    tickets: dict[str, str] = field(default_factory=dict)
    told_equality: tuple[str, ...] = ()
    danger_told: str = ""

    @property
    def in_hand(self) -> FormInHand | None:
        return self.forms[-1] if self.forms else None

    def with_form(self, form: FormInHand) -> Self:
        """The same conversation with the form in hand replaced."""
        return replace(self, forms=(*self.forms[:-1], form))

    def is_taken(self, now: datetime) -> bool:
        """Whether a member of staff has the chat."""
        return bool(self.taken_until) and now < datetime.fromisoformat(self.taken_until)

    def seen(self) -> datetime | None:
        return datetime.fromisoformat(self.seen_at) if self.seen_at else None

    def to_json(self) -> str:
        return json.dumps({"format": FORMAT, **asdict(self)}, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Raises ValueError for a format this version does not know."""
        values = json.loads(text)
        if values.pop("format", None) != FORMAT:
            raise ValueError("conversation kept in an unknown format; run the migrations of this version")
        values["forms"] = tuple(_form_from(f) for f in values["forms"])
        values["offered"] = tuple(values["offered"])
        values["photos"] = tuple(values.get("photos", ()))
        values["languages_offered"] = tuple(values.get("languages_offered", ()))
        values["told_equality"] = tuple(values.get("told_equality", ()))
        values |= {name: _point_from(values.get(name)) for name in ("pin", "photo_point", "photo_offer")}
        if unsettled := values.get("unsettled"):
            ranking = tuple((label, confidence) for label, confidence in unsettled["ranking"])
            values["unsettled"] = Unsettled(**{**unsettled, "ranking": ranking})
        if answered := values.get("answered"):
            values["answered"] = Answered(**answered)
        return cls(**values)


def _form_from(kept: dict[str, Any]) -> FormInHand:
    return FormInHand(**{**kept, "photo_point": _point_from(kept.get("photo_point"))})


def _point_from(kept: list[float] | None) -> tuple[float, float] | None:
    return (kept[0], kept[1]) if kept else None
