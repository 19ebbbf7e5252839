"""Which reminders of a booking have been dealt with."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from airbnb.domain import clock
from airbnb.domain.reminders import ReminderKind
from airbnb.extensions import Base
from airbnb.models.types import UTCDateTime, enum_column


class BookingReminder(Base):
    """One reminder that was given, or that nobody needed; the key keeps it to once per booking."""

    __tablename__ = "booking_reminders"

    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[ReminderKind] = mapped_column(enum_column(ReminderKind, name="kind"), primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
