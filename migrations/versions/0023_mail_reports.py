"""What mail providers report, and the addresses that get no more mail because of it.

Additive: code that does not know the column leaves it empty.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0023_mail_reports"
down_revision = "0022_pricing"

TABLE = {"mysql_engine": "InnoDB", "mysql_default_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}
INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def ascii_string(length: int) -> sa.String:
    text = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    return sa.String(length).with_variant(text, "mysql", "mariadb")


def upgrade() -> None:
    op.create_table(
        "mail_reports",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("provider", sa.String(24), nullable=False),
        sa.Column("event_id", ascii_string(128), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("address", sa.String(254), nullable=False),
        sa.Column("message_id", ascii_string(128), nullable=True),
        sa.Column("detail", sa.String(500), nullable=False),
        sa.Column("happened_at", INSTANT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_mail_reports"),
        sa.UniqueConstraint("provider", "event_id", name="uq_mail_reports_provider_event_id"),
        sa.CheckConstraint("provider IN ('sendgrid', 'mailgun')", name=op.f("ck_mail_reports_provider")),
        sa.CheckConstraint(
            "kind IN ('delivered', 'delayed', 'bounced', 'complained', 'other')", name=op.f("ck_mail_reports_kind")
        ),
        **TABLE,
    )
    for column in ("message_id", "address", "created_at"):
        op.create_index(f"ix_mail_reports_{column}", "mail_reports", [column])
    op.create_table(
        "mail_suppressions",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("address", sa.String(254), nullable=False),
        sa.Column("reason", sa.String(24), nullable=False),
        sa.Column("report_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_mail_suppressions"),
        sa.UniqueConstraint("address", name="uq_mail_suppressions_address"),
        sa.ForeignKeyConstraint(
            ["report_id"], ["mail_reports.id"], name="fk_mail_suppressions_report_id", ondelete="SET NULL"
        ),
        sa.CheckConstraint("reason IN ('bounced', 'complained')", name=op.f("ck_mail_suppressions_reason")),
        **TABLE,
    )
    op.create_index("ix_mail_suppressions_created_at", "mail_suppressions", ["created_at"])
    op.add_column("mail_messages", sa.Column("withheld", ascii_string(24), nullable=True))


def downgrade() -> None:
    op.drop_column("mail_messages", "withheld")
    op.drop_table("mail_suppressions")
    op.drop_table("mail_reports")
