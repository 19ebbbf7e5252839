"""Reviews.

Additive: nothing that runs before it knows these tables.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0009_reviews"
down_revision = "0008_ledger"

TABLE = {"mysql_engine": "InnoDB", "mysql_default_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}
INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def upgrade() -> None:
    op.create_table(
        "reviews",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("booking_id", sa.BigInteger(), nullable=False),
        sa.Column("side", sa.String(24), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("listing_id", sa.BigInteger(), nullable=False),
        sa.Column("rating", sa.SmallInteger(), nullable=False),
        sa.Column("cleanliness", sa.SmallInteger(), nullable=True),
        sa.Column("accuracy", sa.SmallInteger(), nullable=True),
        sa.Column("check_in", sa.SmallInteger(), nullable=True),
        sa.Column("communication", sa.SmallInteger(), nullable=True),
        sa.Column("location", sa.SmallInteger(), nullable=True),
        sa.Column("value", sa.SmallInteger(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("private_note", sa.Text(), nullable=True),
        sa.Column("status", sa.String(24), nullable=False),
        sa.Column("window_ends_at", INSTANT, nullable=False),
        sa.Column("published_at", INSTANT, nullable=True),
        sa.Column("hidden_reason", sa.String(500), nullable=True),
        sa.Column("response", sa.Text(), nullable=True),
        sa.Column("responded_at", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reviews"),
        sa.UniqueConstraint("booking_id", "side", name="uq_reviews_booking_id_side"),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name="fk_reviews_author_id", ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name="fk_reviews_booking_id", ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["listing_id"], ["listings.id"], name="fk_reviews_listing_id", ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["subject_id"], ["users.id"], name="fk_reviews_subject_id", ondelete="RESTRICT"),
        sa.CheckConstraint("accuracy BETWEEN 1 AND 5", name=op.f("ck_reviews_accuracy_range")),
        sa.CheckConstraint("check_in BETWEEN 1 AND 5", name=op.f("ck_reviews_check_in_range")),
        sa.CheckConstraint("cleanliness BETWEEN 1 AND 5", name=op.f("ck_reviews_cleanliness_range")),
        sa.CheckConstraint("communication BETWEEN 1 AND 5", name=op.f("ck_reviews_communication_range")),
        sa.CheckConstraint("location BETWEEN 1 AND 5", name=op.f("ck_reviews_location_range")),
        sa.CheckConstraint("author_id <> subject_id", name=op.f("ck_reviews_not_about_oneself")),
        sa.CheckConstraint("rating BETWEEN 1 AND 5", name=op.f("ck_reviews_rating_range")),
        sa.CheckConstraint("(response IS NULL) = (responded_at IS NULL)", name=op.f("ck_reviews_response_pair")),
        sa.CheckConstraint("side IN ('guest', 'host')", name=op.f("ck_reviews_side")),
        sa.CheckConstraint("status IN ('pending', 'published', 'hidden')", name=op.f("ck_reviews_status")),
        sa.CheckConstraint("value BETWEEN 1 AND 5", name=op.f("ck_reviews_value_range")),
        **TABLE,
    )
    op.create_index("ix_reviews_author_id_id", "reviews", ["author_id", "id"])
    op.create_index(
        "ix_reviews_listing_id_side_status_published_at_id",
        "reviews",
        ["listing_id", "side", "status", "published_at", "id"],
    )
    op.create_index("ix_reviews_status_window_ends_at", "reviews", ["status", "window_ends_at"])
    op.create_index(
        "ix_reviews_subject_id_side_status_published_at_id",
        "reviews",
        ["subject_id", "side", "status", "published_at", "id"],
    )


def downgrade() -> None:
    op.drop_table("reviews")
