"""Small invented cases, shared by the tests of what staff do."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from flows.content import load_content
from flows.conversation import Conversation
from flows.events import SubmissionFiled
from flows.office import QuietHours
from flows.references import make_reference
from staff.cases import Cases
from storage.conversations import KeptConversation, conversation_key
from storage.database import Database, Transaction
from storage.pushes import Push
from storage.submission_events import EventRow
from storage.submissions import Submission
from storage.tables import submissions

ROOT = Path(__file__).parents[2]
CONTENT = load_content(ROOT / "flows", ROOT / "county", languages=("en", "pl"))
NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)  # a Thursday
ADA, EVE = "ada", "eve"


def later(**time: float) -> datetime:
    return NOON + timedelta(**time)


def ref(number: int, prefix: str = "EN") -> str:
    return make_reference(prefix, number)


def cases_of(database: Database) -> Cases:
    return Cases(database, CONTENT, QuietHours())


def a_chat(
    tx: Transaction, address: str = "+447700900123", channel: str = "sms", **state: Any
) -> KeptConversation:
    """The chat of an address, standing as `state` says where any is given."""
    kept = tx.conversations.open(channel, address, conversation_key(tx.vault, channel, address), NOON)
    if state:
        tx.conversations.save(kept.id, replace(kept.conversation, **state), kept.version, NOON)
        kept = chat_of(tx, kept.id)
    return kept


def chat_of(tx: Transaction, id: str) -> KeptConversation:
    kept = tx.conversations.find_by_id(id)
    assert kept is not None
    return kept


def file(
    database: Database,
    reference: str,
    *,
    at: datetime = NOON,
    address: str = "+447700900123",
    channel: str = "sms",
    **different: Any,
) -> str:
    """A submission of a chat; returns its id."""
    values: dict[str, Any] = {
        "form": "encampment",
        "form_version": 1,
        "answers": {"caravans": 6, "place": {"text": "the rec off Myton Road"}},
        "personal": {"name": "Grace Hopper", "phone": "+447700900123"},
        "district": "warwick",
        "latitude": 52.28211,
        "longitude": -1.56789,
        "wants_news": True,
    }
    with database.transaction() as tx:
        filed = SubmissionFiled(reference=reference, **(values | different))
        id = tx.submissions.file(filed, a_chat(tx, address, channel), "en", at)
        tx.commit()
    return id


def stand(database: Database, address: str = "+447700900123", channel: str = "sms", **state: Any) -> str:
    """Lets a chat stand so; returns its id."""
    with database.transaction() as tx:
        id = a_chat(tx, address, channel, **state).id
        tx.commit()
    return id


def end_chat(database: Database, id: str) -> None:
    """As retention does: the submission stays, its chat goes."""
    with database.transaction() as tx:
        tx.connection.execute(submissions.update().where(submissions.c.id == id).values(conversation_id=None))
        tx.commit()


def stop(
    database: Database, address: str = "+447700900123", channel: str = "sms", scope: Any = "all"
) -> None:
    with database.transaction() as tx:
        tx.suppressions.add(channel, address, NOON, scope)
        tx.commit()


def notice(database: Database, kind: str, at: datetime, address: str = "+447700900123") -> None:
    with database.transaction() as tx:
        tx.notices.add(kind, a_chat(tx, address).id, {}, at)
        tx.commit()


def got(database: Database, id: str) -> Submission:
    with database.reading() as tx:
        found = tx.submissions.find(id)
    assert found is not None
    return found


def events(database: Database, id: str) -> list[EventRow]:
    """All but the first, which every submission has."""
    with database.reading() as tx:
        return tx.submission_events.of(id)[1:]


def conversation_of(database: Database, submission_id: str) -> Conversation:
    with database.reading() as tx:
        return chat_of(tx, got(database, submission_id).conversation_id or "").conversation


def pushes(database: Database) -> list[Push]:
    with database.reading() as tx:
        return tx.pushes.due(later(days=30), 99)


def audit(database: Database) -> list[tuple[str, str, str, dict[str, Any]]]:
    """(actor, action, subject, detail), the oldest first."""
    with database.reading() as tx:
        return [
            (line.actor, line.action, line.subject, line.detail) for line in reversed(tx.audit.latest(99))
        ]


def everything(database: Database) -> list[Any]:
    """All that an operation could have changed, to see that a refused one changed nothing."""
    with database.reading() as tx:
        rows = tx.connection.execute(select(submissions).order_by(submissions.c.id)).all()
        ids = [row.id for row in rows]
        chats = sorted({row.conversation_id for row in rows if row.conversation_id})
        return [
            [tuple(row) for row in rows],
            [tx.submission_events.of(id) for id in ids],
            [tx.conversations.find_by_id(id) for id in chats],
            tx.pushes.due(later(days=30), 99),
            tx.audit.latest(99),
        ]
