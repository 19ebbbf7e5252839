"""Indexes for the dashboard's lists, so that none of them reads a big table through.

Additive: nothing but indexes, which the release before keeps up to date without knowing of them.
"""

from alembic import op

revision = "0039_staff_lists"
down_revision = "0038_approvals"

#: Table and the column that staff search, filter or sort by; each index goes on with the id.
INDEXES = (
    ("users", "last_name"),
    ("listings", "title"),
    ("listings", "city"),
    ("listings", "country_code"),
    ("listings", "property_type"),
    ("listings", "room_type"),
    ("bookings", "status"),
    ("bookings", "check_in"),
    ("payments", "status"),
    ("payments", "currency"),
    ("payouts", "status"),
    ("payouts", "currency"),
    ("payouts", "due_at"),
    ("reviews", "status"),
    ("reviews", "rating"),
    ("mail_messages", "template"),
    ("mail_messages", "withheld"),
    ("mail_messages", "user_id"),
    ("mail_messages", "to_address"),
    ("outbox_events", "topic"),
    ("audit_log", "subject_id"),
    ("audit_log", "action"),
)


def upgrade() -> None:
    for table, column in INDEXES:
        op.create_index(f"ix_{table}_{column}_id", table, [column, "id"])


def downgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        # MySQL gave up the index that it made for the foreign key when ours came; the key needs one.
        op.create_index("fk_mail_messages_user_id", "mail_messages", ["user_id"])
    for table, column in INDEXES:
        op.drop_index(f"ix_{table}_{column}_id", table)
