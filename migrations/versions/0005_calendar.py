"""The calendar: taken nights, overrides and seasons.

Additive: nothing that runs before it knows these tables.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0005_calendar"
down_revision = "0004_bookings"

TABLE = {"mysql_engine": "InnoDB", "mysql_default_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}
INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def upgrade() -> None:
    op.create_table(
        "booked_nights",
        sa.Column("listing_id", sa.BigInteger(), nullable=False),
        sa.Column("night", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("booking_id", sa.BigInteger(), nullable=True),
        sa.Column("feed_id", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.String(500), nullable=True),
        sa.PrimaryKeyConstraint("listing_id", "night", name="pk_booked_nights"),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name="fk_booked_nights_booking_id", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listings.id"], name="fk_booked_nights_listing_id", ondelete="RESTRICT"
        ),
        sa.CheckConstraint(
            "(kind IN ('booking', 'preparation')) = (booking_id IS NOT NULL)",
            name=op.f("ck_booked_nights_booking_of_kind"),
        ),
        sa.CheckConstraint("(kind = 'feed') = (feed_id IS NOT NULL)", name=op.f("ck_booked_nights_feed_of_kind")),
        sa.CheckConstraint("kind IN ('booking', 'block', 'feed', 'preparation')", name=op.f("ck_booked_nights_kind")),
        sqlite_with_rowid=False,
        **TABLE,
    )
    op.create_index("ix_booked_nights_booking_id", "booked_nights", ["booking_id"])
    op.create_index("ix_booked_nights_feed_id", "booked_nights", ["feed_id"])
    op.create_table(
        "calendar_overrides",
        sa.Column("listing_id", sa.BigInteger(), nullable=False),
        sa.Column("night", sa.Date(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=True),
        sa.Column("min_nights", sa.SmallInteger(), nullable=True),
        sa.Column("note", sa.String(500), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("listing_id", "night", name="pk_calendar_overrides"),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listings.id"], name="fk_calendar_overrides_listing_id", ondelete="CASCADE"
        ),
        sa.CheckConstraint("min_nights >= 1", name=op.f("ck_calendar_overrides_min_nights_positive")),
        sa.CheckConstraint("price_minor >= 0", name=op.f("ck_calendar_overrides_price_minor_not_negative")),
        sa.CheckConstraint(
            "price_minor IS NOT NULL OR min_nights IS NOT NULL OR note IS NOT NULL",
            name=op.f("ck_calendar_overrides_says_something"),
        ),
        sqlite_with_rowid=False,
        **TABLE,
    )
    op.create_table(
        "seasons",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("listing_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("nightly_price_minor", sa.BigInteger(), nullable=False),
        sa.Column("weekend_price_minor", sa.BigInteger(), nullable=True),
        sa.Column("min_nights", sa.SmallInteger(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_seasons"),
        sa.ForeignKeyConstraint(["listing_id"], ["listings.id"], name="fk_seasons_listing_id", ondelete="CASCADE"),
        sa.CheckConstraint("min_nights >= 1", name=op.f("ck_seasons_min_nights_positive")),
        sa.CheckConstraint("nightly_price_minor >= 0", name=op.f("ck_seasons_nightly_price_minor_not_negative")),
        sa.CheckConstraint("starts_on < ends_on", name=op.f("ck_seasons_span")),
        sa.CheckConstraint("weekend_price_minor >= 0", name=op.f("ck_seasons_weekend_price_minor_not_negative")),
        **TABLE,
    )
    op.create_index("ix_seasons_listing_id_starts_on", "seasons", ["listing_id", "starts_on"])


def downgrade() -> None:
    op.drop_table("seasons")
    op.drop_table("calendar_overrides")
    op.drop_table("booked_nights")
