"""What a turn asks of the world, named as facts; storage keeps each in the same transaction as the replies."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class SubmissionFiled:
    """A form was read back, agreed and sent.

    `answers` maps field ids to stored values (JSON: str, int, bool, list, dict); `personal` holds those
    that identify a person and are kept encrypted. `attachments` are ids of photos already kept.
    """

    form: str
    form_version: int
    reference: str
    answers: dict[str, Any]
    personal: dict[str, Any]
    attachments: tuple[str, ...] = ()
    district: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    certainty: str | None = None


@dataclass(frozen=True)
class ConsentGiven:
    """The citizen agreed to a wording. `wording` is "<id>" and `version` its number."""

    wording: str
    version: int
    language: str


@dataclass(frozen=True)
class DangerSeen:
    """Danger words were answered. `kind` is emergency or crisis; `by` is rules or model."""

    kind: str
    by: str


@dataclass(frozen=True)
class MessagesStopped:
    """The citizen wants no more messages on this channel."""


@dataclass(frozen=True)
class MessagesStarted:
    """The citizen wants messages on this channel again."""


@dataclass(frozen=True)
class LoopStopped:
    """The same text went out five times; the service fell silent and staff are told."""


@dataclass(frozen=True)
class Unanswered:
    """Nothing approved answered this message, or another answer than was meant.

    `reason` is unsure (choices were offered), corrected (another meaning than the likeliest was chosen, or none
    of those offered), no_entry (understood, but there is no answer) or no_model. `text` is the message stripped
    of personal data (flows/stripping.py), empty where it may not be kept. `chosen` is the label the citizen
    picked. A later event of the same `id` tells more of the same message.
    """

    reason: str
    ranking: tuple[tuple[str, float], ...] = ()
    text: str = ""
    chosen: str | None = None
    id: str = ""


@dataclass(frozen=True)
class AnswerGiven:
    """An approved answer left: `topic` is its id, `case` for whom it was (empty: for anybody)."""

    topic: str
    case: str = ""


@dataclass(frozen=True)
class AnswerRated:
    """The citizen said whether the answer helped."""

    topic: str
    case: str
    helped: bool


@dataclass(frozen=True)
class HideAsked:
    """The citizen wants what was sent here taken away, as far as the door can."""


@dataclass(frozen=True)
class FormDropped:
    """A form was given up before it was sent; its photos can go."""

    form: str
    attachments: tuple[str, ...] = field(default=())


Event = (
    SubmissionFiled
    | ConsentGiven
    | DangerSeen
    | MessagesStopped
    | MessagesStarted
    | LoopStopped
    | Unanswered
    | AnswerGiven
    | AnswerRated
    | HideAsked
    | FormDropped
)
