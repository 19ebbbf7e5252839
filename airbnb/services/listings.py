"""What a host does with a listing: describe, change, publish, pause and archive it."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from airbnb.config import ListingReview
from airbnb.domain.causes import Cause, by_host
from airbnb.domain.errors import InvalidTransition, ValidationFailed
from airbnb.domain.geo.coordinates import from_e6, to_e6
from airbnb.domain.geo.privacy import public_location
from airbnb.domain.geo.time_zones import time_zone_at
from airbnb.domain.ids import new_id
from airbnb.domain.listing_drafts import ListingDraft
from airbnb.domain.listing_rules import (
    Completeness,
    ListingHasBookings,
    ListingIncomplete,
    check_completeness,
    check_values,
)
from airbnb.domain.search_masks import AMENITY_BITS
from airbnb.domain.statuses import ListingStatus
from airbnb.domain.stays import local_date
from airbnb.models.listings import Listing
from airbnb.queries import listings as queries
from airbnb.queries.transitions import move, record_start
from airbnb.services.search_projection import refresh_listing

#: Prices by the API's names; all are in the listing's one currency.
PRICE_COLUMNS = (
    "nightly_price_minor",
    "weekend_price_minor",
    "cleaning_fee_minor",
    "extra_guest_fee_minor",
    "pet_fee_minor",
)
#: In a draft but not columns of the row.
NOT_COLUMNS = {"amenities", "latitude", "longitude"}


def create_listing(
    session: Session, *, host_id: int, draft: ListingDraft, now: datetime, location_secret: str
) -> Listing:
    """Add a listing as a draft; its time zone and public location follow from the coordinates.

    Raises: ValidationFailed.
    Writes: the listing, its amenities and the start of its history.
    """
    values = asdict(draft)
    check_values(values)
    listing = Listing(
        id=new_id(),
        host_id=host_id,
        status=ListingStatus.DRAFT,
        created_at=now,
        updated_at=now,
        **{name: value for name, value in values.items() if name not in NOT_COLUMNS},
    )
    _place(listing, draft.latitude, draft.longitude, location_secret)
    session.add(listing)
    session.flush()
    queries.replace_amenities(session, listing.id, _bits(draft.amenities))
    record_start(session, listing, cause=by_host(host_id, now=now))
    return listing


def update_listing(
    session: Session, listing: Listing, changes: Mapping[str, Any], *, now: datetime, location_secret: str
) -> Listing:
    """Change what ``changes`` names, in the words of ``ListingDraft``; search follows when the listing is published.

    Needs: the listing's row is locked.
    Raises: ValidationFailed, also for another currency after the first publish; InvalidTransition when archived.
    """
    if listing.status is ListingStatus.ARCHIVED:
        raise InvalidTransition(**{"from": listing.status.value, "to": listing.status.value})
    if changes.get("currency", listing.currency) != listing.currency:
        _ensure_currency_may_change(session, listing, changes)
    columns = {name: value for name, value in changes.items() if name not in NOT_COLUMNS}
    check_values({**_checked_values(listing), **columns})
    for name, value in columns.items():
        setattr(listing, name, value)
    if "latitude" in changes or "longitude" in changes:
        latitude = changes.get("latitude", from_e6(listing.latitude_e6))
        longitude = changes.get("longitude", from_e6(listing.longitude_e6))
        _place(listing, latitude, longitude, location_secret)
    if "amenities" in changes:
        queries.replace_amenities(session, listing.id, _bits(changes["amenities"]))
    # Amenities are rows of their own, but the version is the listing's: every change moves it.
    listing.updated_at = now
    session.flush()
    _refresh_if_published(session, listing)
    return listing


def completeness_of(session: Session, listing: Listing) -> Completeness:
    """Say what is missing before the listing may be published."""
    return check_completeness(
        description=listing.description,
        photo_count=queries.count_usable_photos(session, listing.id),
        nightly_price_minor=listing.nightly_price_minor,
    )


def publish_listing(
    session: Session, listing: Listing, *, review: ListingReview, cause: Cause, complete: bool = True
) -> Listing:
    """Show the listing to guests, or hand it to staff when they look at it first.

    ``complete=False`` lets an import publish what lacks a photo or a long description; a price is always needed.
    Raises: ListingIncomplete; InvalidTransition.
    """
    missing = completeness_of(session, listing).missing
    if not complete:
        missing = tuple(name for name in missing if name == "nightly_price")
    if missing:
        raise ListingIncomplete(missing=list(missing))
    first_time = listing.published_at is None
    if review is ListingReview.ALL or (review is ListingReview.FIRST and first_time):
        move(session, Listing, listing.id, old=listing.status, new=ListingStatus.IN_REVIEW, cause=cause)
        return listing
    return _open(session, listing, cause)


def approve_listing(session: Session, listing: Listing, *, cause: Cause) -> Listing:
    """Publish a listing that staff have looked at. Raises: InvalidTransition."""
    if listing.status is not ListingStatus.IN_REVIEW:
        raise InvalidTransition(**{"from": listing.status.value, "to": ListingStatus.PUBLISHED.value})
    return _open(session, listing, cause)


def ask_for_changes(session: Session, listing: Listing, *, cause: Cause) -> Listing:
    """Give a listing back to its host, with the reason in the cause. Raises: InvalidTransition."""
    move(session, Listing, listing.id, old=ListingStatus.IN_REVIEW, new=ListingStatus.CHANGES_REQUESTED, cause=cause)
    return listing


def unpublish_listing(session: Session, listing: Listing, *, cause: Cause) -> Listing:
    """Take the listing out of search; bookings stand. Raises: InvalidTransition."""
    return _close(session, listing, ListingStatus.PAUSED, cause)


def archive_listing(session: Session, listing: Listing, *, cause: Cause) -> Listing:
    """Put the listing away for good.

    Needs: the listing's row is locked, so that no booking comes in between.
    Raises: ListingHasBookings, InvalidTransition.
    """
    today = local_date(cause.at, listing.time_zone)
    if queries.has_coming_bookings(session, listing.id, today=today):
        raise ListingHasBookings()
    return _close(session, listing, ListingStatus.ARCHIVED, cause)


def _open(session: Session, listing: Listing, cause: Cause) -> Listing:
    first_time = {"published_at": cause.at} if listing.published_at is None else {}
    move(session, Listing, listing.id, old=listing.status, new=ListingStatus.PUBLISHED, cause=cause, **first_time)
    refresh_listing(session, listing.id)
    return listing


def _close(session: Session, listing: Listing, status: ListingStatus, cause: Cause) -> Listing:
    was_public = listing.status is ListingStatus.PUBLISHED
    move(session, Listing, listing.id, old=listing.status, new=status, cause=cause)
    if was_public:
        refresh_listing(session, listing.id)
    return listing


def _refresh_if_published(session: Session, listing: Listing) -> None:
    if listing.status is ListingStatus.PUBLISHED:
        refresh_listing(session, listing.id)


def _place(listing: Listing, latitude: float, longitude: float, secret: str) -> None:
    public_lat, public_lng = public_location(latitude, longitude, listing_id=listing.id, secret=secret.encode())
    listing.latitude_e6, listing.longitude_e6 = to_e6(latitude), to_e6(longitude)
    listing.public_latitude_e6, listing.public_longitude_e6 = to_e6(public_lat), to_e6(public_lng)
    listing.time_zone = time_zone_at(latitude, longitude)


def _bits(slugs: Iterable[str]) -> list[int]:
    return sorted({AMENITY_BITS[slug] for slug in slugs})


def _checked_values(listing: Listing) -> dict[str, Any]:
    names = ("min_nights", "max_nights", "min_nights_by_weekday", "extra_guest_after", "max_guests")
    return {name: getattr(listing, name) for name in names}


def _ensure_currency_may_change(session: Session, listing: Listing, changes: Mapping[str, Any]) -> None:
    """Let a listing that was never published change its currency, when no amount in the old one is left."""
    if listing.published_at is not None:
        raise ValidationFailed({"nightly_price": [f"Prices stay in {listing.currency} after the first publish."]})
    left = [name for name in PRICE_COLUMNS if name not in changes and getattr(listing, name)]
    errors = {name.removesuffix("_minor"): [f"Write this in {changes['currency']}, too."] for name in left}
    if not errors and queries.has_dated_prices(session, listing.id):
        errors = {"nightly_price": [f"Dates in the calendar have prices in {listing.currency}."]}
    if errors:
        raise ValidationFailed(errors)
