"""The moves of a booking's life, each with its nights, its ledger and its outbox in one transaction.

Every function needs the booking's row locked and its lines loaded (``queries.bookings.lock_booking``), and returns
the ids of calls to providers that follow after the commit.
Source: docs/rules/booking-life.md.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from airbnb.domain import booking_deadlines
from airbnb.domain.causes import Cause, by_system
from airbnb.domain.kinds import IntentOperation
from airbnb.domain.postings import booking_confirmed
from airbnb.domain.statuses import BookingStatus, ListingStatus, PendingOn
from airbnb.domain.stays import Stay
from airbnb.domain.topics import Topic
from airbnb.models.bookings import Booking
from airbnb.models.payments import Payment, PaymentIntent
from airbnb.queries import bookings as queries
from airbnb.queries import payments as payment_queries
from airbnb.queries import quotes as listing_queries
from airbnb.queries.transitions import Step, move_booking
from airbnb.services import audit, coupons, earnings, ledger, nights, outbox
from airbnb.services.booking_terms import deferred_fee, promised_schedule
from airbnb.services.change_ends import close_open_change
from airbnb.services.listing_rules import clock_time
from airbnb.services.payment_calls import plan_payment_call, plan_voids

CONFIRMED: Step = (BookingStatus.CONFIRMED, None)
EXPIRED: Step = (BookingStatus.EXPIRED, None)
ON_PAYMENT: Step = (BookingStatus.PENDING, PendingOn.PAYMENT)
ON_HOST: Step = (BookingStatus.PENDING, PendingOn.HOST)


def step_of(booking: Booking) -> Step:
    """Return where a booking stands: its status and whom it waits for."""
    return booking.status, booking.pending_on


def confirm(session: Session, booking: Booking, *, cause: Cause) -> list[int]:
    """Confirm a stay that is paid: the grace and the refund schedule count from now."""
    move_booking(
        session,
        booking.id,
        old=step_of(booking),
        new=CONFIRMED,
        cause=cause,
        confirmed_at=cause.at,
        hold_expires_at=None,
        cancellation_schedule=promised_schedule(booking, confirmed_at=cause.at),
    )
    ledger.post(
        session,
        "booking_confirmed",
        f"booking:{booking.id}",
        booking_confirmed(booking_id=booking.id, guest_fee_minor=deferred_fee(booking), currency=booking.currency),
        now=cause.at,
        booking_id=booking.id,
    )
    outbox.record(session, Topic.BOOKING_CONFIRMED, subject_id=booking.id)
    return []


def await_host(session: Session, booking: Booking, *, capture_before: datetime | None, cause: Cause) -> None:
    """Put a request before its host, who answers in time or lets it lapse."""
    listing = listing_queries.find_listing(session, booking.listing_id)
    respond_by = booking_deadlines.respond_by(
        Stay(booking.check_in, booking.check_out),
        now=cause.at,
        zone=booking.time_zone,
        check_in_time=clock_time(booking.check_in_minutes),
        cut_off_hour=None if listing is None else listing.cut_off_hour,
        capture_before=capture_before,
    )
    move_booking(
        session,
        booking.id,
        old=step_of(booking),
        new=ON_HOST,
        cause=cause,
        hold_expires_at=None,
        respond_by=respond_by,
    )
    outbox.record(session, Topic.BOOKING_REQUESTED, subject_id=booking.id)


def await_payment_again(session: Session, booking: Booking, *, cause: Cause) -> None:
    """Ask the guest for another payment after the host's acceptance could not be charged."""
    until = booking_deadlines.failed_capture_hold_until(cause.at, booking.check_in_at)
    move_booking(session, booking.id, old=ON_HOST, new=ON_PAYMENT, cause=cause, hold_expires_at=until)


def has_lapsed(booking: Booking, now: datetime) -> bool:
    """Say whether the time of a hold or a request is over; deadlines are inclusive."""
    if step_of(booking) == ON_PAYMENT:
        return booking.hold_expires_at is not None and now > booking.hold_expires_at
    if step_of(booking) == ON_HOST:
        return booking.respond_by is not None and now > booking.respond_by
    return False


def expire(session: Session, booking_id: int, *, now: datetime) -> list[int] | None:
    """Let a hold or a request lapse whose time is over; None says that nothing happened, as to any other booking.

    Idempotent: safe to run twice, late, and on several machines at once.
    """
    booking = queries.lock_booking(session, booking_id)
    if not has_lapsed(booking, now):
        return None
    cause = by_system(now=now, reason="the time is over")
    move_booking(session, booking.id, old=step_of(booking), new=EXPIRED, cause=cause)
    nights.free(session, booking)
    coupons.give_back(session, booking, now=now)
    outbox.record(session, Topic.BOOKING_EXPIRED, subject_id=booking.id)
    return plan_voids(session, payment_queries.list_of_booking(session, booking.id), now=now)


def decline(session: Session, booking: Booking, *, cause: Cause) -> list[int]:
    """Answer a request with no: nights and authorisation are given back."""
    move_booking(session, booking.id, old=ON_HOST, new=(BookingStatus.DECLINED, None), cause=cause)
    nights.free(session, booking)
    coupons.give_back(session, booking, now=cause.at)
    outbox.record(session, Topic.BOOKING_DECLINED, subject_id=booking.id)
    return plan_voids(session, payment_queries.list_of_booking(session, booking.id), now=cause.at)


def can_come_back(session: Session, booking: Booking, *, now: datetime) -> bool:
    """Say whether an expired booking may still be made good: listing open, T ahead, nights and coupon free."""
    listing = listing_queries.lock_listing(session, booking.listing_id)
    if listing is None or listing.status is not ListingStatus.PUBLISHED or booking.check_in_at <= now:
        return False
    span = Stay(booking.check_in, booking.check_out).with_preparation(listing.preparation_days)
    is_free = listing_queries.first_taken_of(session, listing.id, span.nights) is None
    return is_free and coupons.can_take_again(session, booking)


def come_back(session: Session, booking: Booking) -> None:
    """Take the nights and the coupon of an expired booking again. Needs: ``can_come_back``, in the same transaction."""
    listing = listing_queries.find_listing(session, booking.listing_id)
    assert listing is not None
    nights.take(session, booking, preparation_days=listing.preparation_days)
    coupons.take_again(session, booking)


def extend_for_capture(
    session: Session,
    booking: Booking,
    payment: Payment,
    *,
    now: datetime,
    calls: Sequence[PaymentIntent] | None = None,
) -> int:
    """Plan a capture, with the deadline pushed so far that it cannot pass meanwhile; ``calls`` as in planning it.

    The booking's version is checked by the same UPDATE: expiry and capture cannot both win.
    """
    until = now + booking_deadlines.CAPTURE_EXTENSION
    if step_of(booking) == ON_PAYMENT:
        booking.hold_expires_at = max(booking.hold_expires_at or until, until)
    elif step_of(booking) == ON_HOST:
        booking.respond_by = max(booking.respond_by or until, until)
    session.flush()
    return plan_payment_call(session, IntentOperation.CAPTURE, payment, now=now, calls=calls)


def complete(session: Session, booking_id: int, *, now: datetime) -> bool:
    """Close a confirmed stay whose check-out has passed; whether this call did it.

    Writes: the earnings in the ledger and as an item of a coming payout, unless T was the time for it.
    Idempotent.
    """
    booking = queries.lock_booking(session, booking_id)
    if booking.status is not BookingStatus.CONFIRMED or now < booking.check_out_at:
        return False
    cause = by_system(now=now, reason="checked out")
    move_booking(session, booking.id, old=CONFIRMED, new=(BookingStatus.COMPLETED, None), cause=cause, completed_at=now)
    # What was authorised for an open change is given up by the sweep of calls.
    close_open_change(session, booking.id, cause=cause, reason="completed")
    event = earnings.Event("booking_completed", "stay", earnings.stay_due_at(booking), f"booking:{booking.id}")
    earnings.settle(session, booking, earnings.whole_division(booking), event, now=now)
    outbox.record(session, Topic.BOOKING_COMPLETED, subject_id=booking.id)
    return True


def note_no_show(session: Session, booking: Booking, *, cause: Cause) -> None:
    """Note that the guest never came: nights and money stay as they were booked."""
    move_booking(session, booking.id, old=CONFIRMED, new=CONFIRMED, cause=cause, no_show_at=cause.at)
    audit.record_action(
        session, "note_no_show", Booking, booking.id, cause=cause, changes={"no_show_at": (None, cause.at.isoformat())}
    )
    outbox.record(session, Topic.BOOKING_NO_SHOW, subject_id=booking.id)
