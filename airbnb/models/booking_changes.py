"""Changes of agreed stays: what one side asks for, what the other answers, and the terms before and after."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from airbnb.domain.kinds import ActorKind
from airbnb.domain.statuses import ChangeStatus, ChangeWaitsFor
from airbnb.extensions import Base
from airbnb.models.bookings import Booking
from airbnb.models.checks import not_negative, three_letters
from airbnb.models.types import IdMixin, TimestampMixin, UTCDateTime, VersionMixin, ascii_string, enum_column


class BookingChange(IdMixin, TimestampMixin, VersionMixin, Base):
    """Other dates or guests that one side of a booking asks for; at most one is open per booking."""

    __tablename__ = "booking_changes"
    __table_args__ = (
        UniqueConstraint("open_booking_id"),
        CheckConstraint("(status = 'pending') = (waits_for IS NOT NULL)", name="waits_for_someone"),
        CheckConstraint("(status = 'pending') = (open_booking_id IS NOT NULL)", name="open_while_pending"),
        CheckConstraint("open_booking_id = booking_id", name="open_of_booking"),
        CheckConstraint("check_in < check_out", name="stay"),
        CheckConstraint("adults >= 1", name="adults_positive"),
        *not_negative("children", "infants", "pets"),
        *three_letters("currency"),
        Index(None, "booking_id", "id"),
        Index(None, "status", "expires_at"),  # the sweep of unanswered changes
    )

    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id", ondelete="RESTRICT"))
    #: Same as ``booking_id`` while the change is open, else NULL: stands in for a partial unique index.
    open_booking_id: Mapped[int | None] = mapped_column(BigInteger)
    asked_by: Mapped[ActorKind] = mapped_column(enum_column(ActorKind, name="asked_by"))
    status: Mapped[ChangeStatus] = mapped_column(enum_column(ChangeStatus, name="status"), default=ChangeStatus.PENDING)
    waits_for: Mapped[ChangeWaitsFor | None] = mapped_column(enum_column(ChangeWaitsFor, name="waits_for"))

    check_in: Mapped[date]
    check_out: Mapped[date]
    adults: Mapped[int] = mapped_column(SmallInteger)
    children: Mapped[int] = mapped_column(SmallInteger, default=0)
    infants: Mapped[int] = mapped_column(SmallInteger, default=0)
    pets: Mapped[int] = mapped_column(SmallInteger, default=0)
    currency: Mapped[str] = mapped_column(ascii_string(3))  # the booking's
    difference_minor: Mapped[int] = mapped_column(BigInteger)  # above zero: the guest pays it; below: gets it back
    #: What was agreed before, and what will be: ``domain.stay_terms.terms_as_dict``. The price is fixed at the asking.
    old_terms: Mapped[dict[str, Any]] = mapped_column(JSON)
    new_terms: Mapped[dict[str, Any]] = mapped_column(JSON)

    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    agreed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # when the other side said yes
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    end_reason: Mapped[str | None] = mapped_column(ascii_string(64))

    booking: Mapped[Booking] = relationship(lazy="raise")
