"""What a turn asks of the world, named as facts; storage keeps each in the same transaction as the replies."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class SubmissionFiled:
    """A form was read back, agreed and sent.

    `answers` maps field ids to stored values (JSON: str, int, bool, list, dict); `personal` holds those
    that identify a person and are kept encrypted. `attachments` are ids of photos already kept. `wants_news`: may
    be told here what becomes of it. `routed_to` is the id of the body it goes to, `desk` that of the desk that leads.
    `within_m` is how far from the point the place may be. `joins` is the reference of an earlier one of the same
    person that it repeats; `sighting_of` that of a known site the citizen says it is, `not_same` those it is not.
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
    wants_news: bool = False
    urgent: bool = False
    routed_to: str | None = None
    joins: str | None = None
    desk: str | None = None
    within_m: int | None = None
    sighting_of: str | None = None
    not_same: tuple[str, ...] = ()


@dataclass(frozen=True)
class Moderated:
    """Words were turned aside and are not kept. `kind` is hostile, identity or plate (flows/screening.py).

    `outcome` is neutral (the neutral words were taken), left_out or asked (other words were asked for).
    """

    kind: str
    outcome: str
    form: str | None = None
    field: str | None = None


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
class TooManyMessages:
    """One sender wrote faster than anybody can; they were told to wait, and staff are told."""


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


@dataclass(frozen=True)
class PhotosLeftOut:
    """Photos came that nothing has room for; they can go."""

    attachments: tuple[str, ...]


@dataclass(frozen=True)
class MembershipJoined:
    """A place in a scheme is taken. `delivery` is what is wanted: {"news", "topics"?, "quiet"?}."""

    scheme: str
    role: str
    postcode: str | None
    district: str | None
    delivery: dict[str, Any]
    group_id: str | None = None


@dataclass(frozen=True)
class MembershipChanged:
    """`change` is news, move, pause, carry_on, leave, confirm or hand_over; `values` what goes with it."""

    id: str
    change: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class PersonAsked:
    """Somebody wants to talk to a person: staff are to see it at once."""

    reference: str


@dataclass(frozen=True)
class PersonToldMore:
    """Words for the member of staff who has taken over the chat."""


@dataclass(frozen=True)
class SolvedTold:
    """Whoever sent a closed report said whether what it told of is solved."""

    reference: str
    solved: bool


@dataclass(frozen=True)
class AlertsStopped:
    """No messages unasked; answers go on."""


@dataclass(frozen=True)
class AlertsStarted:
    """Messages unasked are wanted again."""


@dataclass(frozen=True)
class ConsentWithdrawn:
    id: str


@dataclass(frozen=True)
class CodeMade:
    """A one-time code for this person. `kind` and `subject` as in CodeFacts; good for `minutes`."""

    kind: str
    code: str
    minutes: int
    subject: str = ""


@dataclass(frozen=True)
class CodeUsed:
    """A good code was typed; the record takes it once and for all, and does what it stands for."""

    id: str
    code: str
    kind: str
    subject: str = ""


@dataclass(frozen=True)
class TryFailed:
    """A wrong code or a reference of somebody else's. `code` is empty for a reference."""

    kind: str
    code: str = ""


@dataclass(frozen=True)
class StatusCodeAsked:
    """News of a report of another chat is asked for: a code goes to where it was made, if it may."""

    reference: str
    code: str


@dataclass(frozen=True)
class PhoneGiven:
    """A number to confirm: a code goes there as a text."""

    phone: str
    code: str


@dataclass(frozen=True)
class JoinUndone:
    """The last joining of two doors is taken back."""


@dataclass(frozen=True)
class DataAsked:
    """The person wants what is held about them. `code` opens the page where it cannot be sent as a file."""

    code: str


@dataclass(frozen=True)
class ResponseGiven:
    """A consultation was answered, or answered anew; one response for each who answers.

    `answers` maps question ids to what was chosen, `texts` to words, which are kept sealed. Of a place only
    {"district", "outside"?} is among the answers, its words among the texts, and not even those where the question is
    the one that tells the district; a budget is {option: share}. `orders` tells in which order the options of a
    question were put. `is_police` is None where that was not asked. `seconds` is how long it took. `ticket` is by what
    an anonymous one is known again, and empty else. `wants_results`: may be told here what came of it.
    """

    consultation: str
    version: int
    answers: dict[str, Any]
    texts: dict[str, str]
    orders: dict[str, list[str]] = field(default_factory=dict)
    district: str | None = None
    age_band: str | None = None
    is_police: bool | None = None
    language: str = "en"
    seconds: int | None = None
    ticket: str = ""
    wants_results: bool = False


@dataclass(frozen=True)
class EqualityGiven:
    """Who somebody says they are, kept apart: nothing may lead from it to what they answered."""

    consultation: str
    answers: dict[str, Any]


@dataclass(frozen=True)
class ResponseWithdrawn:
    """An answer to a consultation is taken back. `ticket` as in ResponseGiven."""

    consultation: str
    ticket: str = ""


@dataclass(frozen=True)
class ErasureAsked:
    """The person wants to be forgotten (or must be: under 13). `receipt` is what proves it was done."""

    receipt: str
    reason: str = "asked"


@dataclass(frozen=True)
class ResultsWanted:
    """Whoever answered a consultation wants to be told here what came of it; none of the answers goes with it.

    It is asked once the answers are sent, so ResponseGiven.wants_results is for who enters an answer from paper.
    """

    consultation: str


Event = (
    SubmissionFiled
    | Moderated
    | ConsentGiven
    | DangerSeen
    | MessagesStopped
    | MessagesStarted
    | LoopStopped
    | TooManyMessages
    | Unanswered
    | AnswerGiven
    | AnswerRated
    | HideAsked
    | FormDropped
    | PhotosLeftOut
    | MembershipJoined
    | MembershipChanged
    | PersonAsked
    | PersonToldMore
    | SolvedTold
    | AlertsStopped
    | AlertsStarted
    | ConsentWithdrawn
    | CodeMade
    | CodeUsed
    | TryFailed
    | StatusCodeAsked
    | PhoneGiven
    | JoinUndone
    | DataAsked
    | ResponseGiven
    | ResultsWanted
    | EqualityGiven
    | ResponseWithdrawn
    | ErasureAsked
)
