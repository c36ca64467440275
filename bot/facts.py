"""Reads from the record what a turn asks for (flows/facts.py). Everything in one reading, nothing slow."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from flows.county import LONDON
from flows.facts import (
    CodeFacts,
    CodeNeeded,
    ConsultationsNeeded,
    HeldConsent,
    HeldMembership,
    HeldResponse,
    HeldSubmission,
    NearFacts,
    NearNeeded,
    Need,
    PersonFacts,
    ResponseFacts,
    ResponseNeeded,
    SitesNeeded,
)
from storage.conversations import KeptConversation
from storage.responses import ANONYMOUS, Respondent
from storage.states import MembershipStatus
from storage.submissions import Submission
from storage.transaction import Transaction

TRIES_WITHIN = timedelta(days=1)
MOST_TRIES = 5


def read_fact(tx: Transaction, kept: KeptConversation, need: Need, now: datetime) -> Any:
    """The answer to one need, for the person of one conversation."""
    if isinstance(need, NearNeeded):
        return {scheme: _near(tx, kept, scheme, need) for scheme in need.schemes}
    if isinstance(need, SitesNeeded):
        return tx.near_sites.known(need, now)
    if isinstance(need, CodeNeeded):
        return _code(tx, kept, need.code, now)
    if isinstance(need, ConsultationsNeeded):
        published = tx.published_results.consultations()
        return tuple(
            replace(each, results=f"/consultations/{each.id}") if each.id in published else each
            for each in tx.consultations.standing()
        )
    if isinstance(need, ResponseNeeded):
        return _response(tx, kept, need)
    return _person(tx, kept, now)


def _person(tx: Transaction, kept: KeptConversation, now: datetime) -> PersonFacts:
    sent = tx.submissions.of_person(kept.person_id)
    forms = {s.id: s.form for s in sent}
    consents = [c for c in tx.consents.of_person(kept.person_id) if c.withdrawn_at is None]
    memberships = tx.memberships.of_person(kept.person_id)
    return PersonFacts(
        memberships=tuple(
            HeldMembership(m.id, m.scheme, m.role, m.status, str(m.delivery.get("news", "")))
            for m in memberships
        ),
        submissions=tuple(_held(tx, sent)),
        consents=tuple(
            HeldConsent(c.id, c.wording, forms.get(c.submission_id or "", ""), _day(c.given_at))
            for c in consents
        ),
        roles=tx.grants.of_person(kept.person_id),
        doors=tuple(sorted({c.channel for c in tx.conversations.of_person(kept.person_id)})),
        can_undo_join=tx.joining.find_undoable(kept.person_id, now) is not None,
        alerts_stopped=tx.suppressions.is_suppressed(kept.channel, kept.address, "alerts"),
        locked=tx.tries.count(kept.id, now - TRIES_WITHIN) >= MOST_TRIES,
    )


def _held(tx: Transaction, sent: Sequence[Submission]) -> Iterator[HeldSubmission]:
    # What was merged into a case stands where that stands, and since then.
    told_since = tx.submission_events.told_since([s.merged_into or s.id for s in sent])
    for submission in sent:
        place = submission.answers.get("place")
        told = place if isinstance(place, dict) else {}
        yield HeldSubmission(
            submission.reference,
            submission.form,
            submission.status,
            _day(submission.submitted_at),
            _day(told_since.get(submission.merged_into or submission.id, submission.submitted_at)),
            str(told.get("text") or told.get("name") or ""),
            submission.district,
        )


def _near(tx: Transaction, kept: KeptConversation, scheme: str, need: NearNeeded) -> NearFacts:
    members = 0
    if need.postcode is not None and " " in need.postcode:
        own = (m for m in tx.memberships.of_person(kept.person_id) if m.scheme == scheme)
        is_counted = any(m.postcode == need.postcode and m.status is MembershipStatus.ACTIVE for m in own)
        # Others only: whoever signs up a second time is no neighbour of theirs.
        members = tx.memberships.count_near(scheme, need.postcode) - is_counted
    if need.latitude is None or need.longitude is None:
        return NearFacts(members)
    found = tx.local_groups.find_nearest(scheme, need.latitude, need.longitude)
    if found is None:
        return NearFacts(members)
    group, _ = found
    return NearFacts(members, group.id, group.name, group.coordinator_id is not None)


def _code(tx: Transaction, kept: KeptConversation, code: str, now: datetime) -> CodeFacts:
    found = tx.codes.find(code, now)
    about = tx.submissions.find(found.subject) if found.kind == "status" and found.subject else None
    return CodeFacts(
        found.state,
        found.id,
        found.kind,
        found.subject or "",
        is_own=found.person_id == kept.person_id,
        submission=next(_held(tx, [about])) if about is not None else None,
    )


def _response(tx: Transaction, kept: KeptConversation, need: ResponseNeeded) -> ResponseFacts:
    opened = tx.consultations.current(need.consultation)
    if opened is None:
        return ResponseFacts()
    had_ticket = tx.tickets.had(need.consultation, kept.person_id)
    if opened.anonymity == ANONYMOUS and not need.ticket:
        return ResponseFacts(None, had_ticket)
    respondent = Respondent.of(opened.anonymity, kept.person_id, need.ticket)
    held = tx.responses.find(need.consultation, respondent)
    if held is None:
        return ResponseFacts(None, had_ticket)
    return ResponseFacts(
        HeldResponse(_day(held.answered_at), held.answers, held.texts, held.orders), had_ticket
    )


def _day(moment: datetime) -> date:
    return moment.astimezone(LONDON).date()
