"""Changing an agreed stay: one side asks, the other answers, the guest pays the difference, the nights are swapped.

Every function needs the booking's row locked and its lines loaded, and returns the ids of calls to providers that
follow after the commit.
Source: docs/rules/booking-changes.md.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from airbnb.domain.booking_changes import Span, answer_by, pay_by
from airbnb.domain.booking_deadlines import CAPTURE_EXTENSION
from airbnb.domain.booking_errors import DatesUnavailable
from airbnb.domain.causes import Cause, by_system
from airbnb.domain.kinds import ActorKind, IntentOperation
from airbnb.domain.pricing import Party
from airbnb.domain.statuses import ChangeStatus, ChangeWaitsFor
from airbnb.domain.stay_terms import terms_as_dict, terms_from_dict
from airbnb.domain.stays import Stay
from airbnb.domain.topics import Topic
from airbnb.models.booking_changes import BookingChange
from airbnb.models.bookings import Booking
from airbnb.models.payments import Payment
from airbnb.queries import booking_changes as queries
from airbnb.queries import payments as payment_queries
from airbnb.queries.transitions import move, record_start
from airbnb.services import outbox
from airbnb.services.bookings import ALL_GUARDS, BookingGuards
from airbnb.services.change_ends import end_change
from airbnb.services.change_proposals import ChangeWish, Proposal, span_of
from airbnb.services.change_swaps import ensure_nights, swap_stay
from airbnb.services.payment_calls import plan_payment_call, plan_voids

OTHER_SIDE = {ActorKind.GUEST: ChangeWaitsFor.HOST, ActorKind.HOST: ChangeWaitsFor.GUEST}


def ask(session: Session, booking: Booking, wish: ChangeWish, proposal: Proposal, *, cause: Cause) -> BookingChange:
    """Put a change before the other side, at a price that holds while it is open.

    Raises: ChangeOpen when another one is open.
    Writes: the change with the terms before and after, history, outbox.
    """
    party = wish.party
    change = BookingChange(
        booking_id=booking.id,
        open_booking_id=booking.id,
        asked_by=cause.kind,
        status=ChangeStatus.PENDING,
        waits_for=OTHER_SIDE[cause.kind],
        check_in=wish.stay.check_in,
        check_out=wish.stay.check_out,
        adults=party.adults,
        children=party.children,
        infants=party.infants,
        pets=party.pets,
        currency=booking.currency,
        difference_minor=proposal.difference_minor,
        old_terms=terms_as_dict(proposal.before),
        new_terms=terms_as_dict(proposal.after),
        expires_at=answer_by(_agreed(booking), span_of(booking, wish.stay), now=cause.at),
        created_at=cause.at,
    )
    queries.add_change(session, change)
    record_start(session, change, cause=cause)
    outbox.record(session, Topic.CHANGE_REQUESTED, subject_id=change.id)
    return change


def accept(
    session: Session, booking: Booking, change: BookingChange, *, cause: Cause, guards: BookingGuards = ALL_GUARDS
) -> list[int]:
    """Say yes: the stay is swapped at once when nothing is to be paid, else when the difference has arrived.

    Raises: DatesUnavailable when somebody else was quicker; everything stays as it was then.
    """
    if change.difference_minor <= 0:
        _note_agreement(session, change, cause)
        return swap_stay(session, booking, change, cause=cause, guards=guards)
    ensure_nights(session, booking, terms_from_dict(change.new_terms).stay, guards=guards)
    payment = payment_queries.find_capturable(session, booking.id, change_id=change.id)
    _await_payment(session, booking, change, cause=cause)
    if payment is not None:
        return [extend_for_capture(session, change, payment, now=cause.at)]
    if cause.kind is ActorKind.HOST:
        _tell_answer(session, change, "accepted")
    return []


def decline(session: Session, change: BookingChange, *, cause: Cause) -> list[int]:
    """Say no: the booking stays as it is, and what was authorised is given back."""
    calls = end_change(session, change, ChangeStatus.DECLINED, cause=cause)
    _tell_answer(session, change, "declined")
    return calls


def withdraw(session: Session, change: BookingChange, *, cause: Cause) -> list[int]:
    """Take a change back that one asked for oneself."""
    calls = end_change(session, change, ChangeStatus.WITHDRAWN, cause=cause)
    _tell_answer(session, change, "withdrawn")
    return calls


def wish_of(change: BookingChange) -> ChangeWish:
    """Return what a change asks for."""
    return ChangeWish(
        stay=Stay(change.check_in, change.check_out),
        party=Party(adults=change.adults, children=change.children, infants=change.infants, pets=change.pets),
    )


def has_lapsed(change: BookingChange, now: datetime) -> bool:
    """Say whether an open change's time is over; deadlines are inclusive."""
    return change.status is ChangeStatus.PENDING and now > change.expires_at


def expire(session: Session, change: BookingChange, *, now: datetime) -> list[int] | None:
    """Let a change lapse whose time is over; None says that nothing happened, as to any other.

    Idempotent: safe to run twice, late, and on several machines at once.
    """
    if not has_lapsed(change, now):
        return None
    calls = end_change(session, change, ChangeStatus.EXPIRED, cause=by_system(now=now, reason="the time is over"))
    _tell_answer(session, change, "expired")
    return calls


def await_payment_again(session: Session, booking: Booking, change: BookingChange, *, cause: Cause) -> None:
    """Give the guest time to pay an agreed change in another way, after a capture failed."""
    _await_payment(session, booking, change, cause=cause)


def extend_for_capture(session: Session, change: BookingChange, payment: Payment, *, now: datetime) -> int:
    """Plan a capture, with the deadline pushed so far that it cannot pass meanwhile.

    The change's version is checked by the same UPDATE: expiry and capture cannot both win.
    """
    change.expires_at = max(change.expires_at, now + CAPTURE_EXTENSION)
    session.flush()
    return plan_payment_call(session, IntentOperation.CAPTURE, payment, now=now)


def shorten_for_provider(session: Session, booking: Booking, change: BookingChange, payment: Payment) -> None:
    """Ask for the answer before the provider lets an authorisation go."""
    stay = Stay(change.check_in, change.check_out)
    limit = answer_by(
        _agreed(booking), span_of(booking, stay), now=change.created_at, capture_before=payment.capture_before
    )
    change.expires_at = min(change.expires_at, limit)
    session.flush()


def finish_paid(
    session: Session, booking: Booking, change: BookingChange, payment: Payment, *, cause: Cause
) -> list[int]:
    """Swap the stay now that its difference has arrived; return the calls that follow.

    Raises: DatesUnavailable when somebody else was quicker.
    """
    calls = swap_stay(session, booking, change, cause=cause)
    return calls + plan_voids(session, payment_queries.list_of_change(session, change.id), now=cause.at, but=payment.id)


def lose(session: Session, change: BookingChange, *, cause: Cause) -> list[int]:
    """End a change whose nights somebody else took while it was being paid."""
    calls = end_change(session, change, ChangeStatus.CLOSED, cause=cause, reason=DatesUnavailable.code)
    _tell_answer(session, change, "closed")
    return calls


def _await_payment(session: Session, booking: Booking, change: BookingChange, *, cause: Cause) -> None:
    wanted = span_of(booking, Stay(change.check_in, change.check_out))
    move(
        session,
        BookingChange,
        change.id,
        old=ChangeStatus.PENDING,
        new=ChangeStatus.PENDING,
        cause=cause,
        waits_for=ChangeWaitsFor.PAYMENT,
        agreed_at=change.agreed_at or cause.at,
        expires_at=pay_by(_agreed(booking), wanted, now=cause.at),
    )


def _note_agreement(session: Session, change: BookingChange, cause: Cause) -> None:
    change.agreed_at = cause.at
    session.flush()


def _agreed(booking: Booking) -> Span:
    return span_of(booking, Stay(booking.check_in, booking.check_out))


def _tell_answer(session: Session, change: BookingChange, decision: str) -> None:
    outbox.record(session, Topic.CHANGE_ANSWERED, subject_id=change.id, payload={"decision": decision})
