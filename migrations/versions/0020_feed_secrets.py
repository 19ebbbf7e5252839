"""Other sites' calendar addresses are stored sealed, and our own feed remembers when it changed.

Additive. Addresses that are stored as they are stay readable; ``flask prepare`` seals them afterwards, some at a time.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0020_feed_secrets"
down_revision = "0019_wishlists"

INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def ascii_string(length: int) -> sa.String:
    text = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    return sa.String(length).with_variant(text, "mysql", "mariadb")


def upgrade() -> None:
    op.add_column("calendar_feeds", sa.Column("url_encrypted", sa.Text(), nullable=True))
    op.add_column("calendar_tokens", sa.Column("content_hash", ascii_string(64), nullable=True))
    op.add_column("calendar_tokens", sa.Column("changed_at", INSTANT, nullable=True))


def downgrade() -> None:
    op.drop_column("calendar_tokens", "changed_at")
    op.drop_column("calendar_tokens", "content_hash")
    op.drop_column("calendar_feeds", "url_encrypted")
