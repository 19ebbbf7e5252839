"""Disputes at the dashboard: what the bank asks, until when, and what there is to show it."""

from typing import Any

from markupsafe import Markup

from airbnb.admin import formats
from airbnb.admin.filters import IsOpen
from airbnb.admin.views import StaffView
from airbnb.domain.permissions import Permission
from airbnb.models.disputes import Dispute
from airbnb.queries.disputes import list_evidence
from airbnb.unit_of_work import reading


def _evidence(view: Any, context: Any, row: Dispute, name: str) -> Any:
    with reading() as session:
        found = list_evidence(session, row)
    lines = [
        Markup("<li>{}: {}{}</li>").format(
            one.what.replace("_", " "), one.text, "" if one.at is None else f" ({one.at:%Y-%m-%d %H:%M} UTC)"
        )
        for one in found
    ]
    return Markup('<ul class="mb-0">{}</ul>').format(Markup("").join(lines))


class DisputesView(StaffView):
    """Every case at a payer's bank, newest first; it is answered at the provider's own dashboard."""

    needs = Permission.SEE_MONEY
    is_small = True
    column_list = ("id", "state", "status", "booking", "amount", "reason", "evidence_due_at", "created_at")
    column_details_list = (
        *column_list,
        "is_inquiry",
        "payment_id",
        "provider",
        "provider_ref",
        "closed_at",
        "updated_at",
        "evidence",
    )
    column_searchable_list = ("provider_ref",)
    column_filters = (IsOpen(Dispute.closed_at), "status", "provider", "booking_id", "evidence_due_at", "created_at")
    column_sortable_list = ("id", "evidence_due_at", "created_at")
    column_formatters = {
        "state": formats.openness("closed_at"),
        "status": formats.status,
        "booking": formats.link_to("bookings", "booking", "code"),
        "payment_id": formats.link("payments"),
        "amount": formats.amount("amount_minor"),
        "evidence": _evidence,
        **dict.fromkeys(("evidence_due_at", "created_at", "closed_at", "updated_at"), formats.instant),
    }
