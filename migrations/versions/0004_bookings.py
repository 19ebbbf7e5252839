"""Bookings with price lines and nights, and the history of every status.

Additive: nothing that runs before it knows these tables.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0004_bookings"
down_revision = "0003_amenity_catalogue"

TABLE = {"mysql_engine": "InnoDB", "mysql_default_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}
INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def ascii_string(length: int) -> sa.String:
    text = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    return sa.String(length).with_variant(text, "mysql", "mariadb")


def upgrade() -> None:
    op.create_table(
        "bookings",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("code", ascii_string(10), nullable=False),
        sa.Column("listing_id", sa.BigInteger(), nullable=False),
        sa.Column("guest_id", sa.BigInteger(), nullable=False),
        sa.Column("host_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(24), nullable=False),
        sa.Column("pending_on", sa.String(24), nullable=True),
        sa.Column("is_instant", sa.Boolean(), nullable=False),
        sa.Column("check_in", sa.Date(), nullable=False),
        sa.Column("check_out", sa.Date(), nullable=False),
        sa.Column("time_zone", ascii_string(64), nullable=False),
        sa.Column("check_in_minutes", sa.SmallInteger(), nullable=False),
        sa.Column("check_out_minutes", sa.SmallInteger(), nullable=False),
        sa.Column("check_in_at", INSTANT, nullable=False),
        sa.Column("check_out_at", INSTANT, nullable=False),
        sa.Column("adults", sa.SmallInteger(), nullable=False),
        sa.Column("children", sa.SmallInteger(), nullable=False),
        sa.Column("infants", sa.SmallInteger(), nullable=False),
        sa.Column("pets", sa.SmallInteger(), nullable=False),
        sa.Column("rate_plan", sa.String(24), nullable=False),
        sa.Column("cancellation_policy", sa.String(24), nullable=False),
        sa.Column("policy_version", sa.SmallInteger(), nullable=False),
        sa.Column("cancellation_schedule", sa.JSON(), nullable=False),
        sa.Column("currency", ascii_string(3), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("guest_service_fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("taxes_minor", sa.BigInteger(), nullable=False),
        sa.Column("taxes_included", sa.JSON(), nullable=False),
        sa.Column("listing_currency", ascii_string(3), nullable=False),
        sa.Column("host_subtotal_minor", sa.BigInteger(), nullable=False),
        sa.Column("host_service_fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("host_taxes_minor", sa.BigInteger(), nullable=False),
        sa.Column("host_payout_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_model", sa.String(24), nullable=False),
        sa.Column("guest_fee_bps", sa.Integer(), nullable=False),
        sa.Column("host_fee_bps", sa.Integer(), nullable=False),
        sa.Column("exchange_rate", ascii_string(24), nullable=True),
        sa.Column("exchange_rate_on", sa.Date(), nullable=True),
        sa.Column("hold_expires_at", INSTANT, nullable=True),
        sa.Column("respond_by", INSTANT, nullable=True),
        sa.Column("confirmed_at", INSTANT, nullable=True),
        sa.Column("canceled_at", INSTANT, nullable=True),
        sa.Column("canceled_by", sa.String(24), nullable=True),
        sa.Column("cancel_reason", sa.String(500), nullable=True),
        sa.Column("completed_at", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_bookings"),
        sa.UniqueConstraint("code", name="uq_bookings_code"),
        sa.ForeignKeyConstraint(["guest_id"], ["users.id"], name="fk_bookings_guest_id", ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["host_id"], ["users.id"], name="fk_bookings_host_id", ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["listing_id"], ["listings.id"], name="fk_bookings_listing_id", ondelete="RESTRICT"),
        sa.CheckConstraint("adults >= 1", name=op.f("ck_bookings_adults_positive")),
        sa.CheckConstraint(
            "canceled_by IN ('guest', 'host', 'staff', 'system', 'gateway')", name=op.f("ck_bookings_canceled_by")
        ),
        sa.CheckConstraint("(canceled_at IS NULL) = (canceled_by IS NULL)", name=op.f("ck_bookings_cancellation_pair")),
        sa.CheckConstraint(
            "cancellation_policy IN ('flexible', 'moderate', 'limited', 'firm', 'strict', 'non_refundable', "
            "'long_term')",
            name=op.f("ck_bookings_cancellation_policy"),
        ),
        sa.CheckConstraint("children >= 0", name=op.f("ck_bookings_children_not_negative")),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_bookings_currency_length")),
        sa.CheckConstraint(
            "(exchange_rate IS NULL) = (exchange_rate_on IS NULL)", name=op.f("ck_bookings_exchange_rate_pair")
        ),
        sa.CheckConstraint("fee_model IN ('split', 'host_only')", name=op.f("ck_bookings_fee_model")),
        sa.CheckConstraint("guest_fee_bps BETWEEN 0 AND 10000", name=op.f("ck_bookings_guest_fee_bps_range")),
        sa.CheckConstraint(
            "guest_service_fee_minor >= 0", name=op.f("ck_bookings_guest_service_fee_minor_not_negative")
        ),
        sa.CheckConstraint("host_fee_bps BETWEEN 0 AND 10000", name=op.f("ck_bookings_host_fee_bps_range")),
        sa.CheckConstraint("host_payout_minor >= 0", name=op.f("ck_bookings_host_payout_minor_not_negative")),
        sa.CheckConstraint("host_service_fee_minor >= 0", name=op.f("ck_bookings_host_service_fee_minor_not_negative")),
        sa.CheckConstraint("host_subtotal_minor >= 0", name=op.f("ck_bookings_host_subtotal_minor_not_negative")),
        sa.CheckConstraint("host_taxes_minor >= 0", name=op.f("ck_bookings_host_taxes_minor_not_negative")),
        sa.CheckConstraint("infants >= 0", name=op.f("ck_bookings_infants_not_negative")),
        sa.CheckConstraint("length(listing_currency) = 3", name=op.f("ck_bookings_listing_currency_length")),
        sa.CheckConstraint("guest_id <> host_id", name=op.f("ck_bookings_not_own_listing")),
        sa.CheckConstraint("pending_on IN ('payment', 'host')", name=op.f("ck_bookings_pending_on")),
        sa.CheckConstraint(
            "(status = 'pending') = (pending_on IS NOT NULL)", name=op.f("ck_bookings_pending_on_someone")
        ),
        sa.CheckConstraint("pets >= 0", name=op.f("ck_bookings_pets_not_negative")),
        sa.CheckConstraint("rate_plan IN ('standard', 'non_refundable')", name=op.f("ck_bookings_rate_plan")),
        sa.CheckConstraint(
            "status IN ('pending', 'confirmed', 'completed', 'declined', 'expired', 'canceled')",
            name=op.f("ck_bookings_status"),
        ),
        sa.CheckConstraint("check_in < check_out", name=op.f("ck_bookings_stay")),
        sa.CheckConstraint("check_in_at < check_out_at", name=op.f("ck_bookings_stay_instants")),
        sa.CheckConstraint("taxes_minor >= 0", name=op.f("ck_bookings_taxes_minor_not_negative")),
        sa.CheckConstraint("total_minor >= 0", name=op.f("ck_bookings_total_minor_not_negative")),
        **TABLE,
    )
    op.create_index("ix_bookings_guest_id_check_in_id", "bookings", ["guest_id", "check_in", "id"])
    op.create_index("ix_bookings_host_id_check_in_id", "bookings", ["host_id", "check_in", "id"])
    op.create_index("ix_bookings_listing_id_check_in", "bookings", ["listing_id", "check_in"])
    op.create_index("ix_bookings_status_check_out_at", "bookings", ["status", "check_out_at"])
    op.create_index("ix_bookings_status_hold_expires_at", "bookings", ["status", "hold_expires_at"])
    op.create_index("ix_bookings_status_respond_by", "bookings", ["status", "respond_by"])
    op.create_table(
        "booking_lines",
        sa.Column("booking_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("label_key", sa.String(120), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_minor", sa.BigInteger(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_kind", sa.String(24), nullable=True),
        sa.Column("remitted_by", sa.String(24), nullable=True),
        sa.PrimaryKeyConstraint("booking_id", "position", name="pk_booking_lines"),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name="fk_booking_lines_booking_id", ondelete="RESTRICT"
        ),
        sa.CheckConstraint(
            "kind IN ('nights', 'discount', 'non_refundable', 'extra_guests', 'pets', 'cleaning', "
            "'guest_service_fee', 'coupon', 'tax')",
            name=op.f("ck_booking_lines_kind"),
        ),
        sa.CheckConstraint("position >= 0", name=op.f("ck_booking_lines_position_not_negative")),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_booking_lines_quantity_not_negative")),
        sa.CheckConstraint("remitted_by IN ('platform', 'host')", name=op.f("ck_booking_lines_remitted_by")),
        sa.CheckConstraint(
            "(kind IN ('discount', 'non_refundable', 'coupon') AND amount_minor <= 0) OR (kind NOT IN "
            "('discount', 'non_refundable', 'coupon') AND amount_minor >= 0)",
            name=op.f("ck_booking_lines_sign_of_kind"),
        ),
        sa.CheckConstraint(
            "tax_kind IN ('percent', 'per_night', 'per_guest', 'per_guest_night')",
            name=op.f("ck_booking_lines_tax_kind"),
        ),
        sa.CheckConstraint(
            "kind = 'tax' OR (tax_kind IS NULL AND remitted_by IS NULL)", name=op.f("ck_booking_lines_tax_only")
        ),
        **TABLE,
    )
    op.create_table(
        "booking_nights",
        sa.Column("booking_id", sa.BigInteger(), nullable=False),
        sa.Column("night", sa.Date(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("base_price_minor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("booking_id", "night", name="pk_booking_nights"),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name="fk_booking_nights_booking_id", ondelete="RESTRICT"
        ),
        sa.CheckConstraint("base_price_minor >= 0", name=op.f("ck_booking_nights_base_price_minor_not_negative")),
        sa.CheckConstraint("price_minor >= 0", name=op.f("ck_booking_nights_price_minor_not_negative")),
        sqlite_with_rowid=False,
        **TABLE,
    )
    op.create_table(
        "status_history",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("subject_type", ascii_string(40), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("old", ascii_string(24), nullable=True),
        sa.Column("new", ascii_string(24), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_kind", sa.String(24), nullable=False),
        sa.Column("reason", sa.String(500), nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_status_history"),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name="fk_status_history_actor_id", ondelete="RESTRICT"),
        sa.CheckConstraint(
            "actor_kind IN ('guest', 'host', 'staff', 'system', 'gateway')", name=op.f("ck_status_history_actor_kind")
        ),
        **TABLE,
    )
    op.create_index(
        "ix_status_history_subject_type_subject_id_id", "status_history", ["subject_type", "subject_id", "id"]
    )


def downgrade() -> None:
    op.drop_table("status_history")
    op.drop_table("booking_nights")
    op.drop_table("booking_lines")
    op.drop_table("bookings")
