"""People, how they are reached, what they agreed to and what they may do."""

from sqlalchemy import Column, Float, ForeignKey, Integer, LargeBinary, String, Table, UniqueConstraint

from storage.columns import AwareDateTime, Json
from storage.tables.schema import metadata, moment, uuid_key

people = Table("people", metadata, uuid_key(), moment("created_at"))

handles = Table(
    "handles",
    metadata,
    uuid_key(),
    Column("person_id", ForeignKey("people.id"), nullable=False, index=True),
    Column("channel", String(16), nullable=False),
    Column("address", LargeBinary, nullable=False),  # sealed
    Column("address_index", String(64), nullable=False),
    moment("created_at"),
    UniqueConstraint("channel", "address_index"),
)

consents = Table(
    "consents",
    metadata,
    uuid_key(),
    Column("person_id", ForeignKey("people.id"), nullable=False, index=True),
    Column("wording", String(60), nullable=False),
    Column("version", Integer, nullable=False),
    Column("language", String(16), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("submission_id", ForeignKey("submissions.id"), index=True),
    moment("given_at"),
    moment("withdrawn_at", nullable=True),
)

suppressions = Table(
    "suppressions",
    metadata,
    uuid_key(),
    Column("channel", String(16), nullable=False),
    Column("address_index", String(64), nullable=False),
    Column("scope", String(16), nullable=False, server_default="all"),
    moment("created_at"),
    UniqueConstraint("channel", "address_index", "scope"),
)

memberships = Table(
    "memberships",
    metadata,
    uuid_key(),
    Column("person_id", ForeignKey("people.id"), nullable=False, index=True),
    Column("scheme", String(30), nullable=False),
    Column("role", String(30), nullable=False),
    Column("status", String(16), nullable=False),
    Column("district", String(60)),
    Column("postcode", LargeBinary),  # sealed
    Column("postcode_index", String(64), index=True),
    Column("group_id", ForeignKey("local_groups.id"), index=True),
    Column("delivery", Json, nullable=False),
    Column("submission_id", ForeignKey("submissions.id")),
    moment("joined_at"),
    moment("updated_at"),
    moment("confirmed_at"),
    moment("asked_at", nullable=True),
    moment("reminded_at", nullable=True),
    moment("paused_until", nullable=True),
    moment("left_at", nullable=True),
    UniqueConstraint("person_id", "scheme"),
)

# Public facts; the one thing about a person is who coordinates, where we know them.
local_groups = Table(
    "local_groups",
    metadata,
    uuid_key(),
    Column("scheme", String(30), nullable=False, index=True),
    Column("name", String(100), nullable=False),
    Column("district", String(60)),
    Column("latitude", Float, nullable=False),
    Column("longitude", Float, nullable=False),
    Column("outward", String(4)),
    Column("coordinator_id", ForeignKey("people.id"), index=True),
    moment("created_at"),
)

grants = Table(
    "grants",
    metadata,
    uuid_key(),
    Column("person_id", ForeignKey("people.id"), nullable=False, index=True),
    Column("role", String(30), nullable=False),
    moment("given_at"),
    Column("given_by", String(100), nullable=False),
    moment("revoked_at", nullable=True),
    UniqueConstraint("person_id", "role"),
)

# Codes themselves are kept as keyed hashes alone: of the whole, and of the part by which a wrong guess is told.
codes = Table(
    "codes",
    metadata,
    uuid_key(),
    Column("kind", String(16), nullable=False),
    Column("lookup", String(64), nullable=False, index=True),
    Column("secret", String(64), nullable=False, index=True),
    Column("person_id", ForeignKey("people.id"), index=True),
    Column("subject", String(64)),
    Column("address", LargeBinary),  # sealed
    moment("made_at"),
    moment("expires_at"),
    moment("used_at", nullable=True),
    Column("used_by", ForeignKey("people.id")),
    Column("tries", Integer, nullable=False),
)

tries = Table(
    "tries",
    metadata,
    uuid_key(),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("at", AwareDateTime(), nullable=False, index=True),
)

joins = Table(
    "joins",
    metadata,
    uuid_key(),
    Column("from_person", ForeignKey("people.id"), nullable=False),
    Column("into_person", ForeignKey("people.id"), nullable=False, index=True),
    Column("handle_id", ForeignKey("handles.id", ondelete="CASCADE"), nullable=False),
    moment("at"),
    Column("moved", Json, nullable=False),
    moment("undone_at", nullable=True),
)
