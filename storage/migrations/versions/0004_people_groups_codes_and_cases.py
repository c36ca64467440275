"""Memberships, local groups, grants, codes, joined doors and what is sent unasked; submissions become cases."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

row_number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
json_value = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "codes",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("lookup", sa.String(length=64), nullable=False),
        sa.Column("secret", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=True),
        sa.Column("subject", sa.String(length=64), nullable=True),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_by", sa.String(length=36), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_codes_person_id_people")),
        sa.ForeignKeyConstraint(["used_by"], ["people.id"], name=op.f("fk_codes_used_by_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_codes")),
    )
    op.create_index(op.f("ix_codes_secret"), "codes", ["secret"])
    op.create_index(op.f("ix_codes_lookup"), "codes", ["lookup"])
    op.create_index(op.f("ix_codes_person_id"), "codes", ["person_id"])

    op.create_table(
        "grants",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("role", sa.String(length=30), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_by", sa.String(length=100), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_grants_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
        sa.UniqueConstraint("person_id", "role", name=op.f("uq_grants_person_id_role")),
    )
    op.create_index(op.f("ix_grants_person_id"), "grants", ["person_id"])

    op.create_table(
        "local_groups",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("scheme", sa.String(length=30), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("district", sa.String(length=60), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=False),
        sa.Column("longitude", sa.Float(), nullable=False),
        sa.Column("outward", sa.String(length=4), nullable=True),
        sa.Column("coordinator_id", sa.String(length=36), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["coordinator_id"], ["people.id"], name=op.f("fk_local_groups_coordinator_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_local_groups")),
    )
    op.create_index(op.f("ix_local_groups_coordinator_id"), "local_groups", ["coordinator_id"])
    op.create_index(op.f("ix_local_groups_scheme"), "local_groups", ["scheme"])

    op.create_table(
        "joins",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("from_person", sa.String(length=36), nullable=False),
        sa.Column("into_person", sa.String(length=36), nullable=False),
        sa.Column("handle_id", sa.String(length=36), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("moved", json_value, nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["from_person"], ["people.id"], name=op.f("fk_joins_from_person_people")),
        sa.ForeignKeyConstraint(
            ["handle_id"], ["handles.id"], name=op.f("fk_joins_handle_id_handles"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["into_person"], ["people.id"], name=op.f("fk_joins_into_person_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_joins")),
    )
    op.create_index(op.f("ix_joins_into_person"), "joins", ["into_person"])

    op.create_table(
        "pushes",
        sa.Column("id", row_number, nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("reply", sa.LargeBinary(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_pushes_conversation_id_conversations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pushes")),
        sa.UniqueConstraint("key", name=op.f("uq_pushes_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_pushes_conversation_id"), "pushes", ["conversation_id"])
    op.create_index(op.f("ix_pushes_due_at"), "pushes", ["due_at"])

    op.create_table(
        "tries",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_tries_conversation_id_conversations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tries")),
    )
    op.create_index(op.f("ix_tries_at"), "tries", ["at"])
    op.create_index(op.f("ix_tries_conversation_id"), "tries", ["conversation_id"])

    op.create_table(
        "memberships",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("scheme", sa.String(length=30), nullable=False),
        sa.Column("role", sa.String(length=30), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("district", sa.String(length=60), nullable=True),
        sa.Column("postcode", sa.LargeBinary(), nullable=True),
        sa.Column("postcode_index", sa.String(length=64), nullable=True),
        sa.Column("group_id", sa.String(length=36), nullable=True),
        sa.Column("delivery", json_value, nullable=False),
        sa.Column("submission_id", sa.String(length=36), nullable=True),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["group_id"], ["local_groups.id"], name=op.f("fk_memberships_group_id_local_groups")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_memberships_person_id_people")),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submissions.id"], name=op.f("fk_memberships_submission_id_submissions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
        sa.UniqueConstraint("person_id", "scheme", name=op.f("uq_memberships_person_id_scheme")),
    )
    op.create_index(op.f("ix_memberships_group_id"), "memberships", ["group_id"])
    op.create_index(op.f("ix_memberships_person_id"), "memberships", ["person_id"])
    op.create_index(op.f("ix_memberships_postcode_index"), "memberships", ["postcode_index"])

    op.add_column("outbox", sa.Column("fleeting", sa.Boolean(), server_default=sa.false(), nullable=False))

    op.add_column("submission_events", sa.Column("note", sa.LargeBinary(), nullable=True))
    op.add_column("submission_events", sa.Column("note_id", sa.String(length=36), nullable=True))

    with op.batch_alter_table("submissions") as batch:
        batch.add_column(sa.Column("assigned_to", sa.String(length=100), nullable=True))
        batch.add_column(sa.Column("merged_into", sa.String(length=36), nullable=True))
        batch.add_column(sa.Column("wants_news", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch.add_column(sa.Column("urgent", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch.add_column(sa.Column("routed_to", sa.String(length=60), nullable=True))
        batch.create_index(batch.f("ix_submissions_merged_into"), ["merged_into"])
        batch.create_foreign_key(
            batch.f("fk_submissions_merged_into_submissions"), "submissions", ["merged_into"], ["id"]
        )

    with op.batch_alter_table("suppressions") as batch:
        batch.add_column(sa.Column("scope", sa.String(length=16), server_default="all", nullable=False))
        batch.drop_constraint(batch.f("uq_suppressions_channel_address_index"), type_="unique")
        batch.create_unique_constraint(
            batch.f("uq_suppressions_channel_address_index_scope"), ["channel", "address_index", "scope"]
        )

    with op.batch_alter_table("unanswered") as batch:
        batch.add_column(sa.Column("conversation_id", sa.String(length=36), nullable=True))
        batch.create_index(batch.f("ix_unanswered_conversation_id"), ["conversation_id"])
        batch.create_foreign_key(
            batch.f("fk_unanswered_conversation_id_conversations"),
            "conversations",
            ["conversation_id"],
            ["id"],
            ondelete="SET NULL",
        )


def downgrade() -> None:
    with op.batch_alter_table("unanswered") as batch:
        batch.drop_constraint(batch.f("fk_unanswered_conversation_id_conversations"), type_="foreignkey")
        batch.drop_index(batch.f("ix_unanswered_conversation_id"))
        batch.drop_column("conversation_id")

    # The tables before knew no scope: who stopped alerts alone gets them again.
    op.execute("DELETE FROM suppressions WHERE scope <> 'all'")
    with op.batch_alter_table("suppressions") as batch:
        batch.drop_constraint(batch.f("uq_suppressions_channel_address_index_scope"), type_="unique")
        batch.create_unique_constraint(
            batch.f("uq_suppressions_channel_address_index"), ["channel", "address_index"]
        )
        batch.drop_column("scope")

    with op.batch_alter_table("submissions") as batch:
        batch.drop_constraint(batch.f("fk_submissions_merged_into_submissions"), type_="foreignkey")
        batch.drop_index(batch.f("ix_submissions_merged_into"))
        batch.drop_column("routed_to")
        batch.drop_column("urgent")
        batch.drop_column("wants_news")
        batch.drop_column("merged_into")
        batch.drop_column("assigned_to")

    op.drop_column("submission_events", "note_id")
    op.drop_column("submission_events", "note")

    op.drop_column("outbox", "fleeting")
    for table in TABLES:
        op.drop_table(table)


# In the order in which they may go.
TABLES = ("memberships", "local_groups", "grants", "codes", "tries", "joins", "pushes")
