"""What people sent in, and what became of it."""

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    false,
)

from storage.columns import AwareDateTime, Json, RowNumber
from storage.tables.schema import metadata, moment, uuid_key

submissions = Table(
    "submissions",
    metadata,
    uuid_key(),
    Column("reference", String(32), nullable=False, unique=True),
    Column("form", String(60), nullable=False),
    Column("form_version", Integer, nullable=False),
    Column("status", String(32), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("language", String(16), nullable=False),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="SET NULL"), index=True),
    Column("person_id", ForeignKey("people.id"), index=True),
    Column("district", String(60)),
    Column("latitude", Float),
    Column("longitude", Float),
    Column("certainty", String(32)),
    Column("answers", Json, nullable=False),
    Column("personal", LargeBinary),  # sealed
    Column("assigned_to", String(100)),
    Column("merged_into", ForeignKey("submissions.id"), index=True),
    Column("wants_news", Boolean, nullable=False, server_default=false()),
    Column("urgent", Boolean, nullable=False, server_default=false()),
    Column("routed_to", String(60)),  # an organisation's id
    Column("desk", String(60)),  # of county/desks.yml
    Column("within_m", Integer),  # how far from the point it may be
    Column("cell", Integer),  # where on the grid of flows/sites.py the point lies
    moment("state_at", nullable=True),  # since when it is in its state
    Column("state_until", Date),  # until when it may stay so
    Column("solved", Boolean),  # what its sender said when it was closed
    moment("submitted_at"),
    moment("updated_at"),
)
Index("ix_submissions_form_submitted_at", submissions.c.form, submissions.c.submitted_at)
Index("ix_submissions_form_cell", submissions.c.form, submissions.c.cell)
_is_case = submissions.c.merged_into.is_(None)
Index(
    "ix_submissions_case_cell",
    submissions.c.form,
    submissions.c.cell,
    sqlite_where=_is_case,
    postgresql_where=_is_case,
)

submission_events = Table(
    "submission_events",
    metadata,
    Column("id", RowNumber, primary_key=True),
    Column("submission_id", ForeignKey("submissions.id"), nullable=False, index=True),
    moment("at"),
    Column("kind", String(32), nullable=False),
    Column("actor", String(100), nullable=False),
    Column("data", Json, nullable=False),
    Column("note", LargeBinary),  # sealed
    Column(
        "note_id", String(36)
    ),  # names the note's place: the row's own number is not known before it is there
    sqlite_autoincrement=True,
)

attachments = Table(
    "attachments",
    metadata,
    uuid_key(),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="SET NULL"), index=True),
    Column("submission_id", ForeignKey("submissions.id"), index=True),
    Column("content_type", String(60), nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("path", String(200), nullable=False),
    Column("created_at", AwareDateTime(), nullable=False, index=True),
)
