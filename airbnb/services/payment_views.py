"""What payers and staff see of payments, as plain values for its schemas."""

from collections.abc import Sequence
from typing import Any

from airbnb.domain.money import Money
from airbnb.domain.payment_reports import LIVE
from airbnb.models.payments import Payment, Refund

SECRETS = ("client_secret", "approval_url")


def leading_payment(payments: Sequence[Payment]) -> Payment | None:
    """Return the attempt that a booking stands by: the latest with money behind it, else the latest; None for none.

    Needs: attempts in their order.
    """
    return next((one for one in reversed(payments) if one.status in LIVE), payments[-1] if payments else None)


def payment_view(payment: Payment, *, is_payer: bool) -> dict[str, Any]:
    """Return a payment in brief; what completes it is for its payer alone."""
    view: dict[str, Any] = {
        "id": payment.id,
        "provider": payment.provider,
        "status": payment.status,
        "amount": Money(payment.amount_minor, payment.currency),
    }
    names = (*(SECRETS if is_payer else ()), "failure_code")
    return view | {name: value for name in names if (value := getattr(payment, name)) is not None}


def payment_detail(payment: Payment, *, is_payer: bool) -> dict[str, Any]:
    """Return a payment with what went back of it. Needs: its refunds are loaded."""
    return {
        **payment_view(payment, is_payer=is_payer),
        "booking_id": payment.booking_id,
        "attempt": payment.attempt,
        "captured": Money(payment.captured_minor, payment.currency),
        "refunded": Money(payment.refunded_minor, payment.currency),
        "refunds": [_refund(refund) for refund in payment.refunds],
        "created_at": payment.created_at,
        "authorized_at": payment.authorized_at,
        "captured_at": payment.captured_at,
    }


def _refund(refund: Refund) -> dict[str, Any]:
    return {
        "id": refund.id,
        "status": refund.status,
        "amount": Money(refund.amount_minor, refund.currency),
        "reason": refund.reason,
        "failure_code": refund.failure_code,
        "created_at": refund.created_at,
        "succeeded_at": refund.succeeded_at,
    }
