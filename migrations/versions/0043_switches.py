"""What staff have turned off.

Additive; no row means that everything is on, as the release before has it.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0043_switches"
down_revision = "0042_refunds"

TABLE = {"mysql_engine": "InnoDB", "mysql_default_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}
INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
NAME = sa.String(80).with_variant(mysql.VARCHAR(80, charset="ascii", collation="ascii_bin"), "mysql", "mariadb")


def upgrade() -> None:
    op.create_table(
        "switches",
        sa.Column("name", NAME, nullable=False),
        sa.Column("is_off", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(500), nullable=True),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("changed_by_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_switches"),
        sa.ForeignKeyConstraint(["changed_by_id"], ["users.id"], name="fk_switches_changed_by_id", ondelete="RESTRICT"),
        **TABLE,
    )


def downgrade() -> None:
    op.drop_table("switches")
