"""Refunds by staff and by another way, what disputes took of payments, payouts by hand, and where accounts are.

Additive: the release before leaves the new columns at their defaults. What open and lost disputes took is filled in.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0042_refunds"
down_revision = "0041_length_percents"


def ascii_string(length: int) -> sa.String:
    text = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    return sa.String(length).with_variant(text, "mysql", "mariadb")


def amount(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False, server_default="0")


TAKEN = """
UPDATE payments SET disputed_minor = (
    SELECT COALESCE(SUM(disputes.amount_minor), 0) FROM disputes
    WHERE disputes.payment_id = payments.id AND disputes.status <> 'won' AND NOT disputes.is_inquiry
) WHERE id IN (SELECT payment_id FROM disputes)
"""


def upgrade() -> None:
    op.add_column("refunds", amount("beside_minor"))
    op.add_column("refunds", sa.Column("route", sa.String(24), nullable=True))
    op.add_column("refunds", sa.Column("route_reference", sa.String(140), nullable=True))
    op.add_column("refunds", sa.Column("replaces_id", sa.BigInteger(), nullable=True))
    op.create_index("ix_refunds_replaces_id", "refunds", ["replaces_id"], unique=True)
    op.add_column("payments", amount("disputed_minor"))
    op.add_column("disputes", amount("host_minor"))
    op.add_column("disputes", amount("host_worth_minor"))
    op.add_column("payout_accounts", sa.Column("country_code", ascii_string(2), nullable=True))
    op.add_column("payouts", sa.Column("by_hand_reference", sa.String(140), nullable=True))
    op.execute(TAKEN)


def downgrade() -> None:
    op.drop_column("payouts", "by_hand_reference")
    op.drop_column("payout_accounts", "country_code")
    op.drop_column("disputes", "host_worth_minor")
    op.drop_column("disputes", "host_minor")
    op.drop_column("payments", "disputed_minor")
    op.drop_index("ix_refunds_replaces_id", "refunds")
    for name in ("replaces_id", "route_reference", "route", "beside_minor"):
        op.drop_column("refunds", name)
