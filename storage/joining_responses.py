"""Answers to consultations when doors of one person are brought together: one vote each, and it can be undone.

Where both had answered, what was answered last counts and the other is set aside, not emptied. What was answered
by ticket belongs to nobody who could be joined: both stay, and the person joined into gets no further ticket.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, select, update

from storage.responses import IDENTIFIED, Respondent, Responses, nobodys_index
from storage.tables import consultations, responses, tickets
from storage.tickets import ticket_indexes
from storage.vault import Vault


class ResponseMoves:
    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault
        self._responses = Responses(connection, vault)

    def join(self, from_person: str, into_person: str, now: datetime) -> dict[str, Any]:
        """Returns what `undo` needs: ids of rows that moved, those set aside, and of what tickets moved."""
        theirs, ours = self._held_by(from_person), self._held_by(into_person)
        moved: list[str] = []
        aside: list[str] = []
        for consultation, row in theirs.items():
            other = ours.get(consultation)
            if other is None:
                self._belong(row, into_person)
                moved.append(row.id)
                continue
            later = max((other, row), key=_counts_first)
            if later is row:
                # For a moment it has nobody's hash: two rows of a consultation never share one.
                self._give_index(other.id, nobodys_index())
                self._belong(row, into_person)
                self._belong(other, from_person)
                moved.append(row.id)
            earlier = other if later is row else row
            if earlier.withdrawn_at is None:
                self._mark(earlier.id, now)
                aside.append(earlier.id)
        return {
            "responses": moved,
            "responses_aside": aside,
            "tickets": self._move_tickets(from_person, into_person),
        }

    def undo(self, moved: dict[str, Any], from_person: str, into_person: str, joined_at: datetime) -> None:
        """Each has again what they had; what was set aside then and not answered anew since counts again."""
        back = set(moved.get("responses", []))
        aside = moved.get("responses_aside", [])
        theirs, ours = self._held_by(from_person), self._held_by(into_person)
        for consultation, row in ours.items():
            if row.id not in back:
                continue
            other = theirs.get(consultation)
            if other is not None:
                self._give_index(other.id, nobodys_index())
            self._belong(row, from_person)
            if other is not None:
                self._belong(other, into_person)
        for id in aside:
            as_aside = and_(responses.c.id == id, responses.c.withdrawn_at == joined_at)
            self._connection.execute(update(responses).where(as_aside).values(withdrawn_at=None))
        for consultation in moved.get("tickets", []):
            self._name_ticket(consultation, into_person, from_person)

    def _held_by(self, person_id: str) -> dict[str, Row[Any]]:
        """Their row of each consultation, held until the transaction ends."""
        query = select(responses).where(self._responses.theirs(person_id)).with_for_update()
        return {row.consultation: row for row in self._connection.execute(query)}

    def _belong(self, row: Row[Any], person_id: str) -> None:
        index = self._responses.index(row.consultation, Respondent("person", person_id))
        named = person_id if self._is_identified(row.consultation) else None
        theirs = update(responses).where(responses.c.id == row.id)
        self._connection.execute(theirs.values(respondent_index=index, person_id=named))

    def _is_identified(self, consultation: str) -> bool:
        query = select(consultations.c.questionnaire).where(consultations.c.consultation == consultation)
        found = self._connection.execute(query.order_by(consultations.c.version.desc()).limit(1)).scalar()
        return found is not None and found.get("anonymity") == IDENTIFIED

    def _give_index(self, id: str, index: str) -> None:
        theirs = update(responses).where(responses.c.id == id)
        self._connection.execute(theirs.values(respondent_index=index))

    def _mark(self, id: str, now: datetime) -> None:
        theirs = update(responses).where(responses.c.id == id)
        self._connection.execute(theirs.values(withdrawn_at=now))

    def _move_tickets(self, from_person: str, into_person: str) -> list[str]:
        """Returns the consultations of which a ticket is theirs now. A name, not an id: mixing draws ids anew."""
        names = self._connection.execute(select(consultations.c.consultation).distinct()).scalars().all()
        return [name for name in names if self._name_ticket(name, from_person, into_person)]

    def _name_ticket(self, consultation: str, from_person: str, into_person: str) -> bool:
        theirs = ticket_indexes(self._vault, consultation, from_person)
        ours = ticket_indexes(self._vault, consultation, into_person)
        of_it = tickets.c.consultation == consultation
        held = select(tickets.c.id).where(of_it, tickets.c.person_index.in_(ours))
        if self._connection.execute(held.limit(1)).first() is not None:
            return False
        moving = update(tickets).where(of_it, tickets.c.person_index.in_(theirs))
        return self._connection.execute(moving.values(person_index=ours[0])).rowcount > 0


def _counts_first(row: Row[Any]) -> tuple[bool, datetime]:
    return row.withdrawn_at is None, row.changed_at
