"""What becomes of a payment, and of its booking, when the provider says where it stands.

One function applies every report, whether it came with the call's answer, a webhook, the payer's return or the
sweep. It only ever looks at where things stand now, so late, repeated and reordered reports end the same.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from airbnb.domain.causes import by_gateway, by_host
from airbnb.domain.kinds import IntentOperation
from airbnb.domain.payment_reports import PaymentReport
from airbnb.domain.postings import payment_captured
from airbnb.domain.statuses import BookingStatus, IntentState, PaymentStatus, can_move
from airbnb.domain.topics import Topic
from airbnb.models.bookings import Booking
from airbnb.models.payments import Payment
from airbnb.queries import bookings as booking_queries
from airbnb.queries import payments as queries
from airbnb.queries.transitions import move
from airbnb.services import booking_life, change_payments, documents, ledger, outbox
from airbnb.services.booking_life import ON_HOST, ON_PAYMENT, step_of
from airbnb.services.payment_calls import plan_payment_call, plan_voids
from airbnb.services.payment_starts import return_money
from airbnb.services.settled_payments import Settled

#: Which planned calls a report answers, and how.
SETTLED: dict[PaymentStatus, dict[IntentOperation, IntentState]] = {
    PaymentStatus.REQUIRES_ACTION: {IntentOperation.AUTHORIZE: IntentState.SUCCEEDED},
    PaymentStatus.PROCESSING: {},
    PaymentStatus.AUTHORIZED: {IntentOperation.AUTHORIZE: IntentState.SUCCEEDED},
    PaymentStatus.CAPTURED: {
        IntentOperation.AUTHORIZE: IntentState.SUCCEEDED,
        IntentOperation.CAPTURE: IntentState.SUCCEEDED,
        IntentOperation.VOID: IntentState.FAILED,
    },
    PaymentStatus.FAILED: {
        IntentOperation.AUTHORIZE: IntentState.FAILED,
        IntentOperation.CAPTURE: IntentState.FAILED,
        IntentOperation.VOID: IntentState.SUCCEEDED,
    },
    PaymentStatus.CANCELED: {
        IntentOperation.AUTHORIZE: IntentState.SUCCEEDED,
        IntentOperation.CAPTURE: IntentState.FAILED,
        IntentOperation.VOID: IntentState.SUCCEEDED,
    },
}


def apply_report(session: Session, payment_id: int, report: PaymentReport, *, now: datetime) -> list[int]:
    """Apply where the provider says a payment stands; return the ids of calls that follow.

    Locks: the booking, then the payment.
    Idempotent: a report that tells nothing new changes nothing.
    Source: docs/rules/booking-life.md, docs/rules/ledger.md.
    """
    booking = booking_queries.lock_booking_of(session, payment_id)
    attempts = queries.lock_of_booking(session, booking.id)
    payment = next(one for one in attempts if one.id == payment_id)
    queries.close_intents(
        session, payment_id=payment_id, states=SETTLED[report.status], provider_ref=report.provider_ref
    )
    old = payment.status
    if old is report.status or not can_move(old, report.status) or _is_stale(payment, report):
        return []
    move(
        session,
        Payment,
        payment.id,
        old=old,
        new=report.status,
        cause=by_gateway(now=now, reason=report.failure_code),
        **_columns(payment, report, now),
    )
    follow = _FOLLOW.get(report.status)
    if follow is None:
        return []
    return follow(session, Settled(booking=booking, payment=payment, old=old, attempts=attempts), now)


def _is_stale(payment: Payment, report: PaymentReport) -> bool:
    """A provider does not take an answer back: what waits for the payer was never authorised before."""
    back_to_waiting = report.status in (PaymentStatus.REQUIRES_ACTION, PaymentStatus.PROCESSING)
    return back_to_waiting and payment.authorized_at is not None


def _columns(payment: Payment, report: PaymentReport, now: datetime) -> dict[str, Any]:
    waits = report.status is PaymentStatus.REQUIRES_ACTION
    columns: dict[str, Any] = {
        "provider_ref": report.provider_ref or payment.provider_ref,
        "failure_code": report.failure_code,
        "approval_url": report.approval_url if waits else None,
        "client_secret": report.client_secret if waits else None,
    }
    if report.status is PaymentStatus.AUTHORIZED:
        columns |= {"authorized_at": now, "capture_before": report.capture_before}
    if report.status is PaymentStatus.CAPTURED:
        columns |= {"captured_minor": report.captured_minor, "captured_at": now}
        columns["authorized_at"] = payment.authorized_at or now
    return columns


def _after_authorized(session: Session, settled: Settled, now: datetime) -> list[int]:
    booking, payment = settled.booking, settled.payment
    if payment.change_id is not None:
        return change_payments.after_authorized(session, settled, now=now)
    is_wanted = step_of(booking) == ON_PAYMENT or (
        booking.status is BookingStatus.EXPIRED and booking_life.can_come_back(session, booking, now=now)
    )
    if not is_wanted:
        outbox.record(session, Topic.PAYMENT_RELEASED, subject_id=payment.id)
    if not is_wanted or settled.is_paid_otherwise:
        return [plan_payment_call(session, IntentOperation.VOID, payment, now=now)]
    calls = queries.list_intents(session, payment.id)
    # What was to be given up when the time was over, and did not reach the provider, is wanted again.
    if any(call.operation is IntentOperation.VOID and call.state in queries.OPEN_STATES for call in calls):
        queries.close_intents(session, payment_id=payment.id, states={IntentOperation.VOID: IntentState.FAILED})
    if booking.is_instant:
        return [booking_life.extend_for_capture(session, booking, payment, now=now, calls=calls)]
    if booking.status is BookingStatus.EXPIRED:
        booking_life.come_back(session, booking)
    cause = by_gateway(now=now, reason="the payment is authorised")
    booking_life.await_host(session, booking, capture_before=payment.capture_before, cause=cause)
    return plan_voids(session, settled.attempts, now=now, but=payment.id)


def _after_captured(session: Session, settled: Settled, now: datetime) -> list[int]:
    booking, payment = settled.booking, settled.payment
    booking_queries.load_lines(session, booking)
    ledger.post(
        session,
        "payment_captured",
        f"payment:{payment.id}",
        payment_captured(
            booking_id=booking.id,
            provider=payment.provider,
            amount_minor=payment.captured_minor,
            currency=payment.currency,
        ),
        now=now,
        booking_id=booking.id,
    )
    outbox.record(session, Topic.PAYMENT_RECEIVED, subject_id=payment.id)
    if payment.change_id is None:
        calls = _confirm_paid(session, settled, now)
    else:
        calls = change_payments.after_captured(session, booking, payment, now=now)
    documents.issue_receipt(session, booking, payment, attempts=settled.attempts, now=now)
    return calls


def _confirm_paid(session: Session, settled: Settled, now: datetime) -> list[int]:
    booking, payment = settled.booking, settled.payment
    comes_late = booking.status is BookingStatus.EXPIRED
    if not _is_payable(session, booking, payment, now):
        return [return_money(session, booking, payment, now=now)]
    if comes_late:
        booking_life.come_back(session, booking)
    accepted = step_of(booking) == ON_HOST
    cause = by_host(booking.host_id, now=now) if accepted else by_gateway(now=now, reason="the payment is captured")
    booking_life.confirm(session, booking, cause=cause)
    return plan_voids(session, settled.attempts, now=now, but=payment.id)


def _is_payable(session: Session, booking: Booking, payment: Payment, now: datetime) -> bool:
    """Say whether captured money confirms its booking; a request needs the host's yes, which asks for the capture."""
    if not booking.is_instant and not queries.has_capture(session, payment.id):
        return False
    if booking.status is BookingStatus.EXPIRED:
        return booking_life.can_come_back(session, booking, now=now)
    return step_of(booking) in (ON_HOST, ON_PAYMENT)


def _after_failed(session: Session, settled: Settled, now: datetime) -> list[int]:
    booking, payment = settled.booking, settled.payment
    if payment.status is PaymentStatus.FAILED:
        outbox.record(session, Topic.PAYMENT_FAILED, subject_id=payment.id)
    if payment.change_id is not None:
        change_payments.after_failed(session, settled, now=now)
        return []
    # An authorisation that is gone leaves its request unpaid, unless another one stands; the guest may pay otherwise.
    if step_of(booking) == ON_HOST and settled.has_lost_authorisation:
        cause = by_gateway(now=now, reason=payment.failure_code or "the authorisation is gone")
        booking_life.await_payment_again(session, booking, cause=cause)
    return []


_FOLLOW: dict[PaymentStatus, Callable[[Session, Settled, datetime], list[int]]] = {
    PaymentStatus.AUTHORIZED: _after_authorized,
    PaymentStatus.CAPTURED: _after_captured,
    PaymentStatus.FAILED: _after_failed,
    PaymentStatus.CANCELED: _after_failed,
}
