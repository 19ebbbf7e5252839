"""Search's projection, cards and words.

Additive: nothing that runs before it knows these tables.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014_search"
down_revision = "0013_places"

TABLE = {"mysql_engine": "InnoDB", "mysql_default_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}


def upgrade() -> None:
    op.create_table(
        "search_documents",
        sa.Column("z", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("host_id", sa.BigInteger(), nullable=False),
        sa.Column("lat_e6", sa.Integer(), nullable=False),
        sa.Column("lng_e6", sa.Integer(), nullable=False),
        sa.Column("max_guests", sa.SmallInteger(), nullable=False),
        sa.Column("bedrooms", sa.SmallInteger(), nullable=False),
        sa.Column("beds", sa.SmallInteger(), nullable=False),
        sa.Column("bathroom_halves", sa.SmallInteger(), nullable=False),
        sa.Column("property_type", sa.SmallInteger(), nullable=False),
        sa.Column("room_type", sa.SmallInteger(), nullable=False),
        sa.Column("flags", sa.Integer(), nullable=False),
        sa.Column("price_weekday", sa.BigInteger(), nullable=False),
        sa.Column("price_weekend", sa.BigInteger(), nullable=False),
        sa.Column("price_low", sa.BigInteger(), nullable=False),
        sa.Column("price_high", sa.BigInteger(), nullable=False),
        sa.Column("cleaning_fee", sa.BigInteger(), nullable=False),
        sa.Column("rate_micros", sa.BigInteger(), nullable=False),
        sa.Column("weekly_discount_percent", sa.SmallInteger(), nullable=False),
        sa.Column("monthly_discount_percent", sa.SmallInteger(), nullable=False),
        sa.Column("min_nights", sa.SmallInteger(), nullable=False),
        sa.Column("max_nights", sa.SmallInteger(), nullable=False),
        sa.Column("advance_notice_days", sa.SmallInteger(), nullable=False),
        sa.Column("booking_window_days", sa.SmallInteger(), nullable=False),
        sa.Column("preparation_days", sa.SmallInteger(), nullable=False),
        sa.Column("check_in_weekdays", sa.SmallInteger(), nullable=False),
        sa.Column("check_out_weekdays", sa.SmallInteger(), nullable=False),
        sa.Column("rating", sa.SmallInteger(), nullable=False),
        sa.Column("review_count", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("published_s", sa.BigInteger(), nullable=False),
        sa.Column("amenities", sa.BigInteger(), nullable=False),
        sa.Column("override_months", sa.Integer(), nullable=False),
        sa.Column("calendar_version", sa.Integer(), nullable=False),
        sa.Column("card_version", sa.Integer(), nullable=False),
        sa.Column("m00", sa.Integer(), nullable=False),
        sa.Column("m01", sa.Integer(), nullable=False),
        sa.Column("m02", sa.Integer(), nullable=False),
        sa.Column("m03", sa.Integer(), nullable=False),
        sa.Column("m04", sa.Integer(), nullable=False),
        sa.Column("m05", sa.Integer(), nullable=False),
        sa.Column("m06", sa.Integer(), nullable=False),
        sa.Column("m07", sa.Integer(), nullable=False),
        sa.Column("m08", sa.Integer(), nullable=False),
        sa.Column("m09", sa.Integer(), nullable=False),
        sa.Column("m10", sa.Integer(), nullable=False),
        sa.Column("m11", sa.Integer(), nullable=False),
        sa.Column("m12", sa.Integer(), nullable=False),
        sa.Column("m13", sa.Integer(), nullable=False),
        sa.Column("m14", sa.Integer(), nullable=False),
        sa.Column("m15", sa.Integer(), nullable=False),
        sa.Column("m16", sa.Integer(), nullable=False),
        sa.Column("m17", sa.Integer(), nullable=False),
        sa.Column("m18", sa.Integer(), nullable=False),
        sa.Column("m19", sa.Integer(), nullable=False),
        sa.Column("m20", sa.Integer(), nullable=False),
        sa.Column("m21", sa.Integer(), nullable=False),
        sa.Column("m22", sa.Integer(), nullable=False),
        sa.Column("m23", sa.Integer(), nullable=False),
        sa.Column("m24", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("z", "id", name="pk_search_documents"),
        sa.UniqueConstraint("id", name="uq_search_documents_id"),
        sqlite_with_rowid=False,
        **TABLE,
    )
    op.create_index("ix_search_documents_host_id", "search_documents", ["host_id"])
    op.create_table(
        "listing_cards",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("json", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_listing_cards"),
        **TABLE,
    )
    op.create_table(
        "search_words",
        sa.Column("word", sa.String(40), nullable=False),
        sa.Column("listing_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("word", "listing_id", name="pk_search_words"),
        sqlite_with_rowid=False,
        **TABLE,
    )
    op.create_index("ix_search_words_listing_id", "search_words", ["listing_id"])


def downgrade() -> None:
    op.drop_table("search_words")
    op.drop_table("listing_cards")
    op.drop_table("search_documents")
