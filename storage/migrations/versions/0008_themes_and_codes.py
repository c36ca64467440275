"""Themes found in free answers, what people's codes mean, and who coded which answer by what."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

json_value = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "theme_runs",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("consultation", sa.String(length=40), nullable=False),
        sa.Column("question", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("result", json_value, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_theme_runs")),
    )
    op.create_index(
        op.f("ix_theme_runs_consultation_question"), "theme_runs", ["consultation", "question", "at"]
    )

    op.create_table(
        "codebooks",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("consultation", sa.String(length=40), nullable=False),
        sa.Column("question", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("book", json_value, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_codebooks")),
        sa.UniqueConstraint(
            "consultation", "question", "version", name=op.f("uq_codebooks_consultation_question_version")
        ),
    )

    op.create_table(
        "code_assignments",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("response_id", sa.String(length=36), nullable=False),
        sa.Column("question", sa.String(length=40), nullable=False),
        sa.Column("codes", json_value, nullable=False),
        sa.Column("coder", sa.String(length=100), nullable=False),
        sa.Column("settles", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_assignments")),
    )
    op.create_index(op.f("ix_code_assignments_response_id"), "code_assignments", ["response_id"])


def downgrade() -> None:
    for table in ("code_assignments", "codebooks", "theme_runs"):
        op.drop_table(table)
