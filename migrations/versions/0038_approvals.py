"""Acts of staff on money that may need a second person, and holds on payouts.

Additive: nothing that runs before it knows these tables.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0038_approvals"
down_revision = "0037_event_subjects"

TABLE = {"mysql_engine": "InnoDB", "mysql_default_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}
INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def ascii_string(length: int) -> sa.String:
    text = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    return sa.String(length).with_variant(text, "mysql", "mariadb")


def to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}", ondelete="RESTRICT")


SECOND = "status <> 'approved' OR NOT needs_second OR (decided_by_id IS NOT NULL AND decided_by_id <> proposed_by_id)"


def upgrade() -> None:
    op.create_table(
        "approvals",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("status", sa.String(24), nullable=False),
        sa.Column("subject_type", ascii_string(40), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("open_subject", ascii_string(96), nullable=True),
        sa.Column("request_key", ascii_string(64), nullable=False),
        sa.Column("currency", ascii_string(3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(500), nullable=True),
        sa.Column("needs_second", sa.Boolean(), nullable=False),
        sa.Column("proposed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.Column("decision_reason", sa.String(500), nullable=True),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_approvals"),
        sa.UniqueConstraint("request_key", name="uq_approvals_request_key"),
        sa.UniqueConstraint("open_subject", name="uq_approvals_open_subject"),
        to("approvals", "proposed_by_id", "users"),
        to("approvals", "decided_by_id", "users"),
        sa.CheckConstraint(SECOND, name=op.f("ck_approvals_second_person")),
        sa.CheckConstraint(
            "(open_subject IS NULL) OR status = 'pending'", name=op.f("ck_approvals_open_while_pending")
        ),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_approvals_amount_minor_not_negative")),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_approvals_currency_length")),
        sa.CheckConstraint(
            "kind IN ('refund', 'reroute_refund', 'release_hold', 'pay_by_hand')", name=op.f("ck_approvals_kind")
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'approved', 'rejected', 'expired')", name=op.f("ck_approvals_status")
        ),
        **TABLE,
    )
    op.create_index("ix_approvals_status_expires_at", "approvals", ["status", "expires_at"])
    op.create_index("ix_approvals_subject_type_subject_id_id", "approvals", ["subject_type", "subject_id", "id"])
    op.create_table(
        "payout_holds",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("host_id", sa.BigInteger(), nullable=False),
        sa.Column("booking_id", sa.BigInteger(), nullable=True),
        sa.Column("open_subject", ascii_string(40), nullable=True),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("placed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("released_by_id", sa.BigInteger(), nullable=True),
        sa.Column("released_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_payout_holds"),
        sa.UniqueConstraint("open_subject", name="uq_payout_holds_open_subject"),
        to("payout_holds", "host_id", "users"),
        to("payout_holds", "booking_id", "bookings"),
        to("payout_holds", "placed_by_id", "users"),
        to("payout_holds", "released_by_id", "users"),
        sa.CheckConstraint(
            "(open_subject IS NULL) = (released_at IS NOT NULL)", name=op.f("ck_payout_holds_open_or_released")
        ),
        **TABLE,
    )
    op.create_index("ix_payout_holds_host_id_released_at", "payout_holds", ["host_id", "released_at"])
    op.create_index("ix_payout_holds_booking_id", "payout_holds", ["booking_id"])


def downgrade() -> None:
    op.drop_table("payout_holds")
    op.drop_table("approvals")
