"""Letting go of what was said in a chat while something was answered that nobody may find there again.

What is kept of an anonymous answer leads to nobody; the chat it was typed in would, as long as its words are kept.
The supplier of the door (Telegram, the phone network) keeps what it keeps.
"""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import delete, exists, or_, select, update

from storage.conversations import KeptConversation
from storage.database import Database
from storage.states import OUTBOX_LIVE, InboxState
from storage.tables import conversations, inbox, messages, outbox
from storage.transaction import Transaction


def let_go_of_words(tx: Transaction, kept: KeptConversation, since: datetime) -> None:
    """Both ways, and as the supplier handed them over; what is still to be sent goes once it is sent."""
    these = (messages.c.conversation_id == kept.id, messages.c.created_at >= since)
    # The message that began it came before its turn did, and may say where somebody lives.
    came_in = select(messages.c.inbox_id).where(*these, messages.c.inbox_id.is_not(None))
    heard = update(inbox).where(
        inbox.c.conversation_key == kept.conversation_key,
        or_(inbox.c.received_at >= since, inbox.c.id.in_(came_in)),
        inbox.c.state == InboxState.DONE,
    )
    tx.connection.execute(heard.values(payload=None))
    tx.connection.execute(delete(messages).where(*these))
    theirs = (outbox.c.conversation_id == kept.id, outbox.c.created_at >= since)
    waiting = update(outbox).where(*theirs, outbox.c.state.in_(OUTBOX_LIVE))
    tx.connection.execute(waiting.values(fleeting=True))
    done = update(outbox).where(*theirs, outbox.c.state.not_in(OUTBOX_LIVE))
    tx.connection.execute(done.values(body=None, address=None))


def let_go_of_left(database: Database, is_of_nobody: Callable[[str], bool], silent_since: datetime) -> int:
    """The words of forms that nobody may be found by (`is_of_nobody` by id), begun and left; returns in how many chats.

    The answers themselves stay in the sealed state of the chat, so that who comes back can go on.
    """

    def begun(kept: KeptConversation | None) -> datetime | None:
        forms = kept.conversation.forms if kept is not None else ()
        times = [form.started_at for form in forms if form.started_at and is_of_nobody(form.form)]
        return datetime.fromisoformat(min(times)) if times else None

    is_silent = conversations.c.updated_at <= silent_since
    # Looked through without the right to write: hardly any has such a form, and residents would wait for it.
    with database.reading() as tx:
        query = select(conversations.c.id).where(
            is_silent, exists().where(messages.c.conversation_id == conversations.c.id)
        )
        silent = list(tx.connection.execute(query).scalars())
        left = [id for id in silent if begun(tx.conversations.find_by_id(id)) is not None]

    def let_go(tx: Transaction, id: str) -> bool:
        still = select(conversations.c.id).where(conversations.c.id == id, is_silent)
        if tx.connection.execute(still.with_for_update()).first() is None:
            return False  # came back meanwhile
        kept = tx.conversations.find_by_id(id)
        since = begun(kept)
        if kept is None or since is None:
            return False
        theirs = (messages.c.conversation_id == id, messages.c.created_at >= since)
        if tx.connection.execute(select(messages.c.id).where(*theirs).limit(1)).first() is None:
            return False  # let go of before
        let_go_of_words(tx, kept, since)
        return True

    return sum(database.run_blocking(let_go, id) for id in left)
