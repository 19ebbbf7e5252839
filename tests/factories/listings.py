"""Listings for tests, written straight into the database with valid defaults."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from airbnb.domain import clock
from airbnb.domain.geo.coordinates import from_e6, to_e6
from airbnb.domain.geo.privacy import public_location
from airbnb.domain.ids import new_id
from airbnb.domain.kinds import PropertyType, RoomType
from airbnb.domain.search_masks import AMENITY_BITS
from airbnb.domain.statuses import ListingStatus, PhotoStatus
from airbnb.models.listings import Listing, ListingAmenity, ListingPhoto
from airbnb.models.users import User
from airbnb.services.search_projection import refresh_listing
from airbnb.unit_of_work import in_transaction

SECRET = b"a-location-secret-for-tests"
DEFAULT_AMENITIES = ("wifi", "kitchen")

_numbers = itertools.count(1)


@pytest.fixture
def make_listing(app: Flask) -> Callable[..., Listing]:
    """Make a published listing of ``host`` in Lisbon, with a photo and its search row.

    ``amenities`` are slugs; ``photos`` is how many; every other keyword is a column of ``Listing``. The public
    location follows from the exact one unless given.
    """

    def make(
        *, host: User, amenities: tuple[str, ...] = DEFAULT_AMENITIES, photos: int = 1, **overrides: Any
    ) -> Listing:
        values = {"id": new_id(), "host_id": host.id, **listing_values(), **overrides}
        _add_public_location(values)
        if values["status"] is ListingStatus.DRAFT:
            values["published_at"] = overrides.get("published_at")

        def work(session: Session) -> Listing:
            listing = Listing(**values)
            session.add(listing)
            session.flush()
            session.add_all(ListingAmenity(listing_id=listing.id, amenity_id=AMENITY_BITS[slug]) for slug in amenities)
            session.add_all(_photo(listing.id, position) for position in range(photos))
            refresh_listing(session, listing.id)
            return listing

        return in_transaction(work)

    return make


def listing_values() -> dict[str, Any]:
    """Return the columns of a plain published listing, without id, host and public location."""
    number = next(_numbers)
    return {
        "status": ListingStatus.PUBLISHED,
        "published_at": clock.now(),
        "title": f"Sunny flat {number}",
        "description": "Two bright rooms near the river, a quiet street and a bakery around the corner.",
        "property_type": PropertyType.APARTMENT,
        "room_type": RoomType.ENTIRE_PLACE,
        "address_line1": f"Rua do Sol {number}",
        "city": "Lisbon",
        "country_code": "PT",
        "latitude_e6": 38_711_000,
        "longitude_e6": -9_139_000,
        "time_zone": "Europe/Lisbon",
        "max_guests": 4,
        "bedrooms": 2,
        "beds": 3,
        "bathroom_halves": 2,
        "currency": "EUR",
        "nightly_price_minor": 10_000,
        "instant_book": True,
    }


def _add_public_location(values: dict[str, Any]) -> None:
    lat, lng = public_location(
        from_e6(values["latitude_e6"]), from_e6(values["longitude_e6"]), listing_id=values["id"], secret=SECRET
    )
    values.setdefault("public_latitude_e6", to_e6(lat))
    values.setdefault("public_longitude_e6", to_e6(lng))


def _photo(listing_id: int, position: int) -> ListingPhoto:
    return ListingPhoto(
        listing_id=listing_id,
        position=position,
        status=PhotoStatus.READY,
        base_key=f"photos/{listing_id}/{position}",
        width=1200,
        height=800,
        content_hash="0" * 64,
    )
