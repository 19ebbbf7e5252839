"""Comparing the taken nights with the bookings that they are taken for."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from airbnb.domain.statuses import BookingStatus, NightKind
from airbnb.models.bookings import Booking
from airbnb.models.calendar import BookedNight

LIVE = (BookingStatus.PENDING, BookingStatus.CONFIRMED, BookingStatus.COMPLETED)


def find_night_faults(session: Session) -> list[str]:
    """Return a sentence for every live booking without its nights and every night without a live booking.

    A canceled booking keeps the nights that were stayed. Double bookings can't be: the primary key refuses them.
    """
    taken = (
        select(BookedNight.booking_id, func.count().label("nights"))
        .where(BookedNight.kind == NightKind.BOOKING)
        .group_by(BookedNight.booking_id)
        .subquery()
    )
    rows = session.execute(
        select(Booking.code, Booking.status, Booking.check_in, Booking.check_out, func.coalesce(taken.c.nights, 0))
        .outerjoin(taken, taken.c.booking_id == Booking.id)
        .order_by(Booking.id)
        .execution_options(yield_per=1_000)
    )
    faults = []
    for code, status, check_in, check_out, nights in rows:
        length = (check_out - check_in).days
        if status in LIVE and nights != length:
            faults.append(f"{code} is {status.value} with {nights} of {length} nights")
        if status not in LIVE and nights and (status is not BookingStatus.CANCELED or nights >= length):
            faults.append(f"{code} is {status.value} and still holds {nights} nights")
    return faults
