"""Answers to consultations when a person is forgotten, or when their time is over.

While a consultation is open an answer goes whole. Once it has closed the answer has been counted and may be
published: what was chosen stays, with no words and nothing that leads to anybody. An anonymous one is found by its
ticket alone: one that a chat of the person still holds counts as shown; any other stays, for nobody can find it.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from storage.coding import forget_coding
from storage.conversations import KeptConversation
from storage.responses import ANONYMOUS, EMPTIED, Respondent, nobodys_index
from storage.run_words import forget_in_runs
from storage.tables import responses as table
from storage.tables import results_wanted, tickets
from storage.tickets import ticket_indexes
from storage.transaction import Transaction


def erase_responses(
    tx: Transaction,
    everyone: Iterable[str],
    chats: Iterable[KeptConversation],
    shown: Iterable[tuple[str, str]] = (),
) -> bool:
    """Of all these people and what their chats hold; True where something chosen stays, as nobody's.

    `shown` are (consultation, ticket) beside those the chats hold.
    """
    chats = list(chats)
    current = {opened.consultation: opened for opened in tx.consultations.all_current()}
    found: dict[str, Row[Any]] = {}
    for person_id in everyone:
        query = select(table.c.id, table.c.consultation, table.c.answers, table.c.withdrawn_at)
        rows = tx.connection.execute(query.where(tx.responses.theirs(person_id)))
        found |= {row.id: row for row in rows}
        for name in current:
            theirs = tickets.c.person_index.in_(ticket_indexes(tx.vault, name, person_id))
            tx.connection.execute(delete(tickets).where(tickets.c.consultation == name, theirs))
    for name, ticket in {*shown, *(ticket for chat in chats for ticket in chat.conversation.tickets.items())}:
        held = tx.responses.find_row(name, Respondent.of(ANONYMOUS, "", ticket))
        found |= {held.id: held} if held is not None else {}
    conversations = [chat.id for chat in chats]
    tx.connection.execute(delete(results_wanted).where(results_wanted.c.conversation_id.in_(conversations)))
    stays = False
    for row in found.values():
        opened = current.get(row.consultation)
        if row.withdrawn_at is not None or opened is None or opened.closed_at is None:
            forget_coding(tx.connection, row.id)
            tx.connection.execute(delete(table).where(table.c.id == row.id))
        else:
            forget_in_runs(tx.connection, row.id, stays_counted=True)
            let_go_of_respondent(tx.connection, row.id)
            stays = True
    return stays


def let_go_of_respondent(connection: Connection, id: str) -> None:
    """What was chosen stays; who it was, and their words, go for good."""
    values = {**EMPTIED, "person_id": None, "respondent_index": nobodys_index()}
    connection.execute(update(table).where(table.c.id == id).values(**values))
