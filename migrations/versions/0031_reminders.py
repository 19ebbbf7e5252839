"""Which reminders of a booking have been dealt with, and the index that finds the stays to come.

Additive: nothing that runs before it knows this table.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0031_reminders"
down_revision = "0030_documents"

TABLE = {"mysql_engine": "InnoDB", "mysql_default_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}
INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def upgrade() -> None:
    op.create_table(
        "booking_reminders",
        sa.Column("booking_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("booking_id", "kind", name="pk_booking_reminders"),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name="fk_booking_reminders_booking_id", ondelete="CASCADE"
        ),
        sa.CheckConstraint(
            "kind IN ('check_in', 'request_early', 'request_late', 'review_by_guest', 'review_by_host')",
            name=op.f("ck_booking_reminders_kind"),
        ),
        **TABLE,
    )
    op.create_index("ix_bookings_status_check_in_at", "bookings", ["status", "check_in_at"])


def downgrade() -> None:
    op.drop_index("ix_bookings_status_check_in_at", "bookings")
    op.drop_table("booking_reminders")
