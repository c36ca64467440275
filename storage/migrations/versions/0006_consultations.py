"""What people answer to consultations, and, apart from it, who they say they are."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

json_value = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "consultations",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("consultation", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("questionnaire_hash", sa.String(length=64), nullable=False),
        sa.Column("questionnaire", json_value, nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.String(length=100), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(length=100), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consultations")),
        sa.UniqueConstraint("consultation", "version", name=op.f("uq_consultations_consultation_version")),
    )

    op.create_table(
        "responses",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("consultation", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("respondent_index", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=True),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("district", sa.String(length=60), nullable=True),
        sa.Column("age_band", sa.String(length=30), nullable=True),
        sa.Column("is_police", sa.Boolean(), nullable=True),
        sa.Column("answers", json_value, nullable=False),
        sa.Column("orders", json_value, nullable=False),
        sa.Column("texts", sa.LargeBinary(), nullable=True),
        sa.Column("text_index", sa.String(length=64), nullable=True),
        sa.Column("network_index", sa.String(length=64), nullable=True),
        sa.Column("seconds", sa.Integer(), nullable=True),
        sa.Column("entered_by", sa.String(length=100), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_responses_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_responses")),
        sa.UniqueConstraint(
            "consultation", "respondent_index", name=op.f("uq_responses_consultation_respondent_index")
        ),
    )
    op.create_index(op.f("ix_responses_person_id"), "responses", ["person_id"])
    op.create_index(
        op.f("ix_responses_consultation_answered_at"), "responses", ["consultation", "answered_at"]
    )

    op.create_table(
        "equality_rows",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("consultation", sa.String(length=40), nullable=False),
        sa.Column("answers", json_value, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_equality_rows")),
    )
    op.create_index(op.f("ix_equality_rows_consultation"), "equality_rows", ["consultation"])

    op.create_table(
        "tickets",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("consultation", sa.String(length=40), nullable=False),
        sa.Column("person_index", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tickets")),
        sa.UniqueConstraint(
            "consultation", "person_index", name=op.f("uq_tickets_consultation_person_index")
        ),
    )

    op.create_table(
        "results_wanted",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("consultation", sa.String(length=40), nullable=False),
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_results_wanted_conversation_id_conversations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_results_wanted")),
        sa.UniqueConstraint(
            "consultation", "conversation_id", name=op.f("uq_results_wanted_consultation_conversation_id")
        ),
    )
    op.create_index(op.f("ix_results_wanted_conversation_id"), "results_wanted", ["conversation_id"])

    op.create_table(
        "ledger",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("consultation", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("data", json_value, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger")),
    )
    op.create_index(op.f("ix_ledger_consultation"), "ledger", ["consultation"])


def downgrade() -> None:
    for table in ("ledger", "results_wanted", "tickets", "equality_rows", "responses", "consultations"):
        op.drop_table(table)
