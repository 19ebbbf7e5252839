"""Move payouts in the book from our bank to the providers' balances, which they really left.

Only adds to the book, and safe to run again: it moves what still stands on the bank. Code of before posts new payouts
to the bank, so let none run while this does. Source: docs/rules/ledger.md, "payouts_restated".
"""

import secrets
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0033_payouts_restated"
down_revision = "0032_search_forms"

KIND = "payouts_restated"
BANK = "platform_bank"

intents = sa.table("payment_intents", sa.column("id", sa.BigInteger), sa.column("provider", sa.String))
transactions = sa.table(
    "ledger_transactions",
    sa.column("id", sa.BigInteger),
    sa.column("kind", sa.String),
    sa.column("source", sa.String),
    sa.column("occurred_at", sa.DateTime),
    sa.column("created_at", sa.DateTime),
    sa.column("memo", sa.String),
)
entries = sa.table(
    "ledger_entries",
    sa.column("transaction_id", sa.BigInteger),
    sa.column("position", sa.SmallInteger),
    sa.column("account", sa.String),
    sa.column("currency", sa.String),
    sa.column("amount_minor", sa.BigInteger),
)


def upgrade() -> None:
    found = paid_from_bank()
    for key, amount in restated().items():
        found[key] = found.get(key, 0) + amount
    restate(found)


def downgrade() -> None:
    restate(restated())


def paid_from_bank() -> dict[tuple[str, str], int]:
    """Return what payouts took from the bank, by provider and currency."""
    call = sa.cast(sa.func.substr(transactions.c.source, len("intent:") + 1), sa.BigInteger)
    rows = op.get_bind().execute(
        sa.select(intents.c.provider, entries.c.currency, sa.func.sum(entries.c.amount_minor))
        .select_from(transactions)
        .join(entries, entries.c.transaction_id == transactions.c.id)
        .join(intents, intents.c.id == call)
        .where(transactions.c.kind.in_(["payout_paid", "payout_came_back"]), entries.c.account == BANK)
        .group_by(intents.c.provider, entries.c.currency)
    )
    return {(provider, currency): int(amount) for provider, currency, amount in rows}


def restated() -> dict[tuple[str, str], int]:
    """Return what this migration moved on the bank, by provider and currency."""
    rows = op.get_bind().execute(
        sa.select(transactions.c.source, entries.c.currency, entries.c.amount_minor)
        .join(entries, entries.c.transaction_id == transactions.c.id)
        .where(transactions.c.kind == KIND, entries.c.account == BANK)
    )
    found: dict[tuple[str, str], int] = {}
    for source, currency, amount in rows:
        key = (source.partition(":")[0], currency)
        found[key] = found.get(key, 0) + amount
    return found


def restate(found: dict[tuple[str, str], int]) -> None:
    """Take what was found off the bank and put it on the providers' balances."""
    now = datetime.now(UTC).replace(tzinfo=None)
    for (provider, currency), amount in found.items():
        if not amount:
            continue
        row_id = secrets.randbelow(2**62) + 1
        source = f"{provider}:{row_id}"
        header = {"id": row_id, "kind": KIND, "source": source, "occurred_at": now, "created_at": now, "memo": ""}
        op.execute(sa.insert(transactions).values(**header))
        for position, (account, moved) in enumerate(((BANK, -amount), (f"gateway_clearing:{provider}", amount))):
            line = {"transaction_id": row_id, "position": position, "account": account, "currency": currency}
            op.execute(sa.insert(entries).values(**line, amount_minor=moved))
