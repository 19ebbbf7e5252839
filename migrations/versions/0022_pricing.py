"""Taxes of places with their versions, coupons and their uses.

Additive: nothing that runs before it knows these tables.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0022_pricing"
down_revision = "0021_no_shows"

TABLE = {"mysql_engine": "InnoDB", "mysql_default_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}
INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def _ascii(length: int) -> sa.String:
    return sa.String(length).with_variant(
        mysql.VARCHAR(length, charset="ascii", collation="ascii_bin"), "mysql", "mariadb"
    )


def upgrade() -> None:
    _create_tax_rules()
    _create_coupons()
    op.create_table(
        "coupon_redemptions",
        sa.Column("booking_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("coupon_id", sa.BigInteger(), nullable=False),
        sa.Column("guest_id", sa.BigInteger(), nullable=False),
        sa.Column("slot", sa.SmallInteger(), nullable=True),
        sa.Column("redeemed_at", INSTANT, nullable=False),
        sa.Column("released_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("booking_id", name="pk_coupon_redemptions"),
        sa.UniqueConstraint("coupon_id", "guest_id", "slot", name="uq_coupon_redemptions_coupon_id_guest_id_slot"),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name="fk_coupon_redemptions_booking_id", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["coupon_id"], ["coupons.id"], name="fk_coupon_redemptions_coupon_id", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["guest_id"], ["users.id"], name="fk_coupon_redemptions_guest_id", ondelete="RESTRICT"),
        sa.CheckConstraint("(slot IS NULL) = (released_at IS NOT NULL)", name="ck_coupon_redemptions_slot_or_released"),
        sa.CheckConstraint("slot >= 1", name="ck_coupon_redemptions_slot_positive"),
        **TABLE,
    )


def _create_tax_rules() -> None:
    op.create_table(
        "tax_rules",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("series_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("current_of", sa.BigInteger(), nullable=True),
        sa.Column("country_code", _ascii(2), nullable=False),
        sa.Column("region", sa.String(120), nullable=True),
        sa.Column("city", sa.String(120), nullable=True),
        sa.Column("label", sa.String(80), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("base", sa.String(24), nullable=False),
        sa.Column("rate_bps", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", _ascii(3), nullable=True),
        sa.Column("max_nights", sa.SmallInteger(), nullable=True),
        sa.Column("exempt_from_nights", sa.SmallInteger(), nullable=True),
        sa.Column("exempt_below_age", sa.SmallInteger(), nullable=True),
        sa.Column("inclusive", sa.Boolean(), nullable=False),
        sa.Column("remitted_by", sa.String(24), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_tax_rules"),
        sa.UniqueConstraint("series_id", "version", name="uq_tax_rules_series_id_version"),
        sa.UniqueConstraint("current_of", name="uq_tax_rules_current_of"),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["users.id"], name="fk_tax_rules_created_by_id", ondelete="RESTRICT"
        ),
        sa.CheckConstraint(
            "kind IN ('percent', 'per_night', 'per_guest', 'per_guest_night')", name="ck_tax_rules_kind"
        ),
        sa.CheckConstraint("base IN ('rent', 'fees', 'all')", name="ck_tax_rules_base"),
        sa.CheckConstraint("remitted_by IN ('platform', 'host')", name="ck_tax_rules_remitted_by"),
        sa.CheckConstraint("length(country_code) = 2", name="ck_tax_rules_country_code_length"),
        sa.CheckConstraint("(current_of IS NULL) = (ended_at IS NOT NULL)", name="ck_tax_rules_current_or_ended"),
        sa.CheckConstraint("kind = 'percent' OR currency IS NOT NULL", name="ck_tax_rules_amount_currency"),
        sa.CheckConstraint("valid_until IS NULL OR valid_from < valid_until", name="ck_tax_rules_span"),
        sa.CheckConstraint("rate_bps BETWEEN 0 AND 10000", name="ck_tax_rules_rate_bps_range"),
        sa.CheckConstraint("amount_minor >= 0", name="ck_tax_rules_amount_minor_not_negative"),
        sa.CheckConstraint("max_nights >= 0", name="ck_tax_rules_max_nights_not_negative"),
        sa.CheckConstraint("exempt_from_nights >= 0", name="ck_tax_rules_exempt_from_nights_not_negative"),
        sa.CheckConstraint("exempt_below_age >= 0", name="ck_tax_rules_exempt_below_age_not_negative"),
        sa.CheckConstraint("length(currency) = 3", name="ck_tax_rules_currency_length"),
        **TABLE,
    )
    op.create_index("ix_tax_rules_country_code_current_of", "tax_rules", ["country_code", "current_of"])


def _create_coupons() -> None:
    not_negative = ("amount_minor", "max_minor", "min_subtotal_minor", "max_uses", "max_uses_per_guest", "uses")
    op.create_table(
        "coupons",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("code", _ascii(40), nullable=False),
        sa.Column("percent_bps", sa.Integer(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("max_minor", sa.BigInteger(), nullable=True),
        sa.Column("min_subtotal_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", _ascii(3), nullable=True),
        sa.Column("funded_by", sa.String(24), nullable=False),
        sa.Column("valid_from", INSTANT, nullable=False),
        sa.Column("valid_until", INSTANT, nullable=True),
        sa.Column("max_uses", sa.Integer(), nullable=True),
        sa.Column("max_uses_per_guest", sa.Integer(), nullable=True),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("listing_id", sa.BigInteger(), nullable=True),
        sa.Column("host_id", sa.BigInteger(), nullable=True),
        sa.Column("retired_at", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_coupons"),
        sa.UniqueConstraint("code", name="uq_coupons_code"),
        sa.ForeignKeyConstraint(["listing_id"], ["listings.id"], name="fk_coupons_listing_id", ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["host_id"], ["users.id"], name="fk_coupons_host_id", ondelete="RESTRICT"),
        sa.CheckConstraint("funded_by IN ('platform', 'host')", name="ck_coupons_funded_by"),
        sa.CheckConstraint("(percent_bps IS NULL) <> (amount_minor IS NULL)", name="ck_coupons_share_or_amount"),
        sa.CheckConstraint(
            "currency IS NOT NULL OR (amount_minor IS NULL AND max_minor IS NULL AND min_subtotal_minor IS NULL)",
            name="ck_coupons_amount_currency",
        ),
        sa.CheckConstraint("valid_until IS NULL OR valid_from < valid_until", name="ck_coupons_span"),
        sa.CheckConstraint("percent_bps BETWEEN 1 AND 10000", name="ck_coupons_percent_bps_range"),
        *(sa.CheckConstraint(f"{name} >= 0", name=f"ck_coupons_{name}_not_negative") for name in not_negative),
        sa.CheckConstraint("length(currency) = 3", name="ck_coupons_currency_length"),
        **TABLE,
    )


def downgrade() -> None:
    op.drop_table("coupon_redemptions")
    op.drop_table("coupons")
    op.drop_table("tax_rules")
