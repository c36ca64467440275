"""What staff see of the service itself, and who else may read it."""

from sqlalchemy import Column, Date, ForeignKey, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from storage.columns import AwareDateTime, Json, RowNumber
from storage.tables.schema import metadata, moment, uuid_key

unanswered = Table(
    "unanswered",
    metadata,
    uuid_key(),
    Column("at", AwareDateTime(), nullable=False, index=True),
    Column("channel", String(16), nullable=False),
    Column("reason", String(32), nullable=False),
    Column("ranking", Json, nullable=False),
    Column("text", LargeBinary),  # sealed; emptied when a person has dealt with it
    Column("chosen", String(64)),
    Column("language", String(16), nullable=False, server_default="en"),
    Column("status", String(16), nullable=False, server_default="new"),
    # So that erasing a person finds what came of their words.
    Column("conversation_id", ForeignKey("conversations.id", ondelete="SET NULL"), index=True),
)

# How often each answer was given and found of use: nobody's row, so nothing here is about a person.
answer_counts = Table(
    "answer_counts",
    metadata,
    uuid_key(),
    Column("day", Date, nullable=False),
    Column("topic", String(64), nullable=False),
    Column("case", String(32), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("given", Integer, nullable=False),
    Column("helped", Integer, nullable=False),
    Column("not_helped", Integer, nullable=False),
    UniqueConstraint("day", "topic", "case", "channel"),
)

notices = Table(
    "notices",
    metadata,
    uuid_key(),
    Column("kind", String(32), nullable=False),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="SET NULL"), index=True),
    Column("at", AwareDateTime(), nullable=False, index=True),
    Column("detail", Json, nullable=False),
)

# What was turned aside, and never the words themselves: so that fairness can be shown.
moderations = Table(
    "moderations",
    metadata,
    uuid_key(),
    Column("at", AwareDateTime(), nullable=False, index=True),
    Column("channel", String(16), nullable=False),
    Column("form", String(60)),
    Column("field", String(30)),
    Column("kind", String(32), nullable=False),
    Column("outcome", String(32), nullable=False),
)

# Other systems that may call Open311; a key is kept as a keyed hash alone.
api_keys = Table(
    "api_keys",
    metadata,
    uuid_key(),
    Column("name", String(100), nullable=False, unique=True),
    Column("secret", String(64), nullable=False, unique=True),
    moment("created_at"),
    Column("created_by", String(100), nullable=False),
    moment("revoked_at", nullable=True),
)

audit = Table(
    "audit",
    metadata,
    Column("id", RowNumber, primary_key=True),
    Column("day", Date, nullable=False),
    Column("number", Integer, nullable=False),
    moment("at"),
    Column("actor", String(100), nullable=False),
    Column("action", String(60), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("detail", Text, nullable=False),  # canonical JSON, as it was hashed
    Column("previous_hash", String(64), nullable=False, unique=True),
    Column("hash", String(64), nullable=False, unique=True),
    UniqueConstraint("day", "number"),
    sqlite_autoincrement=True,
)
