"""Disputes of payments.

Additive; what was disputed before came with webhooks that are done, and the next event of each opens its case.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0034_disputes"
down_revision = "0033_payouts_restated"

TABLE = {"mysql_engine": "InnoDB", "mysql_default_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}
INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def ascii_string(length: int) -> sa.String:
    text = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    return sa.String(length).with_variant(text, "mysql", "mariadb")


def upgrade() -> None:
    op.create_table(
        "disputes",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=False),
        sa.Column("booking_id", sa.BigInteger(), nullable=False),
        sa.Column("provider", sa.String(24), nullable=False),
        sa.Column("provider_ref", ascii_string(128), nullable=False),
        sa.Column("status", sa.String(24), nullable=False),
        sa.Column("is_inquiry", sa.Boolean(), nullable=False),
        sa.Column("reason", ascii_string(64), nullable=False),
        sa.Column("currency", ascii_string(3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("evidence_due_at", INSTANT, nullable=True),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_disputes"),
        sa.UniqueConstraint("provider", "provider_ref", name="uq_disputes_provider_provider_ref"),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name="fk_disputes_payment_id", ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name="fk_disputes_booking_id", ondelete="RESTRICT"),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_disputes_amount_minor_positive")),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_disputes_currency_length")),
        sa.CheckConstraint("provider IN ('stripe', 'paypal', 'sandbox')", name=op.f("ck_disputes_provider")),
        sa.CheckConstraint(
            "status IN ('needs_response', 'under_review', 'won', 'lost')", name=op.f("ck_disputes_status")
        ),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (status IN ('needs_response', 'under_review'))", name=op.f("ck_disputes_closed_pair")
        ),
        **TABLE,
    )
    op.create_index("ix_disputes_payment_id", "disputes", ["payment_id"])
    op.create_index("ix_disputes_booking_id_closed_at", "disputes", ["booking_id", "closed_at"])
    op.create_index("ix_disputes_closed_at_id", "disputes", ["closed_at", "id"])


def downgrade() -> None:
    op.drop_table("disputes")
