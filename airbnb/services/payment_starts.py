"""Writing down attempts to pay and refunds, each with the call that it needs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from airbnb.domain.causes import by_gateway
from airbnb.domain.ids import new_id
from airbnb.domain.orders import PaymentChoice
from airbnb.domain.postings import payment_returned
from airbnb.domain.provider_currencies import ensure_taken, rounded_up
from airbnb.domain.refund_postings import refund_rounded
from airbnb.domain.staff_refunds import ROUNDING
from airbnb.domain.statuses import PaymentStatus, RefundStatus
from airbnb.models.booking_changes import BookingChange
from airbnb.models.bookings import Booking
from airbnb.models.payments import Payment, Refund
from airbnb.queries import payments as queries
from airbnb.queries.payments import FirstCall
from airbnb.queries.rows import add_now
from airbnb.queries.transitions import record_start
from airbnb.services import ledger
from airbnb.services.payment_calls import plan_first_call, plan_refund_call

#: Why staff give something back: of it, and of what rounding adds, no division of the booking's money knows.
BY_STAFF = "staff"


def start_payment(
    session: Session,
    booking: Booking,
    *,
    choice: PaymentChoice,
    now: datetime,
    change: BookingChange | None = None,
    earlier: int | None = None,
) -> FirstCall:
    """Write down a new attempt to pay a booking, or what a change of it costs more, and the call that it needs.

    ``earlier`` is how many attempts there were; they are counted unless the caller knows.
    Raises: CurrencyNotSupported.
    """
    if earlier is None:
        earlier = queries.count_attempts(session, booking.id)
    amount_minor = booking.total_minor if change is None else change.difference_minor
    ensure_taken([choice.provider], amount_minor, booking.currency)
    payment = Payment(
        id=new_id(),
        booking_id=booking.id,
        change_id=None if change is None else change.id,
        payer_id=booking.guest_id,
        attempt=earlier + 1,
        provider=choice.provider,
        status=PaymentStatus.REQUIRES_PAYMENT_METHOD,
        currency=booking.currency,
        amount_minor=amount_minor,
        return_url=choice.return_url,
        cancel_url=choice.cancel_url,
    )
    add_now(session, payment)
    record_start(session, payment, cause=by_gateway(now=now))
    return FirstCall(payment, plan_first_call(session, payment, now=now))


def return_money(session: Session, booking: Booking, payment: Payment, *, now: datetime) -> int:
    """Send back in full what came for a booking that no longer wants it; return the call's id."""
    amount_minor = payment.refundable_minor
    ledger.post(
        session,
        "payment_returned",
        f"payment:{payment.id}",
        payment_returned(booking_id=booking.id, amount_minor=amount_minor, currency=payment.currency),
        now=now,
        booking_id=booking.id,
    )
    return start_refund(session, payment, amount_minor, reason="not_wanted", lines=[], now=now)


def start_refund(
    session: Session,
    payment: Payment,
    amount_minor: int,
    *,
    reason: str,
    lines: list[dict[str, Any]],
    now: datetime,
) -> int:
    """Write down a refund and the call that sends it; return the call's id.

    Where the provider moves money in steps, it is rounded up, and what that adds is posted apart.
    Needs: at most what is left of the payment; the caller has posted it as owed.
    Source: docs/rules/refunds.md, "What a provider can move".
    """
    sent_minor = sent_for(payment, amount_minor)
    extra_minor = sent_minor - amount_minor
    if not queries.add_refunded(session, payment.id, sent_minor):
        raise RuntimeError(f"payment {payment.id} has less left than {sent_minor}")
    refund = Refund(
        id=new_id(),
        payment_id=payment.id,
        booking_id=payment.booking_id,
        provider=payment.provider,
        status=RefundStatus.PENDING,
        currency=payment.currency,
        amount_minor=sent_minor,
        reason=reason,
        lines=[*lines, {"kind": ROUNDING, "amount_minor": extra_minor}] if extra_minor else lines,
        beside_minor=sent_minor if reason == BY_STAFF else extra_minor,
    )
    session.add(refund)
    session.flush()
    record_start(session, refund, cause=by_gateway(now=now, reason=reason))
    extra = refund_rounded(booking_id=payment.booking_id, extra_minor=extra_minor, currency=payment.currency)
    ledger.post(session, "refund_rounded", f"refund:{refund.id}", extra, now=now, booking_id=payment.booking_id)
    return plan_refund_call(session, refund, now=now)


def start_refunds(
    session: Session,
    payments: Sequence[Payment],
    amount_minor: int,
    *,
    reason: str,
    lines: list[dict[str, Any]],
    now: datetime,
) -> list[int]:
    """Send an amount back to the payments that it came from, the latest first; return the calls' ids.

    Each refund tells the lines that it gives back; a line on the border of two payments is told in two parts.
    Needs: at most what is left of all payments together; the caller has posted it as owed.
    """
    calls: list[int] = []
    rest = list(lines)
    for payment, part_minor in parts_of(payments, amount_minor):
        mine, rest = _split_lines(rest, part_minor)
        call = start_refund(session, payment, part_minor, reason=reason, lines=mine, now=now)
        calls.append(call)
    return calls


def parts_of(payments: Sequence[Payment], amount_minor: int) -> list[tuple[Payment, int]]:
    """Divide an amount between the payments that it came from, the latest first.

    Raises: RuntimeError when less is left of them.
    """
    parts: list[tuple[Payment, int]] = []
    for payment in reversed(queries.refundable_payments(payments)):
        part_minor = min(amount_minor, payment.refundable_minor)
        if part_minor > 0:
            parts.append((payment, part_minor))
        amount_minor -= part_minor
    if amount_minor > 0:
        raise RuntimeError(f"the payments have {amount_minor} less left than is to go back")
    return parts


def sent_for(payment: Payment, amount_minor: int) -> int:
    """Return what a provider is to send for an amount owed: rounded up to its step as far as the payment reaches."""
    rounded_minor = rounded_up(payment.provider, amount_minor, payment.currency)
    return max(amount_minor, min(rounded_minor, payment.refundable_minor))


def _split_lines(lines: list[dict[str, Any]], amount_minor: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the first lines up to an amount, and the others; the last refund takes all that is left."""
    if sum(line["amount_minor"] for line in lines) <= amount_minor:
        return lines, []
    taken: list[dict[str, Any]] = []
    for index, line in enumerate(lines):
        room_minor = amount_minor - sum(one["amount_minor"] for one in taken)
        if line["amount_minor"] > room_minor:
            rest = [{**line, "amount_minor": line["amount_minor"] - room_minor}, *lines[index + 1 :]]
            return ([*taken, {**line, "amount_minor": room_minor}] if room_minor else taken), rest
        taken.append(line)
    return taken, []
