"""Receipts and credit notes, numbered without a gap, which the database itself keeps append-only.

Additive: code that does not know these tables issues none; ``flask documents issue-missing`` makes up for them.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0030_documents"
down_revision = "0029_report_outcomes"

TABLE = {"mysql_engine": "InnoDB", "mysql_default_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}
INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
SQLITE = """CREATE TRIGGER {table}_no_{verb} BEFORE {VERB} ON {table} BEGIN
SELECT RAISE(ABORT, '{table} is append-only'); END"""
MYSQL = """CREATE TRIGGER {table}_no_{verb} BEFORE {VERB} ON {table} FOR EACH ROW
SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '{table} is append-only'"""


def ascii_string(length: int) -> sa.String:
    text = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    return sa.String(length).with_variant(text, "mysql", "mariadb")


def upgrade() -> None:
    op.create_table(
        "document_series",
        sa.Column("name", ascii_string(24), nullable=False),
        sa.Column("last_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_document_series"),
        sa.CheckConstraint("last_number >= 0", name=op.f("ck_document_series_last_number_not_negative")),
        **TABLE,
    )
    op.create_table(
        "documents",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("series", ascii_string(24), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("source", ascii_string(40), nullable=False),
        sa.Column("booking_id", sa.BigInteger(), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=False),
        sa.Column("refund_id", sa.BigInteger(), nullable=True),
        sa.Column("receipt_id", sa.BigInteger(), nullable=True),
        sa.Column("currency", ascii_string(3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("issued_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_documents"),
        sa.UniqueConstraint("series", "number", name="uq_documents_series_number"),
        sa.UniqueConstraint("source", name="uq_documents_source"),
        sa.ForeignKeyConstraint(["series"], ["document_series.name"], name="fk_documents_series", ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name="fk_documents_booking_id", ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name="fk_documents_payment_id", ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["refund_id"], ["refunds.id"], name="fk_documents_refund_id", ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["receipt_id"], ["documents.id"], name="fk_documents_receipt_id", ondelete="RESTRICT"),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_documents_amount_minor_positive")),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_documents_currency_length")),
        sa.CheckConstraint("kind IN ('receipt', 'credit_note')", name=op.f("ck_documents_kind")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_documents_number_positive")),
        sa.CheckConstraint(
            "(kind = 'credit_note') = (receipt_id IS NOT NULL)", name=op.f("ck_documents_receipt_of_credit_note")
        ),
        sa.CheckConstraint(
            "(kind = 'credit_note') = (refund_id IS NOT NULL)", name=op.f("ck_documents_refund_of_credit_note")
        ),
        **TABLE,
    )
    op.create_index("ix_documents_booking_id_number", "documents", ["booking_id", "number"])
    text = SQLITE if op.get_bind().dialect.name == "sqlite" else MYSQL
    for verb in ("update", "delete"):
        op.execute(text.format(table="documents", verb=verb, VERB=verb.upper()))


def downgrade() -> None:
    op.drop_table("documents")
    op.drop_table("document_series")
