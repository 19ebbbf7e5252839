"""The book at the dashboard: its transactions, and the lines on its accounts."""

from typing import Any

from markupsafe import Markup

from airbnb.admin import formats
from airbnb.admin.views import Related, StaffView
from airbnb.domain.money import Money
from airbnb.domain.permissions import Permission
from airbnb.models.ledger import LedgerTransaction
from airbnb.queries.ledger import list_entries_of
from airbnb.unit_of_work import reading


def _entries(view: Any, context: Any, row: LedgerTransaction, name: str) -> Any:
    with reading() as session:
        entries = list_entries_of(session, row.id)
    lines = [
        Markup("<li>{} on <code>{}</code></li>").format(str(Money(one.amount_minor, one.currency)), one.account)
        for one in entries
    ]
    return Markup('<ul class="mb-0">{}</ul>').format(Markup("").join(lines))


class LedgerView(StaffView):
    """Every event in money, newest first; nothing here is ever changed."""

    needs = Permission.SEE_MONEY
    column_list = ("id", "kind", "source", "booking_id", "occurred_at", "memo")
    column_details_list = (*column_list, "created_at", "entries")
    column_filters = ("kind", "booking_id", "occurred_at")
    column_sortable_list = ("id", "occurred_at")
    column_formatters = {
        "booking_id": formats.link("bookings"),
        "entries": _entries,
        **dict.fromkeys(("occurred_at", "created_at"), formats.instant),
    }
    related = (Related(label="Lines", view="entries", column="transaction_id"),)


class EntriesView(StaffView):
    """Every line of the book: debits above zero, credits below."""

    needs = Permission.SEE_MONEY
    can_view_details = False
    column_default_sort = ("transaction_id", True)
    column_list = ("transaction_id", "position", "account", "amount", "booking_id", "user_id")
    column_filters = ("transaction_id", "account", "booking_id", "user_id")
    column_sortable_list = ("transaction_id",)
    column_formatters = {
        "transaction_id": formats.link("ledger"),
        "amount": formats.amount("amount_minor"),
        "booking_id": formats.link("bookings"),
        "user_id": formats.link("users"),
    }
