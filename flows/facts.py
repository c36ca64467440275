"""What a turn must know of the record: asked for by name, read outside, and handed in as values.

`TurnBuilder.fact` raises FactsNeeded for what it was not given; whoever takes the turn reads it and takes the
turn again. So the conversation stays a function, and a turn that needs nothing costs no query.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any


@dataclass(frozen=True)
class PersonNeeded:
    """Answered with PersonFacts: who is writing."""


@dataclass(frozen=True)
class NearNeeded:
    """Answered with {scheme: NearFacts}: what there is of each scheme near a postcode or point."""

    schemes: tuple[str, ...]
    postcode: str | None
    latitude: float | None
    longitude: float | None


@dataclass(frozen=True)
class SitesNeeded:
    """Answered with tuple[KnownSite, ...]: open sites that may be the place, the likeliest first (at most three)."""

    form: str
    latitude: float
    longitude: float
    within_m: int
    name: str = ""


@dataclass(frozen=True)
class CodeNeeded:
    """Answered with CodeFacts: what a one-time code is good for."""

    code: str


@dataclass(frozen=True)
class ConsultationsNeeded:
    """Answered with tuple[OpenConsultation, ...]: those that staff opened, whether or not they are closed again."""


@dataclass(frozen=True)
class ResponseNeeded:
    """Answered with ResponseFacts: what this person answered already. `ticket`: of an anonymous consultation."""

    consultation: str
    ticket: str = ""


Need = PersonNeeded | NearNeeded | SitesNeeded | CodeNeeded | ConsultationsNeeded | ResponseNeeded
Facts = Mapping[Need, Any]


# Where a case may stand; each has its words, `state.<name>`.
CASE_STATES = ("received", "in_progress", "waiting", "acted_on", "closed")
# States that leave nothing to do, in whatever list of states (`open: false` there; `frontdoor check` holds them to it).
ENDED_STATES = ("closed", "duplicate_of", "not_encampment", "out_of_area", "moderated")


class FactsNeeded(Exception):
    """The turn cannot go on without this."""

    def __init__(self, need: Need) -> None:
        super().__init__(type(need).__name__)
        self.need = need


@dataclass(frozen=True)
class HeldMembership:
    """A place in a scheme. `status` is active or paused; `news` how much is wanted (all, urgent, digest)."""

    id: str
    scheme: str
    role: str
    status: str
    news: str = ""


@dataclass(frozen=True)
class HeldSubmission:
    """Something sent in. `place` is where, in the citizen's words, to know a repeat.

    `changed_on` is since when it stands at the stage that is told of its `status`; what is not told moves no date.
    """

    reference: str
    form: str
    status: str
    sent_on: date
    changed_on: date
    place: str = ""
    district: str | None = None


@dataclass(frozen=True)
class HeldConsent:
    """A wording agreed to and not withdrawn. `form` is what it was agreed to for."""

    id: str
    wording: str
    form: str
    given_on: date


@dataclass(frozen=True)
class PersonFacts:
    """`roles` staff gave; `doors` joined to one person; `locked`: too many wrong tries of codes in a day."""

    memberships: tuple[HeldMembership, ...] = ()
    submissions: tuple[HeldSubmission, ...] = ()
    consents: tuple[HeldConsent, ...] = ()
    roles: frozenset[str] = frozenset()
    doors: tuple[str, ...] = ()
    can_undo_join: bool = False
    alerts_stopped: bool = False
    locked: bool = False

    def has_more(self) -> bool:
        """Whether there is more of this person than the chat in hand: a child may have borrowed the phone."""
        return bool(self.memberships or self.submissions or self.roles or len(self.doors) > 1)

    def holds(self, what: str) -> bool:
        """Whether the person has what a form needs: a role, or "membership"."""
        return bool(self.memberships) if what == "membership" else what in self.roles


@dataclass(frozen=True)
class NearFacts:
    """A scheme near somebody: other members with the same full postcode, and the nearest group, if any."""

    members_on_road: int = 0
    group_id: str | None = None
    group_name: str = ""
    has_coordinator: bool = False


@dataclass(frozen=True)
class KnownSite:
    """A site already reported and not closed. `state` is a state of the form's cases, `sure` the likelihood (0 to 1).

    `changed_on` is since when it is in that state. Nothing in it is about who reported it.
    """

    reference: str
    name: str
    state: str
    first_seen_on: date
    changed_on: date
    distance_m: int
    sure: float
    state_until: date | None = None


class CodeState(StrEnum):
    GOOD = "good"
    USED = "used"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class CodeFacts:
    """`kind` is join, invite, status, data, phone or handover; `subject` a role, or what the code is about.

    `is_own`: made by who types it now. `submission` is what a status code tells of.
    """

    state: CodeState
    id: str = ""
    kind: str = ""
    subject: str = ""
    is_own: bool = False
    submission: HeldSubmission | None = None


@dataclass(frozen=True)
class OpenConsultation:
    """A consultation as the record has it: the version that is asked, and whether staff have closed it.

    `results` is where they can be read, once they are published: an address, or its path at this front door.
    """

    id: str
    version: int
    opened: bool = True
    closed: bool = False
    results: str = ""


@dataclass(frozen=True)
class HeldResponse:
    """What somebody answered to a consultation, and when first. `texts` are the words, `orders` as in ResponseGiven."""

    answered_on: date
    answers: dict[str, Any]
    texts: dict[str, str]
    orders: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class ResponseFacts:
    """`response` is what can be changed; `had_ticket`: a ticket for it was given to this person before."""

    response: HeldResponse | None = None
    had_ticket: bool = False


def show_date(day: date) -> str:
    """ "26/11/2026": short, and the same in every language."""
    return f"{day:%d/%m/%Y}"
