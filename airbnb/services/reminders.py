"""Reminding guests of their stay and both sides of what they still can do.

Source: docs/rules/booking-life.md, "Reminders".
"""

from datetime import datetime

from sqlalchemy.orm import Session

from airbnb.domain.kinds import ReviewSide
from airbnb.domain.notifications import Side
from airbnb.domain.reminders import ReminderKind, is_due, is_news
from airbnb.domain.review_rules import write_until
from airbnb.domain.statuses import BookingStatus, PendingOn
from airbnb.domain.topics import Topic
from airbnb.models.bookings import Booking
from airbnb.models.reminders import BookingReminder
from airbnb.queries import reminders as queries
from airbnb.queries.bookings import lock_booking
from airbnb.services import outbox

REVIEWERS = {ReminderKind.REVIEW_BY_GUEST: ReviewSide.GUEST, ReminderKind.REVIEW_BY_HOST: ReviewSide.HOST}


def remind(session: Session, booking_id: int, *, kind: ReminderKind, now: datetime) -> bool:
    """Give one reminder of a booking if it is due still; whether anybody was told.

    Locks: the booking.
    Writes: that the reminder was dealt with, and the event in the same transaction.
    Idempotent: safe to run twice, late, and on several machines at once.
    """
    booking = lock_booking(session, booking_id)
    deadline = _deadline(booking, kind)
    if deadline is None or not is_due(kind, deadline, now) or queries.was_given(session, booking_id, kind):
        return False
    session.add(BookingReminder(booking_id=booking_id, kind=kind, at=now))
    if not _is_needed(session, booking, kind, deadline):
        return False
    topic, payload = _event(booking, kind)
    outbox.record(session, topic, subject_id=booking_id, payload=payload)
    return True


def renew_check_in(session: Session, booking: Booking, *, now: datetime) -> None:
    """Count the reminder of the stay anew towards its new check-in, which both sides agreed on at ``now``.

    Needs: the booking's row is locked.
    """
    queries.forget(session, booking.id, ReminderKind.CHECK_IN)
    if not is_news(ReminderKind.CHECK_IN, booking.check_in_at, now):
        session.add(BookingReminder(booking_id=booking.id, kind=ReminderKind.CHECK_IN, at=now))


def _deadline(booking: Booking, kind: ReminderKind) -> datetime | None:
    """Return what a reminder counts towards, or None when the booking has moved on."""
    if kind is ReminderKind.CHECK_IN:
        return booking.check_in_at if booking.status is BookingStatus.CONFIRMED else None
    if kind in REVIEWERS:
        return write_until(booking.check_out_at) if booking.status is BookingStatus.COMPLETED else None
    waits = booking.status is BookingStatus.PENDING and booking.pending_on is PendingOn.HOST
    return booking.respond_by if waits else None


def _is_needed(session: Session, booking: Booking, kind: ReminderKind, deadline: datetime) -> bool:
    if kind in REVIEWERS:
        return not queries.has_reviewed(session, booking.id, REVIEWERS[kind])
    known_since = booking.created_at if booking.confirmed_at is None else booking.confirmed_at
    return is_news(kind, deadline, known_since)


def _event(booking: Booking, kind: ReminderKind) -> tuple[Topic, dict[str, str]]:
    if kind is ReminderKind.CHECK_IN:
        return Topic.CHECK_IN_NEAR, {"side": Side.GUEST}
    if kind in REVIEWERS:
        until = write_until(booking.check_out_at).isoformat()
        return Topic.REVIEW_DUE, {"side": REVIEWERS[kind].value, "write_until": until}
    return Topic.REQUEST_WAITS, {"side": Side.HOST}
