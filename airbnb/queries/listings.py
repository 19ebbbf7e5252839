"""Which listings a caller may see or change, and the rows that their pages are made of."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from sqlalchemy import ColumnElement, RowMapping, Select, Table, delete, func, insert, literal, select
from sqlalchemy.orm import Session, joinedload

from airbnb.domain.errors import Forbidden, NotFound
from airbnb.domain.paging import Page, PageRequest
from airbnb.domain.review_rules import CATEGORIES
from airbnb.domain.statuses import BookingStatus, ListingStatus, PhotoStatus
from airbnb.models.bookings import Booking
from airbnb.models.calendar import CalendarOverride, Season
from airbnb.models.listings import Amenity, Listing, ListingAmenity, ListingFigures, ListingPhoto
from airbnb.models.staff import ListingSnapshot
from airbnb.models.users import User, UserFigures
from airbnb.queries.paging import SortKey, fetch_page

LISTINGS = cast(Table, Listing.__table__)
FIGURES = cast(Table, ListingFigures.__table__)
PHOTOS = cast(Table, ListingPhoto.__table__)

#: Bookings that still bind the host.
LIVE = (BookingStatus.PENDING, BookingStatus.CONFIRMED)
#: Bookings whose guest may know the door.
AGREED = (BookingStatus.CONFIRMED, BookingStatus.COMPLETED)


def get_public_listing(session: Session, *, listing_id: int) -> Listing:
    """Return a published listing. Raises: NotFound."""
    listing = session.scalar(_of(listing_id).where(Listing.status == ListingStatus.PUBLISHED))
    if listing is None:
        raise NotFound()
    return listing


def get_listing_for_host(session: Session, *, listing_id: int, host_id: int, lock: bool = False) -> Listing:
    """Return a listing that ``host_id`` owns.

    Locks: the row, when asked to.
    Raises: Forbidden for somebody else's published listing, NotFound for any other.
    """
    statement = _of(listing_id)
    listing = session.scalar(statement.with_for_update() if lock else statement)
    if listing is None or (listing.host_id != host_id and listing.status is not ListingStatus.PUBLISHED):
        raise NotFound()
    if listing.host_id != host_id:
        raise Forbidden()
    return listing


def get_visible_listing(session: Session, *, listing_id: int, viewer_id: int | None, is_staff: bool) -> Listing:
    """Return a listing that the viewer may see: published ones everybody, others their owner and staff.

    Raises: NotFound.
    """
    listing = session.scalar(_of(listing_id))
    if listing is None:
        raise NotFound()
    if listing.status is not ListingStatus.PUBLISHED and not is_staff and listing.host_id != viewer_id:
        raise NotFound()
    return listing


def lock_listing(session: Session, listing_id: int) -> Listing:
    """Return a listing with its row locked, as it is now. Raises: NotFound."""
    listing = session.scalar(_of(listing_id).with_for_update().execution_options(populate_existing=True))
    if listing is None:
        raise NotFound()
    return listing


def _of(listing_id: int) -> Select[Listing]:
    return select(Listing).where(Listing.id == listing_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingPage:
    """Everything that a listing's page shows.

    Shape: ``head`` has the listing's columns, ``host_…`` and the figures' columns; ``knows_door`` says that the
    viewer has a confirmed booking.
    """

    head: RowMapping
    photos: Sequence[RowMapping]
    amenity_bits: list[int]

    @property
    def knows_door(self) -> bool:
        """Whether the viewer has a confirmed booking here."""
        return bool(self.head["knows_door"])


def get_listing_page(session: Session, *, listing_id: int, viewer_id: int | None, is_staff: bool) -> ListingPage:
    """Return what a listing's page shows, in three statements.

    Raises: NotFound for an unpublished listing that is neither the viewer's nor seen by staff.
    """
    head = session.execute(_head(listing_id, viewer_id)).mappings().one_or_none()
    if head is None:
        raise NotFound()
    sees_all = is_staff or head["host_id"] == viewer_id
    if head["status"] is not ListingStatus.PUBLISHED and not sees_all:
        raise NotFound()
    photos = select(PHOTOS).where(PHOTOS.c.listing_id == listing_id).order_by(PHOTOS.c.position, PHOTOS.c.id)
    if not sees_all:
        photos = photos.where(PHOTOS.c.status == PhotoStatus.READY)
    amenities = select(ListingAmenity.amenity_id).where(ListingAmenity.listing_id == listing_id)
    return ListingPage(
        head=head,
        photos=session.execute(photos).mappings().all(),
        amenity_bits=list(session.scalars(amenities)),
    )


def _head(listing_id: int, viewer_id: int | None) -> Select[Any]:
    knows_door: ColumnElement[bool] = literal(False)
    if viewer_id is not None:
        knows_door = (
            select(literal(1))
            .where(Booking.listing_id == listing_id, Booking.guest_id == viewer_id, Booking.status.in_(AGREED))
            .exists()
        )
    figures = [FIGURES.c.rating_sum, FIGURES.c.review_count]
    for category in CATEGORIES:
        figures += [FIGURES.c[f"{category}_sum"], FIGURES.c[f"{category}_count"]]
    return (
        select(
            LISTINGS,
            *figures,
            User.first_name.label("host_first_name"),
            User.avatar_key.label("host_avatar_key"),
            User.bio.label("host_bio"),
            User.languages.label("host_languages"),
            User.created_at.label("host_since"),
            UserFigures.host_rating_sum,
            UserFigures.host_review_count,
            knows_door.label("knows_door"),
        )
        .join(User, User.id == LISTINGS.c.host_id)
        .outerjoin(FIGURES, FIGURES.c.listing_id == LISTINGS.c.id)
        .outerjoin(UserFigures, UserFigures.user_id == LISTINGS.c.host_id)
        .where(LISTINGS.c.id == listing_id)
    )


def list_host_listings(session: Session, *, host_id: int, page: PageRequest) -> Page[Listing]:
    """Return a host's listings in every status but archived, newest first."""
    statement = select(Listing).where(Listing.host_id == host_id, Listing.status != ListingStatus.ARCHIVED)
    return fetch_page(session, statement, [SortKey(Listing.id)], page)


def find_first_country(session: Session, host_id: int) -> str | None:
    """Return the country of a host's oldest listing, or None."""
    return session.scalar(select(Listing.country_code).where(Listing.host_id == host_id).order_by(Listing.id).limit(1))


def cover_photos(session: Session, listing_ids: Collection[int]) -> dict[int, RowMapping]:
    """Return the first photo that is not failed of each listing that has one."""
    if not listing_ids:
        return {}
    statement = select(PHOTOS).where(PHOTOS.c.id.in_(cover_ids(listing_ids)))
    return {row["listing_id"]: row for row in session.execute(statement).mappings()}


def cover_ids(listing_ids: Collection[int]) -> Select[Any]:
    """Return a select of the ids of the covers: of each listing the first photo that is not failed."""
    place = func.row_number().over(partition_by=PHOTOS.c.listing_id, order_by=(PHOTOS.c.position, PHOTOS.c.id))
    usable = PHOTOS.c.listing_id.in_(listing_ids), PHOTOS.c.status != PhotoStatus.FAILED
    ranked = select(PHOTOS.c.id, place.label("place")).where(*usable).subquery()
    return select(ranked.c.id).where(ranked.c.place == 1)


def count_usable_photos(session: Session, listing_id: int) -> int:
    """Count the photos that are ready or being made."""
    statement = select(func.count()).select_from(ListingPhoto)
    conditions = (ListingPhoto.listing_id == listing_id, ListingPhoto.status != PhotoStatus.FAILED)
    return session.scalar(statement.where(*conditions)) or 0


def has_coming_bookings(session: Session, listing_id: int, *, today: date) -> bool:
    """Say whether a live booking ends after ``today``, a date of the listing."""
    statement = select(Booking.id).where(
        Booking.listing_id == listing_id, Booking.status.in_(LIVE), Booking.check_out > today
    )
    return session.scalar(statement.limit(1)) is not None


def has_dated_prices(session: Session, listing_id: int) -> bool:
    """Say whether a night or a season has a price of its own."""
    priced_night = select(literal(1)).where(
        CalendarOverride.listing_id == listing_id, CalendarOverride.price_minor.is_not(None)
    )
    season = select(literal(1)).where(Season.listing_id == listing_id)
    return session.scalar(priced_night.union_all(season).limit(1)) is not None


def list_published_ids(session: Session, host_id: int) -> Sequence[int]:
    """Return the ids of a host's listings that guests can book."""
    mine = (Listing.host_id == host_id, Listing.status == ListingStatus.PUBLISHED)
    return session.scalars(select(Listing.id).where(*mine).order_by(Listing.id)).all()


def list_amenity_slugs(session: Session, listing_id: int) -> Sequence[str]:
    """Return what a listing offers, in the catalogue's order."""
    return session.scalars(
        select(Amenity.slug)
        .join(ListingAmenity, ListingAmenity.amenity_id == Amenity.id)
        .where(ListingAmenity.listing_id == listing_id)
        .order_by(Amenity.id)
    ).all()


def find_snapshot(session: Session, listing_id: int) -> ListingSnapshot | None:
    """Return a listing as it was last approved, with who did it, or None."""
    return session.get(ListingSnapshot, listing_id, options=[joinedload(ListingSnapshot.approved_by)])


def replace_amenities(session: Session, listing_id: int, bits: Sequence[int]) -> None:
    """Set what a listing offers. Writes: its rows of ``listing_amenities``."""
    session.execute(delete(ListingAmenity).where(ListingAmenity.listing_id == listing_id))
    if bits:
        session.execute(insert(ListingAmenity), [{"listing_id": listing_id, "amenity_id": bit} for bit in bits])
