"""What people answered to consultations: one row for each who answers, changed in its place until it closes.

A row is found by a keyed hash of its respondent. Of an identified consultation that is the person, whose id is kept
beside it; of a pseudonymous one the person too, but nothing of them is kept, so that only who holds the key and
asks for that person finds it; of an anonymous one the ticket alone. The minute would lead to the message it came in:
of an anonymous answer only the day is kept, of a pseudonymous one the hour. Words are sealed in the row; counting opens
none of them.
"""

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select, update

from flows.events import ResponseGiven
from flows.safety import plain_words
from storage.coding import forget_coding
from storage.errors import VersionConflict
from storage.rows import insert_out_of_order
from storage.tables import consultations, responses
from storage.vault import Vault

IDENTIFIED, PSEUDONYMOUS, ANONYMOUS = "identified", "pseudonymous", "anonymous"
# No hash begins so: a row that nobody can be told from any more.
NOBODY = "nobody-"
# The same few words from many people are no sign of anything.
TELLING_WORDS = 5
MINUTE = 60
# Columns that hold what somebody answered, empty.
EMPTIED: dict[str, Any] = {"texts": None, "text_index": None, "network_index": None}


@dataclass(frozen=True)
class Respondent:
    """Who answers. `person_id` is set for an identified consultation alone, and is then kept in the row."""

    kind: str
    key: str
    person_id: str | None = None

    @classmethod
    def of(cls, anonymity: str, person_id: str, ticket: str) -> Self:
        """By how anonymous a consultation is. Raises ValueError for an anonymous one without a ticket."""
        if anonymity == ANONYMOUS:
            if not ticket:
                raise ValueError("an anonymous response needs a ticket")
            return cls("ticket", "".join(ticket.split()).upper())
        return cls("person", person_id, person_id if anonymity == IDENTIFIED else None)

    @classmethod
    def on_paper(cls, source: str, number: str) -> Self:
        """An answer that staff type: the number written on it tells it from the others."""
        return cls(source, number)

    @property
    def is_unnamed(self) -> bool:
        """A person of whom nothing is kept: their answer is pseudonymous."""
        return self.kind == "person" and self.person_id is None


@dataclass(frozen=True)
class CountedResponse:
    """A response as it is counted: everything but the words. `entered_by` typed it from paper or the phone."""

    id: str
    version: int
    channel: str
    language: str
    district: str | None
    age_band: str | None
    is_police: bool | None
    answers: dict[str, Any]
    orders: dict[str, list[str]]
    text_index: str | None
    network_index: str | None
    seconds: int | None
    entered_by: str | None
    answered_at: datetime
    changed_at: datetime


@dataclass(frozen=True)
class KeptResponse:
    """One response with its words, for who gave it. `withdrawn_at`: it is not counted."""

    id: str
    consultation: str
    version: int
    language: str
    answers: dict[str, Any]
    texts: dict[str, str]
    orders: dict[str, list[str]]
    answered_at: datetime
    changed_at: datetime
    withdrawn_at: datetime | None


_COUNTED = [responses.c[name] for name in CountedResponse.__dataclass_fields__]


class Responses:
    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    def give(
        self,
        event: ResponseGiven,
        respondent: Respondent,
        channel: str,
        now: datetime,
        *,
        network: str = "",
        entered_by: str | None = None,
    ) -> bool:
        """Keep a response, in the row its respondent has already if there is one; True where it is their first.

        What was withdrawn counts again. `network` is where it came from, kept as a keyed hash. Raises VersionConflict
        where the row is being moved in this moment: take the turn again.
        """
        at = _moment(respondent, now)
        told = {
            "version": event.version,
            "person_id": respondent.person_id,
            "channel": channel,
            "language": event.language,
            "district": event.district,
            "age_band": event.age_band,
            "is_police": event.is_police,
            "answers": event.answers,
            "orders": event.orders,
            "text_index": self._text_index(event),
            "network_index": self._vault.index("responses.network", network) if network else None,
            "seconds": _seconds(respondent, event.seconds),
            "entered_by": entered_by,
            "changed_at": at,
            "withdrawn_at": None,
        }
        held = self.find_row(event.consultation, respondent)
        if held is None:
            id = str(uuid4())
            values = {
                **told,
                "id": id,
                "consultation": event.consultation,
                "respondent_index": self.index(event.consultation, respondent),
                "texts": self._sealed(id, event.texts),
                "answered_at": at,
            }
            unique = ("consultation", "respondent_index")
            if insert_out_of_order(self._connection, responses, values, unique) is not None:
                return True
            held = self.find_row(event.consultation, respondent)  # another door was quicker
        if held is None:
            raise VersionConflict(f"responses of {event.consultation}")
        again = update(responses).where(responses.c.id == held.id)
        changed = self._connection.execute(again.values(**told, texts=self._sealed(held.id, event.texts)))
        if changed.rowcount != 1:
            raise VersionConflict(f"response {held.id}")
        before = self._words(held.id, held.texts)
        other = [name for name, words in before.items() if event.texts.get(name) != words]
        if other:
            forget_coding(self._connection, held.id, other)
        return False

    def find(self, consultation: str, respondent: Respondent) -> KeptResponse | None:
        """What this respondent answered, words and all; None where nothing, or it was withdrawn."""
        row = self.find_row(consultation, respondent)
        return self._opened(row) if row is not None and row.withdrawn_at is None else None

    def of_person(self, person_id: str) -> list[KeptResponse]:
        """Of every consultation that is not anonymous, oldest first; also what was set aside when doors were joined."""
        query = select(responses).where(self.theirs(person_id)).order_by(responses.c.answered_at)
        return [self._opened(row) for row in self._connection.execute(query.order_by(responses.c.id))]

    def withdraw(self, consultation: str, respondent: Respondent, now: datetime) -> bool:
        """Take a response back: it is not counted, and what it said goes. False where there is none."""
        row = self.find_row(consultation, respondent)
        if row is None or row.withdrawn_at is not None:
            return False
        empty = {**EMPTIED, "answers": {}, "orders": {}, "seconds": None, "district": None, "age_band": None}
        theirs = update(responses).where(responses.c.id == row.id, responses.c.withdrawn_at.is_(None))
        values = {**empty, "is_police": None, "withdrawn_at": _moment(respondent, now)}
        forget_coding(self._connection, row.id)
        return self._connection.execute(theirs.values(**values)).rowcount == 1

    def stream(self, consultation: str) -> Iterator[CountedResponse]:
        """Every response that counts, for counting: nothing sealed is opened, and nothing tells their order."""
        query = select(*_COUNTED).where(_counts(consultation)).order_by(responses.c.id)
        with self._connection.execute(query.execution_options(yield_per=2000)) as rows:
            for row in rows:
                yield CountedResponse(*row)

    def texts(self, consultation: str) -> Iterator[tuple[str, str, dict[str, str]]]:
        """(id, language, words by question) of every response that counts and has words."""
        query = select(responses.c.id, responses.c.language, responses.c.texts).where(
            _counts(consultation), responses.c.texts.is_not(None)
        )
        query = query.order_by(responses.c.id).execution_options(yield_per=1000)
        with self._connection.execute(query) as rows:
            for id, language, sealed in rows:
                yield id, language, self._words(id, sealed)

    def sealed(self, consultation: str) -> dict[str, bytes]:
        """The words of every response that counts and has any, by id, still sealed: others once they are given anew."""
        query = select(responses.c.id, responses.c.texts).where(
            _counts(consultation), responses.c.texts.is_not(None)
        )
        return {row.id: row.texts for row in self._connection.execute(query)}

    def count(self, consultation: str) -> int:
        query = select(func.count()).where(_counts(consultation))
        return int(self._connection.execute(query).scalar_one())

    def index(self, consultation: str, respondent: Respondent) -> str:
        return self._indexes(consultation, respondent)[0]

    def theirs(self, person_id: str) -> ColumnElement[bool]:
        """That a row is this person's: by their id, or by the hash of it for each consultation there is."""
        named = self._connection.execute(select(consultations.c.consultation).distinct()).scalars().all()
        hashes = [
            and_(
                responses.c.consultation == name,
                responses.c.respondent_index.in_(self._indexes(name, Respondent("person", person_id))),
            )
            for name in named
        ]
        return or_(responses.c.person_id == person_id, *hashes)

    def _indexes(self, consultation: str, respondent: Respondent) -> tuple[str, ...]:
        return self._vault.indexes(f"responses.{respondent.kind}", f"{consultation}\n{respondent.key}")

    def find_row(self, consultation: str, respondent: Respondent) -> Row[Any] | None:
        """The row as it is kept, withdrawn or not, its words sealed."""
        query = select(responses).where(
            responses.c.consultation == consultation,
            responses.c.respondent_index.in_(self._indexes(consultation, respondent)),
        )
        return self._connection.execute(query.limit(1)).one_or_none()

    def _text_index(self, event: ResponseGiven) -> str | None:
        words = " ".join(plain_words(event.texts[name]) for name in sorted(event.texts))
        return self._vault.index("responses.text", words) if len(words.split()) >= TELLING_WORDS else None

    def _sealed(self, id: str, texts: dict[str, str]) -> bytes | None:
        return self._vault.seal(json.dumps(texts, ensure_ascii=False), _place(id)) if texts else None

    def _words(self, id: str, sealed: bytes | None) -> dict[str, str]:
        return dict(json.loads(self._vault.open_text(sealed, _place(id)))) if sealed is not None else {}

    def _opened(self, row: Row[Any]) -> KeptResponse:
        return KeptResponse(
            id=row.id,
            consultation=row.consultation,
            version=row.version,
            language=row.language,
            answers=row.answers,
            texts=self._words(row.id, row.texts),
            orders=row.orders,
            answered_at=row.answered_at,
            changed_at=row.changed_at,
            withdrawn_at=row.withdrawn_at,
        )


def nobodys_index() -> str:
    """Instead of a respondent's hash, where nothing may lead to them any more."""
    return NOBODY + secrets.token_hex(28)


def _counts(consultation: str) -> ColumnElement[bool]:
    return and_(responses.c.consultation == consultation, responses.c.withdrawn_at.is_(None))


def _moment(respondent: Respondent, now: datetime) -> datetime:
    if respondent.kind == "ticket":
        return now.replace(hour=0, minute=0, second=0, microsecond=0)
    return now.replace(minute=0, second=0, microsecond=0) if respondent.is_unnamed else now


def _seconds(respondent: Respondent, seconds: int | None) -> int | None:
    """How long it took, no more of it than who it is: two messages of one chat lie exactly so far apart.

    Of an anonymous answer none. Of a pseudonymous one steps of five seconds, which tell who is too quick; from a
    minute on each step is twice the one before.
    """
    if respondent.kind == "ticket" or seconds is None:
        return None
    if not respondent.is_unnamed:
        return seconds
    return seconds // 5 * 5 if seconds < MINUTE else MINUTE << ((seconds // MINUTE).bit_length() - 1)


def _place(id: str) -> str:
    return f"responses.texts:{id}"
