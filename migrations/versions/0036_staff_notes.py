"""Notes of staff, and listings as they were approved.

Additive; a listing that was approved before shows all of itself as new at its next review.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0036_staff_notes"
down_revision = "0035_reconciliation"

TABLE = {"mysql_engine": "InnoDB", "mysql_default_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}
INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def ascii_string(length: int) -> sa.String:
    text = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    return sa.String(length).with_variant(text, "mysql", "mariadb")


def upgrade() -> None:
    op.create_table(
        "staff_notes",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("subject_type", ascii_string(40), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_staff_notes"),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name="fk_staff_notes_author_id", ondelete="RESTRICT"),
        **TABLE,
    )
    op.create_index("ix_staff_notes_subject_type_subject_id_id", "staff_notes", ["subject_type", "subject_id", "id"])
    op.create_index("ix_staff_notes_author_id", "staff_notes", ["author_id"])
    op.create_table(
        "listing_snapshots",
        sa.Column("listing_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("approved_by_id", sa.BigInteger(), nullable=True),
        sa.Column("approved_at", INSTANT, nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("listing_id", name="pk_listing_snapshots"),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listings.id"], name="fk_listing_snapshots_listing_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["approved_by_id"], ["users.id"], name="fk_listing_snapshots_approved_by_id", ondelete="RESTRICT"
        ),
        **TABLE,
    )
    op.create_index("ix_listing_snapshots_approved_by_id", "listing_snapshots", ["approved_by_id"])


def downgrade() -> None:
    op.drop_table("listing_snapshots")
    op.drop_table("staff_notes")
