"""Changes of agreed stays, whose difference has payments of its own.

Additive. Nights of older bookings learn which discount they got from their booking's lines; the most lasting one is
written last, so that a booking with several keeps it.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0028_booking_changes"
down_revision = "0027_fill_place_names"

TABLE = {"mysql_engine": "InnoDB", "mysql_default_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}
INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
DISCOUNTS = ("last_minute", "early_bird", "promotion", "new_listing", "weekly", "monthly")


def ascii_string(length: int) -> sa.String:
    text = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    return sa.String(length).with_variant(text, "mysql", "mariadb")


def upgrade() -> None:
    op.create_table(
        "booking_changes",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("booking_id", sa.BigInteger(), nullable=False),
        sa.Column("open_booking_id", sa.BigInteger(), nullable=True),
        sa.Column("asked_by", sa.String(24), nullable=False),
        sa.Column("status", sa.String(24), nullable=False),
        sa.Column("waits_for", sa.String(24), nullable=True),
        sa.Column("check_in", sa.Date(), nullable=False),
        sa.Column("check_out", sa.Date(), nullable=False),
        sa.Column("adults", sa.SmallInteger(), nullable=False),
        sa.Column("children", sa.SmallInteger(), nullable=False),
        sa.Column("infants", sa.SmallInteger(), nullable=False),
        sa.Column("pets", sa.SmallInteger(), nullable=False),
        sa.Column("currency", ascii_string(3), nullable=False),
        sa.Column("difference_minor", sa.BigInteger(), nullable=False),
        sa.Column("old_terms", sa.JSON(), nullable=False),
        sa.Column("new_terms", sa.JSON(), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("agreed_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("end_reason", ascii_string(64), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_booking_changes"),
        sa.UniqueConstraint("open_booking_id", name="uq_booking_changes_open_booking_id"),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name="fk_booking_changes_booking_id", ondelete="RESTRICT"
        ),
        sa.CheckConstraint(
            "asked_by IN ('guest', 'host', 'staff', 'system', 'gateway')", name=op.f("ck_booking_changes_asked_by")
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'accepted', 'declined', 'withdrawn', 'expired', 'closed')",
            name=op.f("ck_booking_changes_status"),
        ),
        sa.CheckConstraint("waits_for IN ('guest', 'host', 'payment')", name=op.f("ck_booking_changes_waits_for")),
        sa.CheckConstraint(
            "(status = 'pending') = (waits_for IS NOT NULL)", name=op.f("ck_booking_changes_waits_for_someone")
        ),
        sa.CheckConstraint(
            "(status = 'pending') = (open_booking_id IS NOT NULL)", name=op.f("ck_booking_changes_open_while_pending")
        ),
        sa.CheckConstraint("open_booking_id = booking_id", name=op.f("ck_booking_changes_open_of_booking")),
        sa.CheckConstraint("check_in < check_out", name=op.f("ck_booking_changes_stay")),
        sa.CheckConstraint("adults >= 1", name=op.f("ck_booking_changes_adults_positive")),
        sa.CheckConstraint("children >= 0", name=op.f("ck_booking_changes_children_not_negative")),
        sa.CheckConstraint("infants >= 0", name=op.f("ck_booking_changes_infants_not_negative")),
        sa.CheckConstraint("pets >= 0", name=op.f("ck_booking_changes_pets_not_negative")),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_booking_changes_currency_length")),
        **TABLE,
    )
    op.create_index("ix_booking_changes_booking_id_id", "booking_changes", ["booking_id", "id"])
    op.create_index("ix_booking_changes_status_expires_at", "booking_changes", ["status", "expires_at"])
    op.add_column("payments", sa.Column("change_id", sa.BigInteger(), nullable=True))
    op.create_index("ix_payments_change_id", "payments", ["change_id"])
    op.add_column("bookings", sa.Column("refund_cap_ppm", sa.Integer(), nullable=True))
    op.add_column("booking_nights", sa.Column("discount", sa.String(24), nullable=True))
    for kind in DISCOUNTS:
        op.execute(
            sa.text(
                "UPDATE booking_nights SET discount = :kind WHERE price_minor < base_price_minor AND booking_id IN"
                " (SELECT booking_id FROM booking_lines WHERE label_key = :label)"
            ).bindparams(kind=kind, label=f"price_line.discount.{kind}")
        )


def downgrade() -> None:
    op.drop_column("booking_nights", "discount")
    op.drop_column("bookings", "refund_cap_ppm")
    op.drop_index("ix_payments_change_id", "payments")
    op.drop_column("payments", "change_id")
    op.drop_table("booking_changes")
