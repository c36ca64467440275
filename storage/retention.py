"""Letting go of what is no longer needed, a little at a time so that nobody waits for it.

The periods are proposals for the controller to settle; a deployment sets its own. What opted out stays
opted out for ever (suppressions), and so does the audit (no personal data is in it).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Table, Text, and_, cast, delete, exists, or_, select, update

from flows.facts import ENDED_STATES
from storage.database import Database, Transaction, write_back
from storage.erasing_responses import let_go_of_respondent
from storage.erasure import strip_answers
from storage.mixing import mix
from storage.responses import NOBODY
from storage.run_words import tidy_run
from storage.states import OUTBOX_LIVE, InboxState, MembershipStatus, PushState
from storage.tables import (
    attachments,
    code_assignments,
    codes,
    consents,
    consultations,
    conversations,
    grants,
    handles,
    inbox,
    joins,
    local_groups,
    memberships,
    messages,
    notices,
    outbox,
    people,
    pushes,
    responses,
    results_wanted,
    senders,
    state_in,
    submission_events,
    submissions,
    theme_runs,
    tickets,
    tries,
    unanswered,
    web_sessions,
)
from storage.words_let_go import let_go_of_left

ROWS_AT_A_TIME = 500
# Not for a deployment to set: what is kept no longer than it can be of use.
CODES_DAYS = 7  # after they ran out
TRIES_DAYS = 7
SENDERS_DAYS = 1  # after their pace was over
JOINS_DAYS = 2  # a join can be undone for one
PUSHES_DAYS = 30  # after they were settled, so that none is sent twice
GRANTS_DAYS = 30  # after they were revoked; the audit tells who had them
LEFT_DAYS = 7  # words of an anonymous form begun and left: as long as a web chat can be come back to
INTEREST_FORM = "interest"


@dataclass(frozen=True)
class RetentionPolicy:
    """Days each kind is kept.

    `personal_at_most_days` ends personal data of reports nobody ever closed, `interest_days` that of people who
    wanted to hear of a scheme. `responses_identifiable_days` count from when a consultation closed: until then it is
    kept who answered, and in what words.
    """

    messages_days: int = 90
    inbox_payloads_days: int = 7
    outbox_bodies_days: int = 90
    personal_after_closed_days: int = 183
    personal_at_most_days: int = 730
    unfiled_attachments_days: int = 7
    web_sessions_days: int = 30
    conversations_days: int = 90
    unanswered_days: int = 365
    notices_days: int = 365
    consents_days: int = 2192
    left_memberships_days: int = 30
    interest_days: int = 365
    responses_identifiable_days: int = 365


def purge(
    database: Database,
    policy: RetentionPolicy,
    now: datetime,
    remove_file: Callable[[str], None] | None = None,
    *,
    kept_answers: Callable[[str], frozenset[str]] | None = None,
    is_of_nobody: Callable[[str], bool] = lambda form: False,
) -> dict[str, int]:
    """Let go of everything past its time; returns how many of each kind.

    `is_of_nobody` tells by the id of a form that what is answered there may lead to nobody.
    `kept_answers` gives the fields of a form that outlive who sent it (as in storage/erasure.py); without it all do.
    `remove_file` gets the path of each photo (relative to the data folder) before the removal of
    its row is committed: a crash between the two leaves a row that the next purge finds, never a file
    nobody knows of. It must not mind a file that is gone already. Without it, photos stay.
    """
    counts = {
        "unfiled_attachments": _unfiled_attachments(database, policy, now, remove_file),
        "messages": _delete_old(
            database, messages, messages.c.created_at <= _before(now, policy.messages_days)
        ),
        "left_words": let_go_of_left(database, is_of_nobody, _before(now, LEFT_DAYS)),
        "inbox_payloads": _empty(database, inbox, {"payload": None}, _finished(policy, now)),
        "outbox_bodies": _empty(database, outbox, {"body": None, "address": None}, _sent(policy, now)),
        "submissions_personal": _strip_submissions(database, _personal_due(policy, now), kept_answers),
        "submission_notes": _empty(
            database, submission_events, {"note": None, "note_id": None}, _note_due(policy, now)
        ),
        "responses_respondents": _let_go_of_respondents(database, _response_due(policy, now)),
        "responses_withdrawn": _delete_old(database, responses, _withdrawn(policy, now)),
        "theme_runs": _tidy_runs(database, _over(theme_runs, policy, now)),
        "code_assignments": _delete_old(database, code_assignments, _of_no_response()),
        "tickets": _delete_old(database, tickets, _over(tickets, policy, now)),
        "results_wanted": _delete_old(database, results_wanted, _over(results_wanted, policy, now)),
        "pushes": _delete_old(database, pushes, pushes.c.settled_at <= _before(now, PUSHES_DAYS)),
        "tries": _delete_old(database, tries, tries.c.at <= _before(now, TRIES_DAYS)),
        "senders": _delete_old(database, senders, senders.c.tat <= _before(now, SENDERS_DAYS)),
        "codes": _delete_old(database, codes, codes.c.expires_at <= _before(now, CODES_DAYS)),
        "joins": _delete_old(database, joins, joins.c.at <= _before(now, JOINS_DAYS)),
        "grants": _delete_old(database, grants, grants.c.revoked_at <= _before(now, GRANTS_DAYS)),
        "memberships": _delete_old(database, memberships, _left(policy, now)),
        "web_sessions": _delete_old(
            database, web_sessions, web_sessions.c.last_seen_at <= _before(now, policy.web_sessions_days)
        ),
        "conversations": _delete_old(database, conversations, _idle(policy, now)),
        "handles": _delete_old(database, handles, _handle_unused(policy, now)),
        "consents": _delete_old(database, consents, _consent_unused(policy, now)),
        "people": _delete_old(database, people, _person_unused(policy, now)),
        "unanswered": _delete_old(
            database, unanswered, unanswered.c.at <= _before(now, policy.unanswered_days)
        ),
        "notices": _delete_old(database, notices, notices.c.at <= _before(now, policy.notices_days)),
    }
    mix(database)
    write_back(database)
    return counts


def _before(now: datetime, days: int) -> datetime:
    return now - timedelta(days=days)


def _finished(policy: RetentionPolicy, now: datetime) -> ColumnElement[bool]:
    return and_(
        inbox.c.payload.is_not(None),
        inbox.c.state.in_([InboxState.DONE, InboxState.SET_ASIDE]),
        inbox.c.finished_at <= _before(now, policy.inbox_payloads_days),
    )


def _sent(policy: RetentionPolicy, now: datetime) -> ColumnElement[bool]:
    return and_(
        outbox.c.body.is_not(None),
        outbox.c.state.not_in(OUTBOX_LIVE),
        outbox.c.created_at <= _before(now, policy.outbox_bodies_days),
    )


def _personal_due(policy: RetentionPolicy, now: datetime) -> ColumnElement[bool]:
    return and_(
        or_(submissions.c.personal.is_not(None), submissions.c.person_id.is_not(None)),
        _is_over(policy, now),
    )


def _is_over(policy: RetentionPolicy, now: datetime) -> ColumnElement[bool]:
    """Submissions that need no longer tell who sent them."""
    closed_long_ago = and_(
        submissions.c.status.in_(ENDED_STATES),
        submissions.c.updated_at <= _before(now, policy.personal_after_closed_days),
    )
    old_interest = and_(
        submissions.c.form == INTEREST_FORM, submissions.c.submitted_at <= _before(now, policy.interest_days)
    )
    return or_(
        closed_long_ago,
        old_interest,
        submissions.c.submitted_at <= _before(now, policy.personal_at_most_days),
    )


def _left(policy: RetentionPolicy, now: datetime) -> ColumnElement[bool]:
    """Places left long ago; or stayed behind when their person was joined to another for good."""
    without_person = and_(
        ~exists().where(handles.c.person_id == memberships.c.person_id),
        ~exists().where(joins.c.from_person == memberships.c.person_id),
    )
    return and_(
        memberships.c.status == MembershipStatus.LEFT,
        or_(memberships.c.left_at <= _before(now, policy.left_memberships_days), without_person),
    )


def _note_due(policy: RetentionPolicy, now: datetime) -> ColumnElement[bool]:
    """What staff noted of a person goes with what the person told."""
    over = exists().where(submissions.c.id == submission_events.c.submission_id, _is_over(policy, now))
    return and_(submission_events.c.note.is_not(None), over)


def _over(table: Table, policy: RetentionPolicy, now: datetime) -> ColumnElement[bool]:
    """Rows of consultations that closed long ago."""
    closed_by = _before(now, policy.responses_identifiable_days)
    same = consultations.c.consultation == table.c.consultation
    return ~exists().where(
        same, or_(consultations.c.closed_at.is_(None), consultations.c.closed_at > closed_by)
    )


def _response_due(policy: RetentionPolicy, now: datetime) -> ColumnElement[bool]:
    told = or_(~responses.c.respondent_index.startswith(NOBODY), responses.c.texts.is_not(None))
    return and_(told, _over(responses, policy, now))


def _withdrawn(policy: RetentionPolicy, now: datetime) -> ColumnElement[bool]:
    """What was set aside when doors were joined, once that cannot be undone; what was taken back, at the end.

    An emptied row holds its ticket's place meanwhile: who took an anonymous answer back may still give another.
    """
    says_something = cast(responses.c.answers, Text) != "{}"
    return and_(
        responses.c.withdrawn_at <= _before(now, JOINS_DAYS),
        or_(says_something, _over(responses, policy, now)),
    )


def _of_no_response() -> ColumnElement[bool]:
    return ~exists().where(responses.c.id == code_assignments.c.response_id)


def _idle(policy: RetentionPolicy, now: datetime) -> ColumnElement[bool]:
    """Conversations long silent, with no message left, nothing still to send or due and no photo of their own."""
    return and_(
        conversations.c.updated_at <= _before(now, policy.conversations_days),
        ~exists().where(messages.c.conversation_id == conversations.c.id),
        ~exists().where(
            outbox.c.conversation_id == conversations.c.id, state_in(outbox.c.state, OUTBOX_LIVE)
        ),
        ~exists().where(pushes.c.conversation_id == conversations.c.id, pushes.c.state == PushState.WAITING),
        ~exists().where(
            attachments.c.conversation_id == conversations.c.id, attachments.c.submission_id.is_(None)
        ),
        # Who is a member, coordinates or has a role must be reached again, at least once a year.
        or_(
            exists().where(handles.c.id == conversations.c.handle_id, *_takes_no_part(handles.c.person_id)),
            ~exists().where(handles.c.id == conversations.c.handle_id),
        ),
        # Where somebody may have answered a consultation they are known again until it closes: nobody answers twice.
        ~exists().where(
            consultations.c.closed_at.is_(None), consultations.c.opened_at <= conversations.c.updated_at
        ),
        ~exists().where(results_wanted.c.conversation_id == conversations.c.id),
        # What was learned from its words is found through it, should the person ask to be forgotten.
        ~exists().where(unanswered.c.conversation_id == conversations.c.id, unanswered.c.text.is_not(None)),
    )


def _handle_unused(policy: RetentionPolicy, now: datetime) -> ColumnElement[bool]:
    """An address stays as long as its conversation, or while its person may still be written to.

    That is: about a report, as a member or coordinator, or in a role staff gave.
    """
    return and_(
        handles.c.created_at <= _before(now, policy.conversations_days),
        ~exists().where(conversations.c.handle_id == handles.c.id),
        ~exists().where(submissions.c.person_id == handles.c.person_id),
        ~exists().where(responses.c.person_id == handles.c.person_id),
        *_takes_no_part(handles.c.person_id),
    )


def _takes_no_part(person_id: ColumnElement[str]) -> list[ColumnElement[bool]]:
    return [
        ~exists().where(memberships.c.person_id == person_id),
        ~exists().where(grants.c.person_id == person_id),
        ~exists().where(local_groups.c.coordinator_id == person_id),
    ]


def _consent_unused(policy: RetentionPolicy, now: datetime) -> ColumnElement[bool]:
    """Evidence of what somebody agreed to outlives their address, for as long as a claim may come."""
    return and_(
        consents.c.given_at <= _before(now, policy.consents_days),
        ~exists().where(handles.c.person_id == consents.c.person_id),
    )


def _person_unused(policy: RetentionPolicy, now: datetime) -> ColumnElement[bool]:
    return and_(
        people.c.created_at <= _before(now, policy.conversations_days),
        ~exists().where(handles.c.person_id == people.c.id),
        ~exists().where(submissions.c.person_id == people.c.id),
        ~exists().where(responses.c.person_id == people.c.id),
        ~exists().where(consents.c.person_id == people.c.id),
        ~exists().where(or_(codes.c.person_id == people.c.id, codes.c.used_by == people.c.id)),
        ~exists().where(or_(joins.c.from_person == people.c.id, joins.c.into_person == people.c.id)),
        *_takes_no_part(people.c.id),
    )


def _unfiled_attachments(
    database: Database, policy: RetentionPolicy, now: datetime, remove_file: Callable[[str], None] | None
) -> int:
    if remove_file is None:
        return 0
    due = select(attachments.c.id).where(
        attachments.c.submission_id.is_(None),
        attachments.c.created_at <= _before(now, policy.unfiled_attachments_days),
    )
    with database.reading() as tx:
        found = list(tx.connection.execute(due).scalars())
    return sum(database.run_blocking(_remove_attachment, id, remove_file) for id in found)


def _remove_attachment(tx: Transaction, id: str, remove_file: Callable[[str], None]) -> int:
    path = tx.attachments.delete(id)  # None: a report took it meanwhile
    if path is None:
        return 0
    remove_file(path)
    return 1


def _delete_old(database: Database, table: Table, due: ColumnElement[bool]) -> int:
    id = next(iter(table.primary_key.columns))

    def some(tx: Transaction) -> int:
        chosen = select(id).where(due).limit(ROWS_AT_A_TIME)
        # The condition once more: what came alive while this waited for the row stays.
        return tx.connection.execute(delete(table).where(id.in_(chosen), due)).rowcount

    return _until_none(database, some)


def _empty(database: Database, table: Table, values: dict[str, Any], due: ColumnElement[bool]) -> int:
    """Take columns out of rows that stay."""

    def some(tx: Transaction) -> int:
        chosen = select(table.c.id).where(due).limit(ROWS_AT_A_TIME)
        return tx.connection.execute(update(table).where(table.c.id.in_(chosen), due).values(values)).rowcount

    return _until_none(database, some)


def _strip_submissions(
    database: Database, due: ColumnElement[bool], kept_answers: Callable[[str], frozenset[str]] | None
) -> int:
    """Takes out who sent them, and their words with it: later nobody could find those for them any more."""

    def some(tx: Transaction) -> int:
        query = select(submissions.c.id, submissions.c.form, submissions.c.answers).where(due)
        rows = tx.connection.execute(query.limit(ROWS_AT_A_TIME).with_for_update()).all()
        for row in rows:
            values: dict[str, Any] = {"personal": None, "person_id": None, "conversation_id": None}
            if kept_answers is not None:
                values |= strip_answers(row.answers, kept_answers(row.form))
            tx.connection.execute(update(submissions).where(submissions.c.id == row.id).values(values))
        return len(rows)

    return _until_none(database, some)


def _let_go_of_respondents(database: Database, due: ColumnElement[bool]) -> int:
    def some(tx: Transaction) -> int:
        query = select(responses.c.id).where(due).limit(ROWS_AT_A_TIME).with_for_update()
        found = tx.connection.execute(query).scalars().all()
        for id in found:
            let_go_of_respondent(tx.connection, id)
        return len(found)

    return _until_none(database, some)


def _tidy_runs(database: Database, over: ColumnElement[bool]) -> int:
    def tidy(tx: Transaction, id: str) -> bool:
        return tidy_run(tx.connection, id, over)

    with database.reading() as tx:
        found = list(tx.connection.execute(select(theme_runs.c.id)).scalars())
    return sum(database.run_blocking(tidy, id) for id in found)


def _until_none(database: Database, some: Callable[[Transaction], int]) -> int:
    total = 0
    while changed := database.run_blocking(some):
        total += changed
    return total
