"""Forgetting a person: everything about them goes at once; what a report saw stays, with nobody's name on it.

Works in the caller's transaction. After its commit call `write_back` (storage/database.py), so that nothing is
left in SQLite's journal either, and the purge of unfiled photos, which takes files and rows.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    and_,
    delete,
    exists,
    insert,
    or_,
    select,
    update,
)

from flows.conversation import Conversation
from storage.conversations import KeptConversation, conversation_keys
from storage.erasing_responses import erase_responses
from storage.states import OUTBOX_LIVE, InboxState, OutboxState
from storage.tables import (
    attachments,
    codes,
    consents,
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
    submission_events,
    submissions,
    tries,
    unanswered,
    web_sessions,
)
from storage.transaction import Transaction

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)  # past any period of retention
PLACE_WORDS = ("text", "name", "postcode")


@dataclass(frozen=True)
class Forgotten:
    """What an erasure did.

    `submissions` were taken off the person; `photos` are ids of those that the next purge takes. `kept` names what
    stayed: forms of which answers stayed, "consent", "stop" and, of consultations that had closed, "consultation"
    (answers without words, that lead to nobody).
    """

    submissions: int
    photos: tuple[str, ...]
    kept: tuple[str, ...]


def forget_person(
    tx: Transaction,
    person_id: str,
    now: datetime,
    *,
    kept_answers: Callable[[str], frozenset[str]],
    keep_web_conversation: str | None = None,
    spare_outbox: frozenset[str] = frozenset(),
    spare_inbox: frozenset[int] = frozenset(),
    tickets: Iterable[tuple[str, str]] = (),
) -> Forgotten:
    """Erase a person with all their doors. Promise the goodbye after this, or name its outbox keys.

    `kept_answers` gives the fields of a form that stay. `keep_web_conversation` is the id of a conversation that
    goes on, empty, with somebody new; the rows in `spare_outbox` still go out and are emptied then. The inbox rows
    in `spare_inbox` are not finished: a leased one loses its words, for the caller to finish in this transaction.
    `tickets` are (consultation, ticket) of anonymous answers, beside those their chats still hold.
    """
    chats = _locked(tx, person_id)
    ids = [chat.id for chat in chats]
    stopped = _is_stopped(tx, person_id)
    keys = _keys(tx, person_id, chats)
    kept_keys = {key for chat in chats if chat.id == keep_web_conversation for key in _names(tx, chat)}
    photos = _let_go_of_photos(tx.connection, person_id, ids)
    forms = _strip_submissions(tx.connection, person_id, ids, kept_answers)
    _empty_inbox(tx.connection, keys, spare_inbox, now)
    _empty_outbox(tx.connection, ids, keys, spare_outbox)
    _delete(tx.connection, web_sessions, web_sessions.c.conversation_key.in_(keys - kept_keys))
    _delete_of_conversations(tx.connection, ids)
    everyone = {person_id, *_joined_into(tx.connection, person_id)}
    answers_stay = erase_responses(tx, everyone, chats, tickets)
    _delete_of_people(tx.connection, everyone)
    _drop_doors(tx, person_id, chats, keep_web_conversation, now)
    has_consents = _drop_people(tx.connection, everyone)
    kept = sorted({form for form in forms if kept_answers(form)})
    kept += ["consent"] * has_consents + ["stop"] * stopped + ["consultation"] * answers_stay
    return Forgotten(len(forms), photos, tuple(kept))


def _locked(tx: Transaction, person_id: str) -> list[KeptConversation]:
    """The person's conversations, held so that no message is added to one meanwhile (PostgreSQL)."""
    for query in (
        select(handles.c.id).where(handles.c.person_id == person_id).order_by(handles.c.id),
        select(people.c.id).where(people.c.id == person_id),
        select(conversations.c.id)
        .where(conversations.c.handle_id.in_(select(handles.c.id).where(handles.c.person_id == person_id)))
        .order_by(conversations.c.id),
    ):
        tx.connection.execute(query.with_for_update()).all()
    return tx.conversations.of_person(person_id)


def _is_stopped(tx: Transaction, person_id: str) -> bool:
    return any(tx.suppressions.is_suppressed(*door, scope="alerts") for door in _doors(tx, person_id))


def _keys(tx: Transaction, person_id: str, chats: Iterable[KeptConversation]) -> set[str]:
    """Every name their conversations have or had, so that rows whose conversation is gone are found too."""
    keys = {key for chat in chats for key in _names(tx, chat)}
    return keys.union(*(conversation_keys(tx.vault, *door) for door in _doors(tx, person_id)))


def _names(tx: Transaction, chat: KeptConversation) -> set[str]:
    return {chat.conversation_key, *conversation_keys(tx.vault, chat.channel, chat.address)}


def _doors(tx: Transaction, person_id: str) -> list[tuple[str, str]]:
    """(channel, address) of each."""
    rows = tx.connection.execute(select(handles).where(handles.c.person_id == person_id))
    return [(row.channel, tx.vault.open_text(row.address, f"handles.address:{row.id}")) for row in rows]


def _let_go_of_photos(connection: Connection, person_id: str, chats: list[str]) -> tuple[str, ...]:
    """Returns their ids."""
    filed = select(submissions.c.id).where(_theirs(person_id, chats))
    photos = update(attachments).where(
        or_(attachments.c.conversation_id.in_(chats), attachments.c.submission_id.in_(filed))
    )
    photos = photos.values(submission_id=None, conversation_id=None, created_at=LONG_AGO)
    gone = connection.execute(photos.returning(attachments.c.id)).scalars()
    return tuple(sorted(map(str, gone)))


def _theirs(person_id: str, chats: list[str]) -> ColumnElement[bool]:
    return or_(submissions.c.person_id == person_id, submissions.c.conversation_id.in_(chats))


def _strip_submissions(
    connection: Connection, person_id: str, chats: list[str], kept_answers: Callable[[str], frozenset[str]]
) -> list[str]:
    """Returns the form of each."""
    query = select(submissions.c.id, submissions.c.form, submissions.c.answers)
    rows = connection.execute(query.where(_theirs(person_id, chats))).all()
    for row in rows:
        values: dict[str, Any] = {
            "personal": None,
            "person_id": None,
            "conversation_id": None,
            **strip_answers(row.answers, kept_answers(row.form)),
        }
        connection.execute(update(submissions).where(submissions.c.id == row.id).values(values))
        notes = update(submission_events).where(submission_events.c.submission_id == row.id)
        connection.execute(notes.values(note=None, note_id=None))
    return [row.form for row in rows]


def strip_answers(answers: dict[str, Any], kept: frozenset[str]) -> dict[str, Any]:
    """The columns of a submission without a person's words: the kept answers alone, a place only where it stays."""
    values: dict[str, Any] = {
        "answers": {id: _without_words(value) for id, value in answers.items() if id in kept}
    }
    if "place" not in kept:
        values |= dict.fromkeys(("district", "latitude", "longitude", "certainty", "within_m", "cell"))
    return values


def _without_words(value: Any) -> Any:
    """An answer of parts (a place, a time) without what was typed."""
    if isinstance(value, dict):
        return {part: inner for part, inner in value.items() if part not in PLACE_WORDS}
    return value


def _empty_inbox(connection: Connection, keys: set[str], spare: frozenset[int], now: datetime) -> None:
    theirs = inbox.c.conversation_key.in_(keys)
    spared = inbox.c.id.in_(spare)
    live = inbox.c.state.in_([InboxState.WAITING, InboxState.LEASED])
    done = {"state": InboxState.DONE, "finished_at": now, "owner": None, "lease_until": None, "error": None}
    connection.execute(update(inbox).where(theirs, live, ~spared).values(done))
    waits = and_(spared, inbox.c.state == InboxState.WAITING)
    connection.execute(update(inbox).where(theirs, ~waits).values(payload=None))


def _empty_outbox(connection: Connection, chats: list[str], keys: set[str], spare: frozenset[str]) -> None:
    theirs = or_(outbox.c.conversation_id.in_(chats), outbox.c.conversation_key.in_(keys))
    spared = and_(outbox.c.key.in_(spare), outbox.c.state.in_(OUTBOX_LIVE))
    connection.execute(update(outbox).where(theirs, spared).values(fleeting=True, conversation_id=None))
    # A call being made cannot be called back; its row is closed all the same, for it is never looked at again.
    cancelled = {"state": OutboxState.CANCELLED, "owner": None, "lease_until": None}
    connection.execute(
        update(outbox).where(theirs, ~spared, outbox.c.state.in_(OUTBOX_LIVE)).values(cancelled)
    )
    emptied = {"body": None, "address": None, "conversation_id": None}
    connection.execute(update(outbox).where(theirs, ~spared).values(emptied))


def _delete_of_conversations(connection: Connection, chats: list[str]) -> None:
    for table in (messages, pushes, tries, unanswered):
        _delete(connection, table, table.c.conversation_id.in_(chats))
    theirs = update(notices).where(notices.c.conversation_id.in_(chats))
    connection.execute(theirs.values(conversation_id=None))


def _joined_into(connection: Connection, person_id: str) -> set[str]:
    """Who this person was before doors were joined: people without a door, with what did not move along."""
    found: set[str] = set()
    looking = {person_id}
    while looking:
        query = select(joins.c.from_person).where(
            joins.c.into_person.in_(looking),
            joins.c.undone_at.is_(None),
            ~exists().where(handles.c.person_id == joins.c.from_person),
        )
        looking = set(connection.execute(query).scalars()) - found
        found |= looking
    return found


def _delete_of_people(connection: Connection, everyone: set[str]) -> None:
    _delete(connection, joins, or_(joins.c.from_person.in_(everyone), joins.c.into_person.in_(everyone)))
    for table in (memberships, grants, codes):
        _delete(connection, table, table.c.person_id.in_(everyone))
    connection.execute(update(codes).where(codes.c.used_by.in_(everyone)).values(used_by=None))
    coordinated = update(local_groups).where(local_groups.c.coordinator_id.in_(everyone))
    connection.execute(coordinated.values(coordinator_id=None))


def _drop_doors(
    tx: Transaction, person_id: str, chats: list[KeptConversation], keep: str | None, now: datetime
) -> None:
    kept = next((chat for chat in chats if chat.id == keep), None)
    if kept is not None:
        new_person = str(uuid4())
        tx.connection.execute(insert(people).values(id=new_person, created_at=now))
        door = update(handles).where(handles.c.id == kept.handle_id)
        tx.connection.execute(door.values(person_id=new_person))
        tx.conversations.save(kept.id, Conversation(), kept.version, now)
    gone = [chat.id for chat in chats if chat is not kept]
    _delete(tx.connection, conversations, conversations.c.id.in_(gone))
    _delete(tx.connection, handles, handles.c.person_id == person_id)


def _drop_people(connection: Connection, everyone: set[str]) -> bool:
    """True where consents stay as evidence, with a row that says nothing more of whose they were."""
    theirs = select(consents.c.person_id).where(consents.c.person_id.in_(everyone))
    agreed = set(connection.execute(theirs).scalars())
    _delete(connection, people, people.c.id.in_(everyone - agreed))
    return bool(agreed)


def _delete(connection: Connection, table: Table, theirs: ColumnElement[bool]) -> None:
    connection.execute(delete(table).where(theirs))
