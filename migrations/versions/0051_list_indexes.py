"""Indexes that bring the dashboard's lists in their order when a word is asked for that few rows have, or most.

Additive but for four indexes, which get the key at their end.
"""

from alembic import op

revision = "0051_list_indexes"
down_revision = "0050_removed_pictures"

NEW = {
    "payments": ("provider", "id"),
    "payouts": ("provider", "id"),
    "webhook_events": ("provider", "id"),
    "mail_reports": ("provider", "id"),
    "ledger_transactions": ("kind", "id"),
    "audit_log": ("subject_type", "id"),
}
#: What indexes began with, and the key that they have at their end now.
LONGER = {
    "payment_intents": (("state", "next_check_at"), ("id",)),
    "webhook_events": (("state", "due_at"), ("id",)),
    "mail_reports": (("address",), ("id",)),
    "ledger_entries": (("account", "currency"), ("transaction_id", "position")),
}


def create(table: str, columns: tuple[str, ...]) -> None:
    op.create_index(name_of(table, columns), table, list(columns))


def drop(table: str, columns: tuple[str, ...]) -> None:
    op.drop_index(name_of(table, columns), table)


def name_of(table: str, columns: tuple[str, ...]) -> str:
    return f"ix_{table}_{'_'.join(columns)}"


def upgrade() -> None:
    for table, columns in NEW.items():
        create(table, columns)
    for table, (columns, key) in LONGER.items():
        create(table, (*columns, *key))
        drop(table, columns)


def downgrade() -> None:
    for table, (columns, key) in LONGER.items():
        create(table, columns)
        drop(table, (*columns, *key))
    for table, columns in NEW.items():
        drop(table, columns)
