"""Mails about a booking that can be sent again: those whose order is still kept."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from airbnb.models.booking_changes import BookingChange
from airbnb.models.bookings import Booking
from airbnb.models.notifications import MailMessage
from airbnb.models.payments import Payment
from airbnb.models.platform import OutboxEvent

MOST = 50


def list_resendable(session: Session, booking: Booking) -> Sequence[MailMessage]:
    """Return the latest mails about a booking, its payments and its changes, the newest first."""
    subjects = [
        booking.id,
        *session.scalars(select(Payment.id).where(Payment.booking_id == booking.id)),
        *session.scalars(select(BookingChange.id).where(BookingChange.booking_id == booking.id)),
    ]
    return session.scalars(
        select(MailMessage)
        .join(OutboxEvent, OutboxEvent.id == MailMessage.event_id)
        .where(MailMessage.subject_id.in_(subjects))
        .order_by(MailMessage.id.desc())
        .limit(MOST)
    ).all()
