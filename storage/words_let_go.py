"""Letting go of what was said in a chat while something was answered that nobody may find there again.

What is kept of an anonymous answer leads to nobody; the chat it was typed in would, as long as its words are kept.
The supplier of the door (Telegram, the phone network) keeps what it keeps.
"""

from datetime import datetime

from sqlalchemy import delete, or_, select, update

from storage.conversations import KeptConversation
from storage.states import OUTBOX_LIVE, InboxState
from storage.tables import inbox, messages, outbox
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
