"""What open event streams are to be sent.

Additive.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0040_stream_events"
down_revision = "0039_staff_lists"

TABLE = {"mysql_engine": "InnoDB", "mysql_default_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}
INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
NAMES = "name IN ('notification', 'message', 'booking', 'counters', 'reauth')"


def upgrade() -> None:
    op.create_table(
        "stream_events",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(24), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_stream_events"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_stream_events_user_id", ondelete="CASCADE"),
        sa.CheckConstraint(NAMES, name=op.f("ck_stream_events_name")),
        **TABLE,
    )
    op.create_index("ix_stream_events_user_id_id", "stream_events", ["user_id", "id"])
    op.create_index("ix_stream_events_created_at", "stream_events", ["created_at"])


def downgrade() -> None:
    op.drop_table("stream_events")
