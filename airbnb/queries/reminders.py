"""Which bookings are due for a reminder, and which have had it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from airbnb.domain.kinds import ReviewSide
from airbnb.domain.reminders import WINDOWS, ReminderKind
from airbnb.domain.review_rules import WRITE_WITHIN
from airbnb.domain.statuses import BookingStatus, PendingOn
from airbnb.models.bookings import Booking
from airbnb.models.reminders import BookingReminder
from airbnb.models.reviews import Review
from airbnb.queries.changes import matched_rows

AWAITS_HOST = (Booking.status == BookingStatus.PENDING, Booking.pending_on == PendingOn.HOST)
NO_TIME = timedelta(0)
#: Reminder -> the bookings that it concerns, the instant on them, and how long after it the deadline is.
_CONCERNS: dict[ReminderKind, tuple[tuple[ColumnElement[bool], ...], Any, timedelta]] = {
    ReminderKind.CHECK_IN: ((Booking.status == BookingStatus.CONFIRMED,), Booking.check_in_at, NO_TIME),
    ReminderKind.REQUEST_EARLY: (AWAITS_HOST, Booking.respond_by, NO_TIME),
    ReminderKind.REQUEST_LATE: (AWAITS_HOST, Booking.respond_by, NO_TIME),
    ReminderKind.REVIEW_BY_GUEST: ((Booking.status == BookingStatus.COMPLETED,), Booking.check_out_at, WRITE_WITHIN),
    ReminderKind.REVIEW_BY_HOST: ((Booking.status == BookingStatus.COMPLETED,), Booking.check_out_at, WRITE_WITHIN),
}


def list_due_ids(session: Session, kind: ReminderKind, *, now: datetime, limit: int) -> Sequence[int]:
    """Return ids of bookings whose reminder may be given now and was not dealt with, the most urgent first."""
    conditions, instant, after = _CONCERNS[kind]
    window = WINDOWS[kind]
    given = select(BookingReminder.booking_id).where(
        BookingReminder.booking_id == Booking.id, BookingReminder.kind == kind
    )
    return session.scalars(
        select(Booking.id)
        .where(*conditions, instant <= now + window.opens - after, instant > now + window.closes - after)
        .where(~given.exists())
        .order_by(instant, Booking.id)
        .limit(limit)
    ).all()


def was_given(session: Session, booking_id: int, kind: ReminderKind) -> bool:
    """Say whether a reminder was dealt with. Needs: the booking's row is locked."""
    return session.get(BookingReminder, (booking_id, kind)) is not None


def forget(session: Session, booking_id: int, kind: ReminderKind) -> None:
    """Let a reminder be given again. Needs: the booking's row is locked."""
    mine = (BookingReminder.booking_id == booking_id, BookingReminder.kind == kind)
    matched_rows(session, delete(BookingReminder).where(*mine))


def has_reviewed(session: Session, booking_id: int, side: ReviewSide) -> bool:
    """Say whether a side of a booking has written its review."""
    written = select(Review.id).where(Review.booking_id == booking_id, Review.side == side)
    return session.scalar(written) is not None
