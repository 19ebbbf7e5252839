"""The ledger, which the database itself keeps append-only.

Additive: nothing that runs before it knows these tables.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0008_ledger"
down_revision = "0007_payments"

TABLE = {"mysql_engine": "InnoDB", "mysql_default_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}
INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
SQLITE = """CREATE TRIGGER {table}_no_{verb} BEFORE {VERB} ON {table} BEGIN
SELECT RAISE(ABORT, '{table} is append-only'); END"""
MYSQL = """CREATE TRIGGER {table}_no_{verb} BEFORE {VERB} ON {table} FOR EACH ROW
SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '{table} is append-only'"""


def ascii_string(length: int) -> sa.String:
    text = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    return sa.String(length).with_variant(text, "mysql", "mariadb")


def make_append_only(table: str) -> None:
    text = SQLITE if op.get_bind().dialect.name == "sqlite" else MYSQL
    for verb in ("update", "delete"):
        op.execute(text.format(table=table, verb=verb, VERB=verb.upper()))


def upgrade() -> None:
    op.create_table(
        "ledger_transactions",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", ascii_string(40), nullable=False),
        sa.Column("source", ascii_string(80), nullable=False),
        sa.Column("booking_id", sa.BigInteger(), nullable=True),
        sa.Column("occurred_at", INSTANT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("memo", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_transactions"),
        sa.UniqueConstraint("kind", "source", name="uq_ledger_transactions_kind_source"),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name="fk_ledger_transactions_booking_id", ondelete="RESTRICT"
        ),
        **TABLE,
    )
    op.create_index("ix_ledger_transactions_booking_id", "ledger_transactions", ["booking_id"])
    op.create_index("ix_ledger_transactions_occurred_at", "ledger_transactions", ["occurred_at"])
    make_append_only("ledger_transactions")
    op.create_table(
        "ledger_entries",
        sa.Column("transaction_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("account", ascii_string(80), nullable=False),
        sa.Column("booking_id", sa.BigInteger(), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("currency", ascii_string(3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("transaction_id", "position", name="pk_ledger_entries"),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name="fk_ledger_entries_booking_id", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["ledger_transactions.id"], name="fk_ledger_entries_transaction_id", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_ledger_entries_user_id", ondelete="RESTRICT"),
        sa.CheckConstraint("amount_minor <> 0", name=op.f("ck_ledger_entries_amount_minor_not_zero")),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_ledger_entries_currency_length")),
        sa.CheckConstraint("position >= 0", name=op.f("ck_ledger_entries_position_not_negative")),
        **TABLE,
    )
    op.create_index("ix_ledger_entries_account_currency", "ledger_entries", ["account", "currency"])
    op.create_index("ix_ledger_entries_booking_id_account", "ledger_entries", ["booking_id", "account"])
    op.create_index("ix_ledger_entries_user_id_account", "ledger_entries", ["user_id", "account"])
    make_append_only("ledger_entries")


def downgrade() -> None:
    op.drop_table("ledger_entries")
    op.drop_table("ledger_transactions")
