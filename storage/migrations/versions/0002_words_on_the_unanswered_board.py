"""The unanswered board holds words (stripped and sealed), what was chosen, the language, and what became of it."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("unanswered", sa.Column("text", sa.LargeBinary(), nullable=True))
    op.add_column("unanswered", sa.Column("chosen", sa.String(length=64), nullable=True))
    # What is on the board so far was said in English, and nobody has looked at it.
    op.add_column(
        "unanswered", sa.Column("language", sa.String(length=16), nullable=False, server_default="en")
    )
    op.add_column(
        "unanswered", sa.Column("status", sa.String(length=16), nullable=False, server_default="new")
    )


def downgrade() -> None:
    for column in ("status", "language", "chosen", "text"):
        op.drop_column("unanswered", column)
