"""Cases by where they lie, without what was merged into one: so that the sites near a point are soon found."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_A_CASE = sa.text("merged_into IS NULL")


def upgrade() -> None:
    op.create_index(
        "ix_submissions_case_cell",
        "submissions",
        ["form", "cell"],
        sqlite_where=_A_CASE,
        postgresql_where=_A_CASE,
    )


def downgrade() -> None:
    op.drop_index("ix_submissions_case_cell", "submissions")
