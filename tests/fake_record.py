"""A record in memory: keeps what the events of turns say and answers what turns ask of it, as the real one does.

The real one is bot/facts.py with bot/recording.py over a database; tests/bot/test_facts.py holds both to the same
conversations.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from flows.events import (
    AlertsStarted,
    AlertsStopped,
    CodeMade,
    CodeUsed,
    ConsentGiven,
    ConsentWithdrawn,
    EqualityGiven,
    ErasureAsked,
    Event,
    JoinUndone,
    MembershipChanged,
    MembershipJoined,
    PhoneGiven,
    ResponseGiven,
    ResponseWithdrawn,
    ResultsWanted,
    SubmissionFiled,
    TryFailed,
)
from flows.facts import (
    CodeFacts,
    CodeNeeded,
    CodeState,
    ConsultationsNeeded,
    HeldConsent,
    HeldMembership,
    HeldResponse,
    HeldSubmission,
    KnownSite,
    NearFacts,
    NearNeeded,
    Need,
    OpenConsultation,
    PersonFacts,
    PersonNeeded,
    ResponseFacts,
    ResponseNeeded,
    SitesNeeded,
)

MOST_TRIES = 5
ANOTHER = "another person"


@dataclass
class KeptCode:
    """A one-time code. `owner` is ANOTHER for one that somebody else made, and `holds` what they have."""

    code: str
    kind: str
    subject: str = ""
    owner: str = ANOTHER
    expires_at: datetime | None = None
    used: bool = False
    submission: HeldSubmission | None = None
    holds: PersonFacts = field(default_factory=PersonFacts)


@dataclass
class FakeRecord:
    """What one person's turns leave. `near` is by scheme; `codes` by the code."""

    person: PersonFacts = field(default_factory=PersonFacts)
    near: dict[str, NearFacts] = field(default_factory=dict)
    codes: dict[str, KeptCode] = field(default_factory=dict)
    sites: tuple[KnownSite, ...] = ()  # those near whatever place is told
    tries: list[datetime] = field(default_factory=list)
    erased: list[str] = field(default_factory=list)
    consultations: tuple[OpenConsultation, ...] = ()  # those staff opened
    responses: dict[tuple[str, str], HeldResponse] = field(default_factory=dict)  # by consultation and ticket
    ticketed: set[str] = field(default_factory=set)  # consultations a ticket was given for
    results_wanted: set[str] = field(default_factory=set)
    equality: list[dict[str, Any]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    joined: PersonFacts = field(default_factory=PersonFacts)  # what came with the last joining
    _ids: Any = field(default_factory=lambda: count(1))

    def answer(self, need: Need, now: datetime) -> Any:
        if isinstance(need, PersonNeeded):
            recent = [at for at in self.tries if now - at < timedelta(days=1)]
            return replace(self.person, locked=len(recent) >= MOST_TRIES)
        if isinstance(need, NearNeeded):
            return {s: self.near[s] for s in need.schemes if s in self.near}
        if isinstance(need, SitesNeeded):
            return self.sites
        if isinstance(need, ConsultationsNeeded):
            return self.consultations
        if isinstance(need, ResponseNeeded):
            held = self.responses.get((need.consultation, need.ticket))
            return ResponseFacts(held, had_ticket=need.consultation in self.ticketed)
        assert isinstance(need, CodeNeeded)
        kept = self.codes.get(need.code)
        if kept is None:
            return CodeFacts(CodeState.UNKNOWN)
        state = CodeState.GOOD
        if kept.used:
            state = CodeState.USED
        elif kept.expires_at is not None and kept.expires_at <= now:
            state = CodeState.EXPIRED
        own = kept.owner != ANOTHER
        return CodeFacts(state, kept.code, kept.kind, kept.subject, own, kept.submission)

    def take(self, events: tuple[Event, ...], now: datetime) -> None:
        for event in events:
            self.events.append(event)
            self._take(event, events, now)

    def _take(self, event: Event, events: tuple[Event, ...], now: datetime) -> None:
        person = self.person
        match event:
            case SubmissionFiled():
                place = event.answers.get("place") or {}
                filed = HeldSubmission(
                    event.reference,
                    event.form,
                    "received",
                    now.date(),
                    now.date(),
                    place.get("text") or place.get("name") or "",
                    event.district,
                )
                given = [e for e in events if isinstance(e, ConsentGiven)]
                consents = tuple(
                    HeldConsent(f"c{next(self._ids)}", c.wording, event.form, now.date()) for c in given
                )
                self.person = replace(
                    person,
                    submissions=(*person.submissions, filed),
                    consents=(*person.consents, *consents),
                )
            case MembershipJoined():
                joined = HeldMembership(
                    f"m{next(self._ids)}", event.scheme, event.role, "active", event.delivery.get("news", "")
                )
                others = tuple(m for m in person.memberships if m.scheme != event.scheme)
                self.person = replace(person, memberships=(*others, joined))
            case MembershipChanged():
                self._change(event)
            case ConsentWithdrawn():
                self.person = replace(person, consents=tuple(c for c in person.consents if c.id != event.id))
            case AlertsStopped():
                self.person = replace(person, alerts_stopped=True)
            case AlertsStarted():
                self.person = replace(person, alerts_stopped=False)
            case CodeMade():
                expires = now + timedelta(minutes=event.minutes)
                self.codes[event.code] = KeptCode(event.code, event.kind, event.subject, "me", expires)
            case PhoneGiven():
                self.codes[event.code] = KeptCode(event.code, "phone", "", "me", now + timedelta(hours=24))
            case CodeUsed():
                self.codes[event.code].used = True
                if event.kind == "invite":
                    self.person = replace(person, roles=person.roles | {event.subject})
                if event.kind in ("join", "phone"):
                    self.joined = self.codes[event.code].holds
                    self.person = _together(person, self.joined)
            case JoinUndone():
                self.person, self.joined = _apart(person, self.joined), PersonFacts()
            case ResponseGiven():
                key = (event.consultation, event.ticket)
                before = self.responses.get(key)
                first = before.answered_on if before is not None else now.date()
                self.responses[key] = HeldResponse(first, event.answers, event.texts, event.orders)
                if event.ticket:
                    self.ticketed.add(event.consultation)
            case ResponseWithdrawn():
                self.responses.pop((event.consultation, event.ticket), None)
            case ResultsWanted():
                self.results_wanted.add(event.consultation)
            case EqualityGiven():
                self.equality.append(event.answers)
            case TryFailed():
                self.tries.append(now)
            case ErasureAsked():
                self.erased.append(event.receipt)
                # What was stopped stays stopped, whoever it was.
                self.person, self.tries = PersonFacts(alerts_stopped=person.alerts_stopped), []
                self.codes = {code: kept for code, kept in self.codes.items() if kept.owner == ANOTHER}
            case _:
                pass

    def _change(self, event: MembershipChanged) -> None:
        def changed(held: HeldMembership) -> HeldMembership | None:
            if held.id != event.id:
                return held
            if event.change == "leave":
                return None
            if event.change == "pause":
                return replace(held, status="paused")
            if event.change == "carry_on":
                return replace(held, status="active")
            if event.change == "news":
                return replace(held, news=event.values.get("news", held.news))
            return held

        kept = (changed(m) for m in self.person.memberships)
        self.person = replace(self.person, memberships=tuple(m for m in kept if m is not None))


def _together(one: PersonFacts, other: PersonFacts) -> PersonFacts:
    return replace(
        one,
        memberships=(*one.memberships, *other.memberships),
        submissions=(*one.submissions, *other.submissions),
        consents=(*one.consents, *other.consents),
        roles=one.roles | other.roles,
        can_undo_join=True,
    )


def _apart(both: PersonFacts, other: PersonFacts) -> PersonFacts:
    return replace(
        both,
        memberships=tuple(m for m in both.memberships if m not in other.memberships),
        submissions=tuple(s for s in both.submissions if s not in other.submissions),
        consents=tuple(c for c in both.consents if c not in other.consents),
        roles=both.roles - other.roles,
        can_undo_join=False,
    )
