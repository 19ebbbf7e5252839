"""Cancelling a booking: who gets what back, and what becomes of nights, ledger and payouts.

Source: docs/rules/cancellation.md.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from airbnb.domain.booking_errors import InvalidTransition, RefundChanged
from airbnb.domain.cancellation import Refund, kept_whole, refund_as_chosen, refund_for
from airbnb.domain.causes import Cause
from airbnb.domain.kinds import ActorKind
from airbnb.domain.money import Money, format_amount, half_up
from airbnb.domain.payout_rules import canceled_due_at
from airbnb.domain.pricing import LineKind
from airbnb.domain.statuses import BookingStatus
from airbnb.domain.topics import Topic
from airbnb.extensions import current_settings
from airbnb.models.bookings import Booking
from airbnb.models.payments import Payment
from airbnb.queries import payments as payment_queries
from airbnb.queries.transitions import move_booking
from airbnb.services import audit, coupons, earnings, nights, outbox, refunds
from airbnb.services.booking_life import step_of
from airbnb.services.booking_terms import money_of, terms_of, times_of
from airbnb.services.change_ends import close_open_change
from airbnb.services.payment_calls import plan_voids
from airbnb.services.payment_starts import start_refunds
from airbnb.services.penalties import charge_penalty

CANCELED = (BookingStatus.CANCELED, None)


def refund_now(booking: Booking, payments: Sequence[Payment], *, by: ActorKind, now: datetime) -> Refund:
    """Return what cancelling a confirmed booking now gives back. Needs: the booking's lines are loaded."""
    return refund_for(
        money_of(booking, payments),
        terms_of(booking),
        times_of(booking, confirmed_at=booking.confirmed_at or now),
        now=now,
        canceled_by=by,
    )


def chosen_refund(
    booking: Booking, payments: Sequence[Payment], refunds: Mapping[LineKind, int], *, now: datetime
) -> Refund:
    """Return what cancelling a confirmed booking gives back when staff choose it line by line.

    Needs: the booking's lines are loaded.
    Raises: ValidationFailed.
    """
    times = times_of(booking, confirmed_at=booking.confirmed_at or now)
    return refund_as_chosen(money_of(booking, payments), times, refunds, now=now)


def cancel(
    session: Session,
    booking: Booking,
    *,
    cause: Cause,
    expected: Money | None = None,
    chosen: Mapping[LineKind, int] | None = None,
) -> list[int]:
    """Cancel a booking for guest, host or staff; return the ids of calls to providers that follow.

    A confirmed stay is divided by its policy, or by what staff give back of each line (``chosen``), and its coming
    nights are freed, or blocked when the host cancels; a pending one is given up with whatever was authorised.
    Needs: the booking's row is locked, its lines are loaded, and the caller may cancel it.
    Raises: RefundChanged when the refund is not the expected one; InvalidTransition; ValidationFailed.
    """
    payments = payment_queries.list_of_booking(session, booking.id)
    if booking.status is BookingStatus.PENDING:
        _ensure_expected(expected, Money(0, booking.currency))
        _move_to_canceled(session, booking, cause)
        nights.free(session, booking)
        coupons.give_back(session, booking, now=cause.at)
        return plan_voids(session, payments, now=cause.at)
    if booking.status is not BookingStatus.CONFIRMED:
        raise InvalidTransition(**{"from": booking.status, "to": BookingStatus.CANCELED})
    if chosen is None:
        refund = refund_now(booking, payments, by=cause.kind, now=cause.at)
    else:
        refund = chosen_refund(booking, payments, chosen, now=cause.at)
    _ensure_expected(expected, Money(refund.refund_minor, booking.currency))
    _move_to_canceled(session, booking, cause)
    calls = close_open_change(session, booking.id, cause=cause, reason="canceled")
    _give_nights_back(session, booking, cause)
    _post_division(session, booking, refund, now=cause.at)
    refunds.offset_given(session, booking, refund.due_minor, source=f"booking:{booking.id}", now=cause.at)
    if refund.is_full:
        coupons.give_back(session, booking, now=cause.at)
    if cause.kind is ActorKind.HOST:
        charge_penalty(session, booking, now=cause.at)
    lines = [{"kind": line.kind, "amount_minor": line.refund_minor} for line in refund.lines if line.refund_minor]
    return calls + start_refunds(session, payments, refund.refund_minor, reason="canceled", lines=lines, now=cause.at)


def _ensure_expected(expected: Money | None, actual: Money) -> None:
    if expected is not None and expected != actual:
        shown = {"amount": format_amount(actual.amount_minor, actual.currency), "currency": actual.currency}
        raise RefundChanged(refund=shown)


def _move_to_canceled(session: Session, booking: Booking, cause: Cause) -> None:
    before = booking.status
    move_booking(
        session,
        booking.id,
        old=step_of(booking),
        new=CANCELED,
        cause=cause,
        canceled_at=cause.at,
        canceled_by=cause.kind,
        cancel_reason=cause.reason,
        hold_expires_at=None,
    )
    outbox.record(session, Topic.BOOKING_CANCELED, subject_id=booking.id)
    if cause.kind is ActorKind.STAFF:
        changes = {"status": (before, BookingStatus.CANCELED)}
        audit.record_action(session, "cancel_booking", Booking, booking.id, cause=cause, changes=changes)


def _give_nights_back(session: Session, booking: Booking, cause: Cause) -> None:
    stayed = times_of(booking, confirmed_at=booking.confirmed_at or cause.at).nights_begun(cause.at)
    first_coming = booking.check_in + timedelta(days=stayed)
    if cause.kind is ActorKind.HOST:
        nights.block(session, booking, from_night=first_coming)
    else:
        nights.free(session, booking, from_night=first_coming)


def _post_division(session: Session, booking: Booking, refund: Refund, *, now: datetime) -> None:
    """Divide the money in the book, and note what the host is to be paid of it."""
    payout_minor, fee_minor = _host_share(booking, refund)
    division = earnings.division_of(booking, refund, payout_minor, fee_minor)
    due = canceled_due_at(check_in_at=booking.check_in_at, now=now, delay=current_settings().payout_delay)
    event = earnings.Event("booking_canceled", "cancellation", due, f"booking:{booking.id}")
    earnings.settle(session, booking, division, event, now=now)


def _host_share(booking: Booking, refund: Refund) -> tuple[int, int]:
    """Return what the host gets and pays in fees, in the listing's currency.

    Where the guest paid in another one, it is the same share of what was promised to the host as is kept in the
    guest's: all of it when nothing goes back.
    """
    if booking.currency == booking.listing_currency:
        return refund.host_payout_minor, refund.host_service_fee_minor
    whole = kept_whole(money_of(booking))
    return (
        _share(booking.host_payout_minor, refund.host_payout_minor, whole.host_payout_minor),
        _share(booking.host_service_fee_minor, refund.host_service_fee_minor, whole.host_service_fee_minor),
    )


def _share(amount_minor: int, part: int, whole: int) -> int:
    return half_up(amount_minor * part, whole) if whole else 0
