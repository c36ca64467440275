"""Conversations, what came in, what goes out and when."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    false,
)

from storage.columns import AwareDateTime, RowNumber
from storage.states import INBOX_LIVE, OUTBOX_IN_FLIGHT, OUTBOX_LIVE, InboxState, OutboxState
from storage.tables.schema import metadata, moment, state_in, uuid_key

conversations = Table(
    "conversations",
    metadata,
    uuid_key(),
    Column("handle_id", ForeignKey("handles.id"), nullable=False, index=True),
    Column("channel", String(16), nullable=False),
    Column("conversation_key", String(100), nullable=False, unique=True),
    Column("state", LargeBinary, nullable=False),  # sealed
    Column("version", Integer, nullable=False),
    Column("updated_at", AwareDateTime(), nullable=False, index=True),
)

inbox = Table(
    "inbox",
    metadata,
    Column("id", RowNumber, primary_key=True),
    Column("channel", String(16), nullable=False),
    Column("provider_id", String(100), nullable=False),
    Column("conversation_key", String(100), nullable=False),
    Column("sequence", RowNumber, nullable=False),
    Column("payload", LargeBinary),  # sealed; emptied by retention, the row stays to know a late replay
    moment("received_at"),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    moment("next_at"),
    moment("lease_until", nullable=True),
    Column("owner", String(100)),
    moment("finished_at", nullable=True),
    Column("error", String(200)),
    UniqueConstraint("channel", "provider_id"),
    sqlite_autoincrement=True,
)
_inbox_live = state_in(inbox.c.state, INBOX_LIVE)
_inbox_leased = state_in(inbox.c.state, (InboxState.LEASED,))
_inbox_aside = state_in(inbox.c.state, (InboxState.SET_ASIDE,))
Index(
    "ix_inbox_live_order",
    inbox.c.conversation_key,
    inbox.c.sequence,
    inbox.c.id,
    sqlite_where=_inbox_live,
    postgresql_where=_inbox_live,
)
Index("ix_inbox_live", inbox.c.id, sqlite_where=_inbox_live, postgresql_where=_inbox_live)
# The rule itself, not only a help: no conversation ever has two messages being worked on.
Index(
    "uq_inbox_leased",
    inbox.c.conversation_key,
    unique=True,
    sqlite_where=_inbox_leased,
    postgresql_where=_inbox_leased,
)
Index("ix_inbox_set_aside", inbox.c.id, sqlite_where=_inbox_aside, postgresql_where=_inbox_aside)
Index("ix_inbox_finished_at", inbox.c.finished_at)

messages = Table(
    "messages",
    metadata,
    Column("number", RowNumber, primary_key=True),
    Column("id", String(36), nullable=False, unique=True),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False),
    Column("direction", String(3), nullable=False),
    Column("body", LargeBinary, nullable=False),  # sealed
    Column("inbox_id", ForeignKey("inbox.id"), index=True),
    Column("created_at", AwareDateTime(), nullable=False, index=True),
    sqlite_autoincrement=True,
)
Index("ix_messages_conversation_number", messages.c.conversation_id, messages.c.number)

outbox = Table(
    "outbox",
    metadata,
    Column("id", RowNumber, primary_key=True),
    Column("key", String(100), nullable=False, unique=True),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="SET NULL"), index=True),
    Column("conversation_key", String(100), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("address", LargeBinary),  # sealed; emptied with the body
    Column("priority", Integer, nullable=False),
    Column("body", LargeBinary),  # sealed
    Column("state", String(16), nullable=False),
    Column("on_unknown", String(16), nullable=False),
    Column("has_buttons", Boolean, nullable=False),
    Column("retired", Boolean, nullable=False),
    # Nothing of it is kept once it is sent or given up: address and body go at once.
    Column("fleeting", Boolean, nullable=False, server_default=false()),
    Column("attempts", Integer, nullable=False),
    moment("next_at"),
    moment("lease_until", nullable=True),
    Column("owner", String(100)),
    Column("provider_ref", String(100)),
    Column("error", String(200)),
    Column("created_at", AwareDateTime(), nullable=False, index=True),
    moment("started_at", nullable=True),
    moment("sent_at", nullable=True),
    sqlite_autoincrement=True,
)
_outbox_live = state_in(outbox.c.state, OUTBOX_LIVE)
_outbox_in_flight = state_in(outbox.c.state, OUTBOX_IN_FLIGHT)
_outbox_unknown = state_in(outbox.c.state, (OutboxState.UNKNOWN,))
Index(
    "ix_outbox_live_order",
    outbox.c.conversation_key,
    outbox.c.priority,
    outbox.c.id,
    sqlite_where=_outbox_live,
    postgresql_where=_outbox_live,
)
Index(
    "ix_outbox_live",
    outbox.c.priority,
    outbox.c.id,
    sqlite_where=_outbox_live,
    postgresql_where=_outbox_live,
)
Index(
    "uq_outbox_in_flight",
    outbox.c.conversation_key,
    unique=True,
    sqlite_where=_outbox_in_flight,
    postgresql_where=_outbox_in_flight,
)
Index("ix_outbox_provider_ref", outbox.c.channel, outbox.c.provider_ref)

gate = Table(
    "gate",
    metadata,
    Column("channel", String(16), primary_key=True),
    moment("tat", nullable=True),  # theoretical arrival time of the next send (GCRA)
    moment("paused_until", nullable=True),
)

senders = Table(
    "senders",
    metadata,
    Column("sender", String(120), primary_key=True),  # a keyed hash
    moment("tat"),  # theoretical arrival time of their next message (GCRA)
    moment("waits_until", nullable=True),
)

schedule = Table(
    "schedule",
    metadata,
    Column("name", String(60), primary_key=True),
    moment("next_run_at"),
    moment("lease_until", nullable=True),
    Column("owner", String(100)),
)

web_sessions = Table(
    "web_sessions",
    metadata,
    uuid_key(),
    Column("token_index", String(64), nullable=False, unique=True),
    Column("conversation_key", String(100), nullable=False),
    moment("created_at"),
    Column("last_seen_at", AwareDateTime(), nullable=False, index=True),
)

pushes = Table(
    "pushes",
    metadata,
    Column("id", RowNumber, primary_key=True),
    Column("key", String(100), nullable=False, unique=True),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("reply", LargeBinary),  # sealed; emptied when it is settled
    Column("due_at", AwareDateTime(), nullable=False, index=True),
    Column("state", String(16), nullable=False),
    moment("made_at"),
    moment("settled_at", nullable=True),
    Column("error", String(60)),
    sqlite_autoincrement=True,
)
