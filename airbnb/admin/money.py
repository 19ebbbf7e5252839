"""Payments and payouts at the dashboard; moving money comes with more than a look."""

from functools import partial

from airbnb.admin import formats
from airbnb.admin.actions import StaffAction
from airbnb.admin.views import StaffView
from airbnb.domain.causes import Cause
from airbnb.domain.ids import new_token
from airbnb.domain.permissions import Permission
from airbnb.domain.statuses import PayoutStatus
from airbnb.services.payouts_by_hand import by_hand_proposal
from airbnb.workflows import approvals


class PaymentsView(StaffView):
    """Every attempt to pay; secrets of the payer's frontend are never shown."""

    needs = Permission.SEE_MONEY
    column_list = ("id", "booking_id", "payer_id", "provider", "status", "amount", "captured", "refunded", "created_at")
    column_details_list = (
        *column_list,
        "attempt",
        "provider_ref",
        "failure_code",
        "capture_before",
        "authorized_at",
        "captured_at",
        "updated_at",
    )
    column_searchable_list = ("provider_ref",)
    column_filters = ("status", "provider", "currency", "booking_id", "payer_id", "created_at")
    column_sortable_list = ("id",)
    column_formatters = {
        "status": formats.status,
        "booking_id": formats.link("bookings"),
        "payer_id": formats.link("users"),
        "amount": formats.amount("amount_minor"),
        "captured": formats.amount("captured_minor"),
        "refunded": formats.amount("refunded_minor"),
        "created_at": formats.instant,
        "updated_at": formats.instant,
        "capture_before": formats.instant,
        "authorized_at": formats.instant,
        "captured_at": formats.instant,
    }


def _pay_by_hand(payout_id: int, cause: Cause, _: str) -> None:
    make = partial(by_hand_proposal, payout_id=payout_id, reference=cause.reason or "")
    approvals.propose(make, request_key=new_token(), cause=cause)


PAY_BY_HAND = StaffAction(
    name="pay-by-hand",
    label="Note a payment by hand",
    permission=Permission.MOVE_MONEY,
    applies=lambda row: row.status is PayoutStatus.FAILED and bool(row.failure_permanent),
    effects=lambda row: [
        f"{row.sent} count as paid from our own bank; nothing is sent by this.",
        "The host gets a mail. Above the limit a second person decides.",
    ],
    run=_pay_by_hand,
    reason_label="Reference of the transfer at our bank (also for the audit log)",
    tone="warning",
)


class PayoutsView(StaffView):
    """Every payout to a host."""

    needs = Permission.SEE_MONEY
    staff_actions = (PAY_BY_HAND,)
    column_list = ("id", "host_id", "provider", "status", "amount", "sent", "due_at", "paid_at", "failure_code")
    column_details_list = (
        *column_list,
        "exchange_rate",
        "exchange_rate_on",
        "run_key",
        "provider_ref",
        "attempts",
        "failure_permanent",
        "failure_text",
        "held_reasons",
        "by_hand_reference",
        "created_at",
        "updated_at",
    )
    column_searchable_list = ("provider_ref",)
    column_filters = ("status", "provider", "currency", "host_id", "due_at")
    column_sortable_list = ("id", "due_at")
    column_labels = {"amount": "Earned", "sent": "In another currency"}
    column_formatters = {
        "status": formats.status,
        "host_id": formats.link("users"),
        "amount": formats.amount("amount_minor"),
        "sent": formats.amount("sent_minor", "sent_currency"),
        "due_at": formats.instant,
        "paid_at": formats.instant,
        "created_at": formats.instant,
        "updated_at": formats.instant,
    }
