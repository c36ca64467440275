"""The tables. Their only readers and writers are the repositories beside this file.

Sealed columns are named in a comment; the place each is bound to is in its repository.
"""

from collections.abc import Iterable

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    literal_column,
)

from storage.columns import AwareDateTime, Json, RowNumber
from storage.states import INBOX_LIVE, OUTBOX_IN_FLIGHT, OUTBOX_LIVE, InboxState, OutboxState

# Every constraint has a name from the start, because SQLite can only change what it can name.
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def state_in(column: Column[str], states: Iterable[str]) -> ColumnElement[bool]:
    """`column IN ('a', 'b')` with the words written out.

    SQLite uses a partial index only where the query repeats the index's condition word for word; a
    bound parameter would not do.
    """
    return column.in_([literal_column(f"'{state}'") for state in states])


def _uuid() -> Column[str]:
    return Column("id", String(36), primary_key=True)


def _at(name: str, nullable: bool = False) -> Column[object]:
    return Column(name, AwareDateTime(), nullable=nullable)


people = Table("people", metadata, _uuid(), _at("created_at"))

handles = Table(
    "handles",
    metadata,
    _uuid(),
    Column("person_id", ForeignKey("people.id"), nullable=False, index=True),
    Column("channel", String(16), nullable=False),
    Column("address", LargeBinary, nullable=False),  # sealed
    Column("address_index", String(64), nullable=False),
    _at("created_at"),
    UniqueConstraint("channel", "address_index"),
)

conversations = Table(
    "conversations",
    metadata,
    _uuid(),
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
    _at("received_at"),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    _at("next_at"),
    _at("lease_until", nullable=True),
    Column("owner", String(100)),
    _at("finished_at", nullable=True),
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
    _at("next_at"),
    _at("lease_until", nullable=True),
    Column("owner", String(100)),
    Column("provider_ref", String(100)),
    Column("error", String(200)),
    Column("created_at", AwareDateTime(), nullable=False, index=True),
    _at("started_at", nullable=True),
    _at("sent_at", nullable=True),
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
    _at("tat", nullable=True),  # theoretical arrival time of the next send (GCRA)
    _at("paused_until", nullable=True),
)

schedule = Table(
    "schedule",
    metadata,
    Column("name", String(60), primary_key=True),
    _at("next_run_at"),
    _at("lease_until", nullable=True),
    Column("owner", String(100)),
)

submissions = Table(
    "submissions",
    metadata,
    _uuid(),
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
    _at("state_at", nullable=True),  # since when it is in its state
    Column("state_until", Date),  # until when it may stay so
    Column("solved", Boolean),  # what its sender said when it was closed
    _at("submitted_at"),
    _at("updated_at"),
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
    _at("at"),
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
    _uuid(),
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

consents = Table(
    "consents",
    metadata,
    _uuid(),
    Column("person_id", ForeignKey("people.id"), nullable=False, index=True),
    Column("wording", String(60), nullable=False),
    Column("version", Integer, nullable=False),
    Column("language", String(16), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("submission_id", ForeignKey("submissions.id"), index=True),
    _at("given_at"),
    _at("withdrawn_at", nullable=True),
)

suppressions = Table(
    "suppressions",
    metadata,
    _uuid(),
    Column("channel", String(16), nullable=False),
    Column("address_index", String(64), nullable=False),
    Column("scope", String(16), nullable=False, server_default="all"),
    _at("created_at"),
    UniqueConstraint("channel", "address_index", "scope"),
)

unanswered = Table(
    "unanswered",
    metadata,
    _uuid(),
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
    _uuid(),
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
    _uuid(),
    Column("kind", String(32), nullable=False),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="SET NULL"), index=True),
    Column("at", AwareDateTime(), nullable=False, index=True),
    Column("detail", Json, nullable=False),
)

# What was turned aside, and never the words themselves: so that fairness can be shown.
moderations = Table(
    "moderations",
    metadata,
    _uuid(),
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
    _uuid(),
    Column("name", String(100), nullable=False, unique=True),
    Column("secret", String(64), nullable=False, unique=True),
    _at("created_at"),
    Column("created_by", String(100), nullable=False),
    _at("revoked_at", nullable=True),
)

audit = Table(
    "audit",
    metadata,
    Column("id", RowNumber, primary_key=True),
    Column("day", Date, nullable=False),
    Column("number", Integer, nullable=False),
    _at("at"),
    Column("actor", String(100), nullable=False),
    Column("action", String(60), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("detail", Text, nullable=False),  # canonical JSON, as it was hashed
    Column("previous_hash", String(64), nullable=False, unique=True),
    Column("hash", String(64), nullable=False, unique=True),
    UniqueConstraint("day", "number"),
    sqlite_autoincrement=True,
)

web_sessions = Table(
    "web_sessions",
    metadata,
    _uuid(),
    Column("token_index", String(64), nullable=False, unique=True),
    Column("conversation_key", String(100), nullable=False),
    _at("created_at"),
    Column("last_seen_at", AwareDateTime(), nullable=False, index=True),
)

memberships = Table(
    "memberships",
    metadata,
    _uuid(),
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
    _at("joined_at"),
    _at("updated_at"),
    _at("confirmed_at"),
    _at("asked_at", nullable=True),
    _at("reminded_at", nullable=True),
    _at("paused_until", nullable=True),
    _at("left_at", nullable=True),
    UniqueConstraint("person_id", "scheme"),
)

# Public facts; the one thing about a person is who coordinates, where we know them.
local_groups = Table(
    "local_groups",
    metadata,
    _uuid(),
    Column("scheme", String(30), nullable=False, index=True),
    Column("name", String(100), nullable=False),
    Column("district", String(60)),
    Column("latitude", Float, nullable=False),
    Column("longitude", Float, nullable=False),
    Column("outward", String(4)),
    Column("coordinator_id", ForeignKey("people.id"), index=True),
    _at("created_at"),
)

grants = Table(
    "grants",
    metadata,
    _uuid(),
    Column("person_id", ForeignKey("people.id"), nullable=False, index=True),
    Column("role", String(30), nullable=False),
    _at("given_at"),
    Column("given_by", String(100), nullable=False),
    _at("revoked_at", nullable=True),
    UniqueConstraint("person_id", "role"),
)

# Codes themselves are kept as keyed hashes alone: of the whole, and of the part by which a wrong guess is told.
codes = Table(
    "codes",
    metadata,
    _uuid(),
    Column("kind", String(16), nullable=False),
    Column("lookup", String(64), nullable=False, index=True),
    Column("secret", String(64), nullable=False, index=True),
    Column("person_id", ForeignKey("people.id"), index=True),
    Column("subject", String(64)),
    Column("address", LargeBinary),  # sealed
    _at("made_at"),
    _at("expires_at"),
    _at("used_at", nullable=True),
    Column("used_by", ForeignKey("people.id")),
    Column("tries", Integer, nullable=False),
)

tries = Table(
    "tries",
    metadata,
    _uuid(),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("at", AwareDateTime(), nullable=False, index=True),
)

joins = Table(
    "joins",
    metadata,
    _uuid(),
    Column("from_person", ForeignKey("people.id"), nullable=False),
    Column("into_person", ForeignKey("people.id"), nullable=False, index=True),
    Column("handle_id", ForeignKey("handles.id", ondelete="CASCADE"), nullable=False),
    _at("at"),
    Column("moved", Json, nullable=False),
    _at("undone_at", nullable=True),
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
    _at("made_at"),
    _at("settled_at", nullable=True),
    Column("error", String(60)),
    sqlite_autoincrement=True,
)

# A questionnaire as it was when staff opened it; what is asked afterwards is held against its hash.
consultations = Table(
    "consultations",
    metadata,
    _uuid(),
    Column("consultation", String(40), nullable=False),
    Column("version", Integer, nullable=False),
    Column("questionnaire_hash", String(64), nullable=False),
    Column("questionnaire", Json, nullable=False),
    _at("opened_at"),
    Column("opened_by", String(100), nullable=False),
    _at("closed_at", nullable=True),
    Column("closed_by", String(100)),
    UniqueConstraint("consultation", "version"),
)

responses = Table(
    "responses",
    metadata,
    _uuid(),
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
    _at("answered_at"),
    _at("changed_at"),
    _at("withdrawn_at", nullable=True),
    UniqueConstraint("consultation", "respondent_index"),
)
Index("ix_responses_consultation_answered_at", responses.c.consultation, responses.c.answered_at)

# Nothing here leads to a response, a person or a time.
equality_rows = Table(
    "equality_rows",
    metadata,
    _uuid(),
    Column("consultation", String(40), nullable=False, index=True),
    Column("answers", Json, nullable=False),
)

# Who was given a ticket for an anonymous consultation; which ticket it was is known to them alone.
tickets = Table(
    "tickets",
    metadata,
    _uuid(),
    Column("consultation", String(40), nullable=False),
    Column("person_index", String(64), nullable=False),
    UniqueConstraint("consultation", "person_index"),
)

# Where to say what came of it; nothing leads to what was answered.
results_wanted = Table(
    "results_wanted",
    metadata,
    _uuid(),
    Column("consultation", String(40), nullable=False),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False, index=True),
    UniqueConstraint("consultation", "conversation_id"),
)

# How the office listened: what it did, what it decided and which themes that answers.
ledger = Table(
    "ledger",
    metadata,
    _uuid(),
    Column("consultation", String(40), nullable=False, index=True),
    _at("at"),
    Column("actor", String(100), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("data", Json, nullable=False),
)

# Themes the machine found in the answers to one question (staff/consulting/themes.py): ids and numbers, and of
# people's words only those that tell a theme from the others.
theme_runs = Table(
    "theme_runs",
    metadata,
    _uuid(),
    Column("consultation", String(40), nullable=False),
    Column("question", String(40), nullable=False),
    _at("at"),
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
    _uuid(),
    Column("consultation", String(40), nullable=False),
    Column("question", String(40), nullable=False),
    Column("version", Integer, nullable=False),
    _at("at"),
    Column("actor", String(100), nullable=False),
    Column("book", Json, nullable=False),
    UniqueConstraint("consultation", "question", "version"),
)

# No key to the response: it is taken out and put back when its table is shuffled (storage/mixing.py). What is left of
# a response that is gone, the daily purge finds.
code_assignments = Table(
    "code_assignments",
    metadata,
    _uuid(),
    Column("response_id", String(36), nullable=False, index=True),
    Column("question", String(40), nullable=False),
    Column("codes", Json, nullable=False),
    Column("coder", String(100), nullable=False),
    Column("settles", Boolean, nullable=False),
    _at("at"),
)
