"""Calendars of other sites, hosts' promotions, and what people report.

Additive: nothing that runs before it knows these tables.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0018_feeds_promotions_reports"
down_revision = "0017_gazetteer"

TABLE = {"mysql_engine": "InnoDB", "mysql_default_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}
INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def ascii_string(length: int) -> sa.String:
    text = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    return sa.String(length).with_variant(text, "mysql", "mariadb")


def upgrade() -> None:
    _create_feeds()
    _create_conflicts()
    op.create_table(
        "calendar_tokens",
        sa.Column("listing_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("token_hash", ascii_string(64), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("listing_id", name="pk_calendar_tokens"),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listings.id"], name="fk_calendar_tokens_listing_id", ondelete="CASCADE"
        ),
        **TABLE,
    )
    op.create_table(
        "promotions",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("listing_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("percent", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_promotions"),
        sa.ForeignKeyConstraint(["listing_id"], ["listings.id"], name="fk_promotions_listing_id", ondelete="CASCADE"),
        sa.CheckConstraint("percent BETWEEN 1 AND 99", name=op.f("ck_promotions_percent_range")),
        sa.CheckConstraint("starts_on < ends_on", name=op.f("ck_promotions_span")),
        **TABLE,
    )
    op.create_index("ix_promotions_listing_id_starts_on", "promotions", ["listing_id", "starts_on"])
    op.create_table(
        "reports",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("reporter_id", sa.BigInteger(), nullable=False),
        sa.Column("subject_type", sa.String(24), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("reason_code", sa.String(24), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("handled_at", INSTANT, nullable=True),
        sa.Column("handled_by_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reports"),
        sa.UniqueConstraint(
            "reporter_id", "subject_type", "subject_id", name="uq_reports_reporter_id_subject_type_subject_id"
        ),
        sa.ForeignKeyConstraint(["handled_by_id"], ["users.id"], name="fk_reports_handled_by_id", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["reporter_id"], ["users.id"], name="fk_reports_reporter_id", ondelete="CASCADE"),
        sa.CheckConstraint(
            "reason_code IN ('inaccurate', 'scam', 'offensive', 'discrimination', 'unsafe', "
            "'not_theirs', 'spam', 'other')",
            name=op.f("ck_reports_reason_code"),
        ),
        sa.CheckConstraint(
            "subject_type IN ('listing', 'user', 'review', 'message')", name=op.f("ck_reports_subject_type")
        ),
        **TABLE,
    )
    op.create_index("ix_reports_handled_at_id", "reports", ["handled_at", "id"])
    op.create_index("ix_reports_subject_type_subject_id", "reports", ["subject_type", "subject_id"])


def _create_feeds() -> None:
    op.create_table(
        "calendar_feeds",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("listing_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("url_hash", ascii_string(64), nullable=False),
        sa.Column("etag", sa.String(200), nullable=True),
        sa.Column("last_modified", sa.String(80), nullable=True),
        sa.Column("next_sync_at", INSTANT, nullable=False),
        sa.Column("last_tried_at", INSTANT, nullable=True),
        sa.Column("last_success_at", INSTANT, nullable=True),
        sa.Column("last_read_at", INSTANT, nullable=True),
        sa.Column("failures", sa.SmallInteger(), nullable=False),
        sa.Column("error", sa.String(200), nullable=True),
        sa.Column("event_count", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_calendar_feeds"),
        sa.UniqueConstraint("listing_id", "url_hash", name="uq_calendar_feeds_listing_id_url_hash"),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listings.id"], name="fk_calendar_feeds_listing_id", ondelete="CASCADE"
        ),
        sa.CheckConstraint("event_count >= 0", name=op.f("ck_calendar_feeds_event_count_not_negative")),
        sa.CheckConstraint("failures >= 0", name=op.f("ck_calendar_feeds_failures_not_negative")),
        **TABLE,
    )
    op.create_index("ix_calendar_feeds_next_sync_at", "calendar_feeds", ["next_sync_at"])
    op.create_table(
        "calendar_feed_events",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("feed_id", sa.BigInteger(), nullable=False),
        sa.Column("event_key", ascii_string(64), nullable=False),
        sa.Column("uid", sa.String(600), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_calendar_feed_events"),
        sa.UniqueConstraint("feed_id", "event_key", name="uq_calendar_feed_events_feed_id_event_key"),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["calendar_feeds.id"], name="fk_calendar_feed_events_feed_id", ondelete="CASCADE"
        ),
        sa.CheckConstraint("starts_on < ends_on", name=op.f("ck_calendar_feed_events_span")),
        **TABLE,
    )
    op.create_index("ix_calendar_feed_events_feed_id_ends_on", "calendar_feed_events", ["feed_id", "ends_on"])


def _create_conflicts() -> None:
    op.create_table(
        "calendar_conflicts",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("listing_id", sa.BigInteger(), nullable=False),
        sa.Column("feed_id", sa.BigInteger(), nullable=False),
        sa.Column("event_key", ascii_string(64), nullable=False),
        sa.Column("booking_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("resolved_at", INSTANT, nullable=True),
        sa.Column("resolution", sa.String(24), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_calendar_conflicts"),
        sa.UniqueConstraint(
            "feed_id", "event_key", "booking_id", name="uq_calendar_conflicts_feed_id_event_key_booking_id"
        ),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name="fk_calendar_conflicts_booking_id", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["calendar_feeds.id"], name="fk_calendar_conflicts_feed_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listings.id"], name="fk_calendar_conflicts_listing_id", ondelete="CASCADE"
        ),
        sa.CheckConstraint("resolution IN ('by_host', 'gone')", name=op.f("ck_calendar_conflicts_resolution")),
        sa.CheckConstraint(
            "(resolved_at IS NULL) = (resolution IS NULL)", name=op.f("ck_calendar_conflicts_resolution_pair")
        ),
        **TABLE,
    )
    op.create_index("ix_calendar_conflicts_listing_id_id", "calendar_conflicts", ["listing_id", "id"])
    op.create_index("ix_calendar_conflicts_resolved_at_id", "calendar_conflicts", ["resolved_at", "id"])


def downgrade() -> None:
    for table in (
        "reports",
        "promotions",
        "calendar_tokens",
        "calendar_conflicts",
        "calendar_feed_events",
        "calendar_feeds",
    ):
        op.drop_table(table)
