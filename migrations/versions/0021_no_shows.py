"""When a host noted that a guest never came.

Additive: code that does not know the column leaves it empty.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0021_no_shows"
down_revision = "0020_feed_secrets"

INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def upgrade() -> None:
    op.add_column("bookings", sa.Column("no_show_at", INSTANT, nullable=True))


def downgrade() -> None:
    op.drop_column("bookings", "no_show_at")
