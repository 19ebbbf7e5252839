"""Statements from the book: what a host earned, was paid and owes, and every line of a booking."""

from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from airbnb.domain.csv_cells import Cell
from airbnb.domain.money import Money, format_amount
from airbnb.domain.paging import Page
from airbnb.models.ledger import LedgerEntry
from airbnb.queries import statements as queries

COLUMNS = ("id", "at", "event", "account", "booking", "amount", "currency", "sent", "sent_currency")


def statement_views(session: Session, page: Page[LedgerEntry], *, sign: int = 1) -> Page[dict[str, Any]]:
    """Return lines as statements show them; ``sign`` is -1 where credits are to read as money coming in."""
    transactions, codes = queries.transactions_of(session, page.items), queries.codes_of(session, page.items)
    sent = queries.sent_of(session, page.items)
    views = []
    for entry in page.items:
        event = transactions[entry.transaction_id]
        views.append(
            {
                "id": f"{entry.transaction_id}-{entry.position}",
                "at": event.occurred_at,
                "event": event.kind,
                "account": entry.account,
                "booking_code": None if entry.booking_id is None else codes[entry.booking_id],
                "amount": Money(sign * entry.amount_minor, entry.currency),
                "sent": sent.get(entry.transaction_id),
            }
        )
    return Page(items=views, next_key=page.next_key)


def statement_cells(view: dict[str, Any]) -> list[Cell]:
    """Return a line as a row of a file."""
    money: Money = view["amount"]
    amount = format_amount(money.amount_minor, money.currency)
    at, code = view["at"], view["booking_code"]
    sent: Money | None = view["sent"]
    left = None if sent is None else Decimal(format_amount(sent.amount_minor, sent.currency))
    row = [view["id"], at, view["event"], view["account"], code, Decimal(amount), money.currency]
    return [*row, left, None if sent is None else sent.currency]
