"""Payout accounts, payouts and what they are made of.

Additive: nothing that runs before it knows these tables.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0006_payouts"
down_revision = "0005_calendar"

TABLE = {"mysql_engine": "InnoDB", "mysql_default_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}
INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def ascii_string(length: int) -> sa.String:
    text = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    return sa.String(length).with_variant(text, "mysql", "mariadb")


def upgrade() -> None:
    op.create_table(
        "payout_accounts",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("method", sa.String(24), nullable=False),
        sa.Column("currency", ascii_string(3), nullable=False),
        sa.Column("details_encrypted", sa.Text(), nullable=False),
        sa.Column("masked", sa.String(80), nullable=False),
        sa.Column("verified_at", INSTANT, nullable=True),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_payout_accounts"),
        sa.UniqueConstraint("user_id", name="uq_payout_accounts_user_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_payout_accounts_user_id", ondelete="RESTRICT"),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_payout_accounts_currency_length")),
        sa.CheckConstraint("method IN ('stripe', 'paypal', 'sandbox')", name=op.f("ck_payout_accounts_method")),
        **TABLE,
    )
    op.create_table(
        "payouts",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("host_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("run_key", ascii_string(40), nullable=False),
        sa.Column("provider", sa.String(24), nullable=False),
        sa.Column("provider_ref", ascii_string(128), nullable=True),
        sa.Column("status", sa.String(24), nullable=False),
        sa.Column("currency", ascii_string(3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failure_code", ascii_string(64), nullable=True),
        sa.Column("failure_permanent", sa.Boolean(), nullable=True),
        sa.Column("failure_text", sa.String(500), nullable=True),
        sa.Column("held_reasons", sa.JSON(), nullable=False),
        sa.Column("paid_at", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_payouts"),
        sa.UniqueConstraint("host_id", "currency", "run_key", name="uq_payouts_host_id_currency_run_key"),
        sa.UniqueConstraint("provider", "provider_ref", name="uq_payouts_provider_provider_ref"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["payout_accounts.id"], name="fk_payouts_account_id", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["host_id"], ["users.id"], name="fk_payouts_host_id", ondelete="RESTRICT"),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payouts_amount_minor_positive")),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_payouts_attempts_not_negative")),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_payouts_currency_length")),
        sa.CheckConstraint("provider IN ('stripe', 'paypal', 'sandbox')", name=op.f("ck_payouts_provider")),
        sa.CheckConstraint("status IN ('scheduled', 'processing', 'paid', 'failed')", name=op.f("ck_payouts_status")),
        **TABLE,
    )
    op.create_index("ix_payouts_host_id_id", "payouts", ["host_id", "id"])
    op.create_index("ix_payouts_status_due_at", "payouts", ["status", "due_at"])
    op.create_table(
        "payout_items",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("payout_id", sa.BigInteger(), nullable=True),
        sa.Column("host_id", sa.BigInteger(), nullable=False),
        sa.Column("booking_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("source", ascii_string(64), nullable=False),
        sa.Column("currency", ascii_string(3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_payout_items"),
        sa.UniqueConstraint("booking_id", "kind", "source", name="uq_payout_items_booking_id_kind_source"),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name="fk_payout_items_booking_id", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["host_id"], ["users.id"], name="fk_payout_items_host_id", ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["payout_id"], ["payouts.id"], name="fk_payout_items_payout_id", ondelete="RESTRICT"),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_payout_items_currency_length")),
        sa.CheckConstraint("kind IN ('earning', 'debit')", name=op.f("ck_payout_items_kind")),
        sa.CheckConstraint(
            "(kind = 'earning' AND amount_minor > 0) OR (kind = 'debit' AND amount_minor < 0)",
            name=op.f("ck_payout_items_sign_of_kind"),
        ),
        **TABLE,
    )
    op.create_index("ix_payout_items_host_id_due_at", "payout_items", ["host_id", "due_at"])
    op.create_index("ix_payout_items_payout_id_due_at", "payout_items", ["payout_id", "due_at"])


def downgrade() -> None:
    op.drop_table("payout_items")
    op.drop_table("payouts")
    op.drop_table("payout_accounts")
