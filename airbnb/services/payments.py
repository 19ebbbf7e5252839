"""What becomes of a payment, and of its booking, when the provider says where it stands.

One function applies every report, whether it came with the call's answer, a webhook, the payer's return or the
sweep. It only ever looks at where things stand now, so late, repeated and reordered reports end the same.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from airbnb.domain.causes import by_gateway, by_host
from airbnb.domain.ids import new_id
from airbnb.domain.kinds import IntentOperation
from airbnb.domain.payment_reports import PaymentReport, RefundReport
from airbnb.domain.postings import Entry, payment_captured, refund_sent, reversal
from airbnb.domain.refund_postings import refund_doubled
from airbnb.domain.statuses import BookingStatus, IntentState, PaymentStatus, RefundStatus, can_move
from airbnb.domain.topics import Topic
from airbnb.models.bookings import Booking
from airbnb.models.payments import Payment, Refund
from airbnb.queries import bookings as booking_queries
from airbnb.queries import payments as queries
from airbnb.queries import refunds as refund_queries
from airbnb.queries.refunds import DOUBLED
from airbnb.queries.transitions import move, record_start
from airbnb.services import booking_life, change_payments, documents, ledger, outbox
from airbnb.services.booking_life import ON_HOST, ON_PAYMENT, step_of
from airbnb.services.payment_calls import plan_payment_call, plan_voids
from airbnb.services.payment_starts import return_money
from airbnb.services.settled_payments import Settled

logger = logging.getLogger(__name__)

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


def apply_refund_report(session: Session, refund_id: int, report: RefundReport, *, now: datetime) -> None:
    """Apply where the provider says a refund stands; one that a bank sent back after it had arrived is owed again.

    Idempotent.
    Source: docs/rules/ledger.md.
    """
    refund = refund_queries.lock_refund(session, refund_id)
    old = refund.status
    if old is RefundStatus.REROUTED and report.status is RefundStatus.SUCCEEDED:
        _note_doubled(session, refund, report, now)
        return
    if old is RefundStatus.FAILED and ledger.is_posted(session, "refund_sent", f"refund:{refund.id}"):
        # It had arrived and come back: an old word that it arrived says nothing new.
        return
    if report.status is RefundStatus.PENDING or not can_move(old, report.status):
        return
    intent = queries.find_open_intent(session, IntentOperation.REFUND, refund_id=refund.id)
    succeeded = report.status is RefundStatus.SUCCEEDED
    if intent is not None:
        state = IntentState.SUCCEEDED if succeeded else IntentState.FAILED
        queries.close_intent(session, intent.id, state=state, provider_ref=report.provider_ref)
    columns: dict[str, Any] = {
        "provider_ref": report.provider_ref or refund.provider_ref,
        "failure_code": report.failure_code,
        "succeeded_at": now if succeeded else None,
    }
    cause = by_gateway(now=now, reason=report.failure_code)
    move(session, Refund, refund.id, old=old, new=report.status, cause=cause, **columns)
    if succeeded:
        _post_refund(session, "refund_sent", refund, _sent(refund), now)
        note_returned(session, refund, now=now)
        return
    if old is RefundStatus.SUCCEEDED:
        _post_refund(session, "refund_came_back", refund, reversal(_sent(refund)), now)
    outbox.record(session, Topic.REFUND_FAILED, subject_id=refund.id)


def _note_doubled(session: Session, rerouted: Refund, report: RefundReport, now: datetime) -> None:
    """Note that a refund arrived though it had been sent another way: the guest has the money twice, and staff see it.

    Idempotent.
    """
    source = f"refund:{rerouted.id}"
    entries = refund_doubled(
        booking_id=rerouted.booking_id, amount_minor=rerouted.amount_minor, currency=rerouted.currency
    )
    if not ledger.post(session, "refund_doubled", source, entries, now=now, booking_id=rerouted.booking_id):
        return
    provider_ref, rerouted.provider_ref = report.provider_ref or rerouted.provider_ref, None
    session.flush()  # the provider's name for it is the second one's from here on
    again = Refund(
        id=new_id(),
        payment_id=rerouted.payment_id,
        booking_id=rerouted.booking_id,
        provider=rerouted.provider,
        provider_ref=provider_ref,
        status=RefundStatus.SUCCEEDED,
        currency=rerouted.currency,
        amount_minor=rerouted.amount_minor,
        reason=DOUBLED,
        lines=[],
        succeeded_at=now,
    )
    session.add(again)
    session.flush()
    record_start(session, again, cause=by_gateway(now=now, reason="it arrived after it had been sent another way"))
    _post_refund(session, "refund_sent", again, _sent(again), now)
    note_returned(session, again, now=now)
    logger.error("a guest has a refund twice", extra={"refund_id": rerouted.id, "again_id": again.id})


def _sent(refund: Refund) -> list[Entry]:
    return refund_sent(
        booking_id=refund.booking_id,
        provider=refund.provider,
        amount_minor=refund.amount_minor,
        currency=refund.currency,
    )


def _post_refund(session: Session, kind: str, refund: Refund, entries: list[Entry], now: datetime) -> None:
    ledger.post(session, kind, f"refund:{refund.id}", entries, now=now, booking_id=refund.booking_id)


def note_returned(session: Session, refund: Refund, *, now: datetime) -> None:
    """Note that a refund's money is back at the guest: on its payment, to the guest, and by a credit note."""
    payment = queries.lock_payment(session, refund.payment_id)
    returned_minor = refund_queries.sum_succeeded_refunds(session, payment.id)
    is_whole = returned_minor >= payment.captured_minor  # above it only what was sent twice
    new = PaymentStatus.REFUNDED if is_whole else PaymentStatus.PARTIALLY_REFUNDED
    if can_move(payment.status, new):
        move(session, Payment, payment.id, old=payment.status, new=new, cause=by_gateway(now=now))
    outbox.record(session, Topic.PAYMENT_REFUNDED, subject_id=refund.id)
    documents.issue_credit_note(session, refund, now=now)
