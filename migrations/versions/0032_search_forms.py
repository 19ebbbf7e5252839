"""In which form search's projection was written last.

Additive: no row stands for an older form, so that ``flask prepare`` rebuilds the projection once.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0032_search_forms"
down_revision = "0031_reminders"

TABLE = {"mysql_engine": "InnoDB", "mysql_default_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}
INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def upgrade() -> None:
    op.create_table(
        "search_forms",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("form", sa.Integer(), nullable=False),
        sa.Column("rebuilt_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_search_forms"),
        **TABLE,
    )


def downgrade() -> None:
    op.drop_table("search_forms")
