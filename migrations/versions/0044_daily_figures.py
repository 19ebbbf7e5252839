"""Figures by day for the dashboard's charts, and indexes to count them by.

Additive; the periodic task fills the last days, ``flask figures rebuild`` all.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0044_daily_figures"
down_revision = "0043_switches"

TABLE = {"mysql_engine": "InnoDB", "mysql_default_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}
CODE = sa.String(3).with_variant(mysql.VARCHAR(3, charset="ascii", collation="ascii_bin"), "mysql", "mariadb")


def upgrade() -> None:
    op.create_table(
        "daily_figures",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("figure", sa.String(24), nullable=False),
        sa.Column("currency", CODE, nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "figure", "currency", name="pk_daily_figures"),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_daily_figures_currency_length")),
        sqlite_with_rowid=False,
        **TABLE,
    )
    op.create_index("ix_bookings_confirmed_at", "bookings", ["confirmed_at"])
    op.create_index("ix_bookings_canceled_at", "bookings", ["canceled_at"])


def downgrade() -> None:
    op.drop_index("ix_bookings_canceled_at", "bookings")
    op.drop_index("ix_bookings_confirmed_at", "bookings")
    op.drop_table("daily_figures")
