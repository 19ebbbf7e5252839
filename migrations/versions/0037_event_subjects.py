"""Which row an event, a webhook or a mail is about, found by an index, for the timelines that staff see.

Additive; webhooks and mails of before name no row and are not shown there.
"""

import sqlalchemy as sa
from alembic import op

revision = "0037_event_subjects"
down_revision = "0036_staff_notes"

TABLES = ("webhook_events", "mail_messages")


def upgrade() -> None:
    op.create_index("ix_outbox_events_subject_id", "outbox_events", ["subject_id"])
    for name in TABLES:
        op.add_column(name, sa.Column("subject_id", sa.BigInteger(), nullable=True))
        op.create_index(f"ix_{name}_subject_id", name, ["subject_id"])


def downgrade() -> None:
    for name in TABLES:
        op.drop_index(f"ix_{name}_subject_id", name)
        with op.batch_alter_table(name) as table:
            table.drop_column("subject_id")
    op.drop_index("ix_outbox_events_subject_id", "outbox_events")
