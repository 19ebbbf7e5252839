"""Spans of days with a price or shortest stay of their own, beside search's documents.

Additive: what runs before it does not know them. ``flask search rebuild`` fills them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0025_search_spans"
down_revision = "0024_audit_runs"

TABLE = {"mysql_engine": "InnoDB", "mysql_default_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}


def upgrade() -> None:
    op.create_table(
        "search_spans",
        sa.Column("listing_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("first_day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("until_day", sa.Integer(), nullable=False),
        sa.Column("extra_weekday", sa.BigInteger(), nullable=False),
        sa.Column("extra_weekend", sa.BigInteger(), nullable=False),
        sa.Column("min_nights", sa.SmallInteger(), nullable=True),
        sa.PrimaryKeyConstraint("listing_id", "first_day", name="pk_search_spans"),
        sqlite_with_rowid=False,
        **TABLE,
    )
    op.add_column("search_documents", sa.Column("min_nights_week", sa.BigInteger(), nullable=False, server_default="0"))


def downgrade() -> None:
    with op.batch_alter_table("search_documents") as batch:
        batch.drop_column("min_nights_week")
    op.drop_table("search_spans")
