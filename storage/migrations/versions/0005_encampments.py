"""Sites found by place, states with a clock, what was moderated, and who may call Open311."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "moderations",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("form", sa.String(length=60), nullable=True),
        sa.Column("field", sa.String(length=30), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderations")),
    )
    op.create_index(op.f("ix_moderations_at"), "moderations", ["at"])

    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("secret", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=100), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("name", name=op.f("uq_api_keys_name")),
        sa.UniqueConstraint("secret", name=op.f("uq_api_keys_secret")),
    )

    with op.batch_alter_table("submissions") as batch:
        batch.add_column(sa.Column("desk", sa.String(length=60), nullable=True))
        batch.add_column(sa.Column("within_m", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("cell", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("state_at", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("state_until", sa.Date(), nullable=True))
        batch.add_column(sa.Column("solved", sa.Boolean(), nullable=True))
        batch.create_index(batch.f("ix_submissions_form_cell"), ["form", "cell"])


def downgrade() -> None:
    with op.batch_alter_table("submissions") as batch:
        batch.drop_index(batch.f("ix_submissions_form_cell"))
        for column in ("solved", "state_until", "state_at", "cell", "within_m", "desk"):
            batch.drop_column(column)
    op.drop_table("api_keys")
    op.drop_table("moderations")
