"""Issuing receipts and credit notes: what is told on them is written down once and never looked up again.

Source: docs/rules/documents.md.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from airbnb.domain.documents import SERIES, DocumentKind
from airbnb.domain.formats import one_line
from airbnb.domain.staff_refunds import RefundRoute
from airbnb.extensions import current_settings
from airbnb.models.bookings import Booking
from airbnb.models.payments import Payment, Refund
from airbnb.queries import documents as queries
from airbnb.queries import payments as payment_queries
from airbnb.queries import refunds as refund_queries
from airbnb.queries.documents import BilledNames


def issue_receipt(
    session: Session, booking: Booking, payment: Payment, *, attempts: Iterable[Payment], now: datetime
) -> None:
    """Issue the receipt of a payment, in the transaction that records its capture.

    ``attempts`` are all payments of the booking. Needs: the booking's lines are loaded.
    Locks: the series of numbers; to hold it for a short while, this is the last thing that a transaction does.
    """
    others = [one for one in attempts if one.id != payment.id]
    content = {
        **_frozen(booking, queries.get_names(session, booking.id)),
        "paid_before_minor": sum(one.captured_minor - one.refunded_minor for one in others),
        "payment": {"provider": payment.provider.value, "captured_at": _iso(payment.captured_at)},
    }
    queries.add_document(
        session,
        series=SERIES,
        number=queries.next_number(session, SERIES),
        kind=DocumentKind.RECEIPT,
        source=f"payment:{payment.id}",
        booking_id=booking.id,
        payment_id=payment.id,
        currency=payment.currency,
        amount_minor=payment.captured_minor,
        content=content,
        issued_at=now,
    )


def issue_credit_note(session: Session, refund: Refund, *, now: datetime) -> bool:
    """Issue the credit note of a refund, in the transaction that records its arrival; it names the receipt.

    Returns: whether one was issued.

    A refund that came back from a bank and then arrived after all has its note already.
    Locks: as ``issue_receipt``.
    """
    receipt = queries.find_receipt(session, refund.payment_id)
    if receipt is None:
        # Paid before there were receipts: both are made up for together, by ``issue_missing``.
        return False
    if queries.has_note(session, refund.id):
        return False
    booking = queries.get_billed_booking(session, refund.booking_id)
    content = {
        **_frozen(booking, queries.get_names(session, booking.id)),
        "receipt_number": receipt.number,
        "refund": {
            "provider": refund.provider.value,
            "by_transfer": refund.route is RefundRoute.BANK_TRANSFER,
            "reason": refund.reason,
            "lines": refund.lines,
        },
    }
    queries.add_document(
        session,
        series=SERIES,
        number=queries.next_number(session, SERIES),
        kind=DocumentKind.CREDIT_NOTE,
        source=f"refund:{refund.id}",
        booking_id=refund.booking_id,
        payment_id=refund.payment_id,
        refund_id=refund.id,
        receipt_id=receipt.id,
        currency=refund.currency,
        amount_minor=refund.amount_minor,
        content=content,
        issued_at=now,
    )
    return True


def issue_missing_receipt(session: Session, payment_id: int, *, now: datetime) -> bool:
    """Make up for a receipt that was never issued. Idempotent."""
    payment = payment_queries.lock_payment(session, payment_id)
    if payment.captured_minor == 0 or queries.find_receipt(session, payment_id) is not None:
        return False
    booking = queries.get_billed_booking(session, payment.booking_id)
    attempts = payment_queries.list_of_booking(session, booking.id)
    issue_receipt(session, booking, payment, attempts=attempts, now=now)
    return True


def issue_missing_note(session: Session, refund_id: int, *, now: datetime) -> bool:
    """Make up for a credit note that was never issued. Idempotent."""
    refund = refund_queries.lock_refund(session, refund_id)
    return issue_credit_note(session, refund, now=now)


def _frozen(booking: Booking, names: BilledNames) -> dict[str, Any]:
    """Return what a document tells of a booking, as JSON. Units: minor units of the booking's currency."""
    return {
        "issuer": [line.strip() for line in current_settings().document_issuer.split("|")],
        "guest": one_line(f"{names.guest_first} {names.guest_last}"),
        "host": one_line(names.host_first),
        "stay": {
            "code": booking.code,
            "listing_title": one_line(names.title),
            "city": one_line(names.city),
            "country_code": names.country_code,
            "check_in": booking.check_in.isoformat(),
            "check_out": booking.check_out.isoformat(),
            "nights": (booking.check_out - booking.check_in).days,
            "guests": booking.adults + booking.children,
        },
        "lines": [
            {
                "kind": line.kind.value,
                "label_key": line.label_key,
                "quantity": line.quantity,
                "unit_minor": line.unit_minor,
                "amount_minor": line.amount_minor,
            }
            for line in booking.lines
        ],
        "taxes_included": [
            {"label_key": tax["label_key"], "amount_minor": tax["amount_minor"]} for tax in booking.taxes_included
        ],
        "total_minor": booking.total_minor,
        "listing_currency": booking.listing_currency,
        "exchange_rate": booking.exchange_rate,
        "exchange_rate_on": None if booking.exchange_rate_on is None else booking.exchange_rate_on.isoformat(),
    }


def _iso(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()
