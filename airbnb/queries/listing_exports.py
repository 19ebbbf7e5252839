"""What a host's files are made of: listings with their figures, and who is behind the taken nights."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from airbnb.domain.amenities import kinds_of
from airbnb.domain.statuses import PhotoStatus
from airbnb.models.bookings import Booking
from airbnb.models.calendar_feeds import CalendarFeed
from airbnb.models.listings import Listing, ListingAmenity, ListingFigures, ListingPhoto
from airbnb.models.users import User


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingRow:
    """One listing as its host's file shows it. Units: ``rating_sum`` is the sum of the stars."""

    listing: Listing
    amenities: tuple[str, ...]
    photos: int
    rating_sum: int
    review_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StayRow:
    """What a host's calendar file says of the booking behind a night."""

    code: str
    guest_name: str
    guests: int


def listing_rows(session: Session, listings: Sequence[Listing]) -> Iterator[ListingRow]:
    """Return listings with what hangs on them, in their order: three statements, however many there are."""
    ids = [listing.id for listing in listings]
    if not ids:
        return
    bits: dict[int, list[int]] = {}
    amenities = select(ListingAmenity.listing_id, ListingAmenity.amenity_id).where(ListingAmenity.listing_id.in_(ids))
    for listing_id, bit in session.execute(amenities):
        bits.setdefault(listing_id, []).append(bit)
    photos = select(ListingPhoto.listing_id, func.count()).where(
        ListingPhoto.listing_id.in_(ids), ListingPhoto.status != PhotoStatus.FAILED
    )
    counts = {row[0]: row[1] for row in session.execute(photos.group_by(ListingPhoto.listing_id))}
    found = session.scalars(select(ListingFigures).where(ListingFigures.listing_id.in_(ids)))
    figures = {row.listing_id: row for row in found}
    for listing in listings:
        row = figures.get(listing.id)
        yield ListingRow(
            listing=listing,
            amenities=tuple(kind.slug for kind in kinds_of(bits.get(listing.id, []))),
            photos=counts.get(listing.id, 0),
            rating_sum=row.rating_sum if row else 0,
            review_count=row.review_count if row else 0,
        )


def stays_behind(session: Session, booking_ids: Collection[int]) -> Mapping[int, StayRow]:
    """Return what a host sees of bookings, by id."""
    if not booking_ids:
        return {}
    statement = (
        select(Booking.id, Booking.code, User.first_name, (Booking.adults + Booking.children).label("guests"))
        .join(User, User.id == Booking.guest_id)
        .where(Booking.id.in_(booking_ids))
    )
    return {
        row.id: StayRow(code=row.code, guest_name=row.first_name, guests=row.guests)
        for row in session.execute(statement)
    }


def feed_names(session: Session, listing_id: int) -> Mapping[int, str]:
    """Return the names of a listing's imported calendars, by id."""
    statement = select(CalendarFeed.id, CalendarFeed.name).where(CalendarFeed.listing_id == listing_id)
    return {row.id: row.name for row in session.execute(statement)}
