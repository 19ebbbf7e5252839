"""Taking and freeing a booking's nights, with search told in the same transaction."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from airbnb.domain.calendar_rules import preparation_nights
from airbnb.domain.statuses import NightKind
from airbnb.domain.stays import Stay
from airbnb.models.bookings import Booking
from airbnb.queries import nights as queries
from airbnb.services.feed_nights import reclaim
from airbnb.services.search_projection import mark_nights


def take(session: Session, booking: Booking, *, preparation_days: int) -> None:
    """Take a booking's nights and the preparation after them.

    Raises: DatesUnavailable when a night is taken; the transaction must be given up then.
    """
    stay = Stay(booking.check_in, booking.check_out)
    preparation = preparation_nights(stay, preparation_days)
    queries.take_nights(session, booking.listing_id, booking_id=booking.id, nights=stay.nights, preparation=preparation)
    mark_nights(session, booking.listing_id, [*stay.nights, *preparation], True)


def swap(session: Session, booking: Booking, wanted: dict[date, NightKind]) -> None:
    """Let a booking hold other nights: what it wants is taken, what it does not want any more is given back.

    Raises: DatesUnavailable when a night is taken; the transaction must be given up then.
    """
    held = queries.list_held(session, booking.id)
    freed = queries.swap_nights(session, booking.listing_id, booking_id=booking.id, wanted=wanted, held=held)
    mark_nights(session, booking.listing_id, [night for night in wanted if night not in held], True)
    _mark_free(session, booking, freed)


def free(session: Session, booking: Booking, *, from_night: date | None = None) -> None:
    """Give back a booking's nights, from one on or all of them, and its preparation."""
    _mark_free(session, booking, queries.free_nights(session, booking.id, from_night=from_night))


def block(session: Session, booking: Booking, *, from_night: date) -> None:
    """Turn a booking's coming nights into the host's blocks: who cancels on a guest can't sell the dates again."""
    _mark_free(session, booking, queries.block_nights(session, booking.id, from_night=from_night))


def _mark_free(session: Session, booking: Booking, nights: Sequence[date]) -> None:
    kept = reclaim(session, booking.listing_id, nights)
    mark_nights(session, booking.listing_id, [night for night in nights if night not in kept], False)
