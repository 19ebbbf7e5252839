"""Payouts of earlier versions move from our bank to the providers' balances, and back, by postings alone."""

import pytest
from sqlalchemy import Engine, text

from tests.migrations.runner import downgrade, upgrade

BEFORE, AFTER = "0032_search_forms", "0033_payouts_restated"
NOW = "2027-03-20 12:00:00"


def put(engine: Engine, table: str, **row: object) -> None:
    names, values = ", ".join(row), ", ".join(f":{name}" for name in row)
    # Only these rows matter, so those that they point to are left out.
    is_lite = engine.dialect.name == "sqlite"
    unbind = "PRAGMA foreign_keys = OFF" if is_lite else "SET SESSION foreign_key_checks = 0"
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(unbind))
        connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({values})"), row)


@pytest.fixture
def paid(empty: Engine) -> Engine:
    """A book in which one payout of 31680 was paid from the bank, and another came back."""
    upgrade(empty, BEFORE)
    for number, kind, amount in ((1, "payout_paid", -31_680), (2, "payout_paid", -500), (2, "payout_came_back", 500)):
        source = f"intent:{number}"
        row_id = 10 * number + (kind == "payout_came_back")
        if kind == "payout_paid":
            common = {
                "payout_id": 1,
                "operation": "payout",
                "provider": "stripe",
                "idempotency_key": source,
                "attempts": 0,
            }
            times = {"created_at": NOW, "updated_at": NOW}
            put(empty, "payment_intents", id=number, currency="EUR", amount_minor=1, state="pending", **common, **times)
        times = {"occurred_at": NOW, "created_at": NOW}
        put(empty, "ledger_transactions", id=row_id, kind=kind, source=source, memo="", **times)
        for position, (account, signed) in enumerate((("payouts_in_transit", -amount), ("platform_bank", amount))):
            line = {"position": position, "account": account, "currency": "EUR", "amount_minor": signed}
            put(empty, "ledger_entries", transaction_id=row_id, **line)
    return empty


def balances(engine: Engine) -> dict[str, int]:
    statement = text("SELECT account, SUM(amount_minor) FROM ledger_entries GROUP BY account")
    with engine.connect() as connection:
        return {account: int(amount) for account, amount in connection.execute(statement) if amount}


def test_what_left_the_bank_left_the_provider(paid: Engine):
    upgrade(paid, AFTER)

    assert balances(paid) == {"payouts_in_transit": 31_680, "gateway_clearing:stripe": -31_680}


def test_it_can_be_taken_back_and_done_again(paid: Engine):
    upgrade(paid, AFTER)
    downgrade(paid, BEFORE)
    assert balances(paid) == {"payouts_in_transit": 31_680, "platform_bank": -31_680}

    upgrade(paid, AFTER)

    assert balances(paid) == {"payouts_in_transit": 31_680, "gateway_clearing:stripe": -31_680}
