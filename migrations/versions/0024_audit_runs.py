"""What the audits of money and nights have found.

Additive: nothing that runs before it knows this table.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0024_audit_runs"
down_revision = "0023_mail_reports"

TABLE = {"mysql_engine": "InnoDB", "mysql_default_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}
INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
NAME = sa.String(40).with_variant(mysql.VARCHAR(40, charset="ascii", collation="ascii_bin"), "mysql", "mariadb")


def upgrade() -> None:
    op.create_table(
        "audit_runs",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("ran_at", INSTANT, nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("faults", sa.Integer(), nullable=False),
        sa.Column("sample", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_runs"),
        sa.CheckConstraint("duration_ms >= 0", name=op.f("ck_audit_runs_duration_ms_not_negative")),
        sa.CheckConstraint("faults >= 0", name=op.f("ck_audit_runs_faults_not_negative")),
        **TABLE,
    )
    op.create_index("ix_audit_runs_name_ran_at", "audit_runs", ["name", "ran_at"])


def downgrade() -> None:
    op.drop_table("audit_runs")
