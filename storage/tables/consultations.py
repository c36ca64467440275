"""Consultations: what was asked, what was answered, what was made of it."""

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
)

from storage.columns import Json
from storage.tables.schema import metadata, moment, uuid_key

# A questionnaire as it was when staff opened it; what is asked afterwards is held against its hash.
consultations = Table(
    "consultations",
    metadata,
    uuid_key(),
    Column("consultation", String(40), nullable=False),
    Column("version", Integer, nullable=False),
    Column("questionnaire_hash", String(64), nullable=False),
    Column("questionnaire", Json, nullable=False),
    moment("opened_at"),
    Column("opened_by", String(100), nullable=False),
    moment("closed_at", nullable=True),
    Column("closed_by", String(100)),
    UniqueConstraint("consultation", "version"),
)

responses = Table(
    "responses",
    metadata,
    uuid_key(),
    Column("consultation", String(40), nullable=False),
    Column("version", Integer, nullable=False),
    # A keyed hash: of the person, the number, or the ticket, by how anonymous the consultation is.
    Column("respondent_index", String(64), nullable=False),
    Column("person_id", ForeignKey("people.id"), index=True),  # of an identified one alone
    Column("channel", String(16), nullable=False),
    Column("language", String(16), nullable=False),
    Column("district", String(60)),
    Column("age_band", String(30)),
    Column("is_police", Boolean),
    Column("answers", Json, nullable=False),
    Column("orders", Json, nullable=False),  # in which order options were put, by question
    Column("texts", LargeBinary),  # sealed
    Column("text_index", String(64)),  # a keyed hash, by which the same words are seen
    Column("network_index", String(64)),  # likewise
    Column("seconds", Integer),
    Column("entered_by", String(100)),  # who typed a paper or phone answer
    moment("answered_at"),
    moment("changed_at"),
    moment("withdrawn_at", nullable=True),
    UniqueConstraint("consultation", "respondent_index"),
)
Index("ix_responses_consultation_answered_at", responses.c.consultation, responses.c.answered_at)

# Nothing here leads to a response, a person or a time.
equality_rows = Table(
    "equality_rows",
    metadata,
    uuid_key(),
    Column("consultation", String(40), nullable=False, index=True),
    Column("answers", Json, nullable=False),
)

# Who was given a ticket for an anonymous consultation; which ticket it was is known to them alone.
tickets = Table(
    "tickets",
    metadata,
    uuid_key(),
    Column("consultation", String(40), nullable=False),
    Column("person_index", String(64), nullable=False),
    UniqueConstraint("consultation", "person_index"),
)

# Where to say what came of it; nothing leads to what was answered.
results_wanted = Table(
    "results_wanted",
    metadata,
    uuid_key(),
    Column("consultation", String(40), nullable=False),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False, index=True),
    UniqueConstraint("consultation", "conversation_id"),
)

# How the office listened: what it did, what it decided and which themes that answers.
ledger = Table(
    "ledger",
    metadata,
    uuid_key(),
    Column("consultation", String(40), nullable=False, index=True),
    moment("at"),
    Column("actor", String(100), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("data", Json, nullable=False),
)

# Themes the machine found in the answers to one question (staff/consulting/themes.py): ids and numbers, and of
# people's words only those that tell a theme from the others.
theme_runs = Table(
    "theme_runs",
    metadata,
    uuid_key(),
    Column("consultation", String(40), nullable=False),
    Column("question", String(40), nullable=False),
    moment("at"),
    Column("actor", String(100), nullable=False),
    Column("result", Json, nullable=False),
)
Index(
    "ix_theme_runs_consultation_question", theme_runs.c.consultation, theme_runs.c.question, theme_runs.c.at
)

# What people's codes mean; every change is a version of its own.
codebooks = Table(
    "codebooks",
    metadata,
    uuid_key(),
    Column("consultation", String(40), nullable=False),
    Column("question", String(40), nullable=False),
    Column("version", Integer, nullable=False),
    moment("at"),
    Column("actor", String(100), nullable=False),
    Column("book", Json, nullable=False),
    UniqueConstraint("consultation", "question", "version"),
)

# No key to the response: it is taken out and put back when its table is shuffled (storage/mixing.py). What is left of
# a response that is gone, the daily purge finds.
code_assignments = Table(
    "code_assignments",
    metadata,
    uuid_key(),
    Column("response_id", String(36), nullable=False, index=True),
    Column("question", String(40), nullable=False),
    Column("codes", Json, nullable=False),
    Column("coder", String(100), nullable=False),
    Column("settles", Boolean, nullable=False),
    moment("at"),
)
