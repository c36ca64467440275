"""What staff are shown of cases: plain values for a table, a page or JSON."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True)
class CaseFilters:
    """Which cases are wanted; what is None is not asked for.

    `assigned_to` "" asks for those nobody has in hand. Closed and merged ones come only where asked for.
    """

    forms: tuple[str, ...] | None = None
    states: tuple[str, ...] | None = None
    district: str | None = None
    assigned_to: str | None = None
    include_closed: bool = False
    include_merged: bool = False
    limit: int = 100


@dataclass(frozen=True)
class CaseRow:
    """One case with its repeats: urgent where one of them is, and as old as the oldest (`since`, `age_days`).

    `merged_into` is a reference. `has_news`: the citizen wrote to a person, or asked for one, since staff last
    looked into the chat. `unsolved`: it is over, and a sender said since that it is not solved. `taken` is who has
    taken over the chat. `due` is when it should have moved on, `desk` an id of county/desks.yml. `reports` counts it
    with its repeats; nothing is ordered by it.
    """

    reference: str
    form: str
    state: str
    district: str | None
    routed_to: str | None
    assigned_to: str | None
    urgent: bool
    age_days: int
    since: datetime
    merged_into: str | None
    has_news: bool
    taken: str | None
    desk: str | None = None
    due: datetime | None = None
    overdue: bool = False
    reports: int = 1
    unsolved: bool = False


@dataclass(frozen=True)
class CaseEvent:
    """What happened to a case; `note` is what staff wrote."""

    at: datetime
    kind: str
    actor: str
    data: dict[str, Any]
    note: str | None


@dataclass(frozen=True)
class ChatLine:
    """One message; `by` is citizen or service (which says what staff write, too)."""

    at: datetime
    by: str
    text: str


@dataclass(frozen=True)
class CaseDetail:
    """All of one case. `withheld` names the personal answers that were not shown for want of a reason.

    `messages` is empty without a reason too. `repeats` are the references merged into it. `state_until` is how
    long it may stay in its state, `solved` what its sender said at the end.
    """

    row: CaseRow
    channel: str
    language: str
    submitted_at: datetime
    wants_news: bool
    latitude: float | None
    longitude: float | None
    answers: dict[str, Any]
    personal: dict[str, Any]
    withheld: tuple[str, ...]
    photos: int
    repeats: tuple[str, ...]
    events: tuple[CaseEvent, ...]
    messages: tuple[ChatLine, ...]
    state_until: date | None = None
    solved: bool | None = None
