"""What providers list as having moved, and where our book differs.

Additive; the first run fills it.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0035_reconciliation"
down_revision = "0034_disputes"

TABLE = {"mysql_engine": "InnoDB", "mysql_default_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}
INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def ascii_string(length: int) -> sa.String:
    text = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    return sa.String(length).with_variant(text, "mysql", "mariadb")


KINDS = "kind IN ('payment', 'refund', 'payout', 'payout_reversal', 'dispute', 'to_bank', 'other')"
PROVIDERS = "provider IN ('stripe', 'paypal', 'sandbox')"


def upgrade() -> None:
    op.create_table(
        "provider_movements",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("provider", sa.String(24), nullable=False),
        sa.Column("provider_ref", ascii_string(128), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("subject", ascii_string(150), nullable=False),
        sa.Column("currency", ascii_string(3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_provider_movements"),
        sa.UniqueConstraint("provider", "provider_ref", name="uq_provider_movements_provider_provider_ref"),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_provider_movements_currency_length")),
        sa.CheckConstraint(PROVIDERS, name=op.f("ck_provider_movements_provider")),
        sa.CheckConstraint(KINDS, name=op.f("ck_provider_movements_kind")),
        **TABLE,
    )
    op.create_index("ix_provider_movements_provider_subject", "provider_movements", ["provider", "subject"])
    op.create_table(
        "provider_differences",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("provider", sa.String(24), nullable=False),
        sa.Column("subject", ascii_string(150), nullable=False),
        sa.Column("currency", ascii_string(3), nullable=False),
        sa.Column("provider_minor", sa.BigInteger(), nullable=False),
        sa.Column("booked_minor", sa.BigInteger(), nullable=False),
        sa.Column("found_at", INSTANT, nullable=False),
        sa.Column("resolved_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_provider_differences"),
        sa.UniqueConstraint(
            "provider", "subject", "currency", name="uq_provider_differences_provider_subject_currency"
        ),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_provider_differences_currency_length")),
        sa.CheckConstraint(PROVIDERS, name=op.f("ck_provider_differences_provider")),
        **TABLE,
    )
    op.create_index("ix_provider_differences_resolved_at_id", "provider_differences", ["resolved_at", "id"])


def downgrade() -> None:
    op.drop_table("provider_differences")
    op.drop_table("provider_movements")
