"""What becomes of a change when the provider says where the payment of its difference stands."""

from datetime import datetime

from sqlalchemy.orm import Session

from airbnb.domain.booking_errors import DatesUnavailable
from airbnb.domain.causes import by_gateway
from airbnb.domain.kinds import IntentOperation
from airbnb.domain.statuses import BookingStatus, ChangeStatus, ChangeWaitsFor
from airbnb.domain.stays import Stay
from airbnb.models.booking_changes import BookingChange
from airbnb.models.bookings import Booking
from airbnb.models.payments import Payment
from airbnb.queries import booking_changes as queries
from airbnb.services import booking_changes
from airbnb.services.booking_facts import payments_of_change
from airbnb.services.change_swaps import ensure_nights
from airbnb.services.payment_calls import plan_payment_call, plan_voids
from airbnb.services.payment_starts import return_money
from airbnb.services.settled_payments import Settled


def after_authorized(session: Session, settled: Settled, *, now: datetime) -> list[int]:
    """Capture the difference of a change that is agreed; keep it for one that waits; give it up for any other."""
    booking, payment = settled.booking, settled.payment
    change = _open_change(session, booking, payment)
    if change is None or settled.is_paid_otherwise:
        return [plan_payment_call(session, IntentOperation.VOID, payment, now=now)]
    if change.waits_for is ChangeWaitsFor.PAYMENT:
        return [booking_changes.extend_for_capture(session, change, payment, now=now)]
    booking_changes.shorten_for_provider(session, booking, change, payment)
    return plan_voids(session, payments_of_change(settled.attempts, change), now=now, but=payment.id)


def after_captured(session: Session, booking: Booking, payment: Payment, *, now: datetime) -> list[int]:
    """Swap the stay whose difference has arrived, or send back what comes too late. Needs: the capture is posted."""
    change = _open_change(session, booking, payment)
    if change is None or change.waits_for is not ChangeWaitsFor.PAYMENT:
        return [return_money(session, booking, payment, now=now)]
    cause = by_gateway(now=now, reason="the payment is captured")
    try:
        # With the listing's row locked the answer holds: the swap itself cannot fail by a taken night.
        ensure_nights(session, booking, Stay(change.check_in, change.check_out))
    except DatesUnavailable:
        back = return_money(session, booking, payment, now=now)
        return [back, *booking_changes.lose(session, change, cause=cause)]
    return booking_changes.finish_paid(session, booking, change, payment, cause=cause)


def after_failed(session: Session, settled: Settled, *, now: datetime) -> None:
    """Let the guest pay an agreed change in another way after its authorisation was lost."""
    booking, payment = settled.booking, settled.payment
    change = _open_change(session, booking, payment)
    waits = change is not None and change.waits_for is ChangeWaitsFor.PAYMENT
    if change is not None and waits and settled.has_lost_authorisation:
        cause = by_gateway(now=now, reason=payment.failure_code or "the authorisation is gone")
        booking_changes.await_payment_again(session, booking, change, cause=cause)


def _open_change(session: Session, booking: Booking, payment: Payment) -> BookingChange | None:
    """Return the change that a payment is for while it is open and its booking stands."""
    change = queries.find_change(session, payment.change_id or 0)
    is_open = change is not None and change.status is ChangeStatus.PENDING
    return change if is_open and booking.status is BookingStatus.CONFIRMED else None
