"""When staff took a picture of a message down.

Additive: the release before shows such a picture as one whose file is missing.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0050_removed_pictures"
down_revision = "0049_doubled_refunds"

INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def upgrade() -> None:
    with op.batch_alter_table("message_attachments") as table:
        table.add_column(sa.Column("removed_at", INSTANT, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("message_attachments") as table:
        table.drop_column("removed_at")
