"""Which columns of a listing an import fills, and with what."""

from dataclasses import fields
from typing import Any

from sqlalchemy import RowMapping

from airbnb.domain.geo.coordinates import to_e6
from airbnb.domain.geo.privacy import public_location
from airbnb.domain.geo.time_zones import time_zone_at
from airbnb.domain.listing_drafts import ListingDraft
from airbnb.domain.search_masks import AMENITY_BITS

#: What the file says of a listing: written again whenever the file says something new. The rest is the host's.
FROM_FILE = (
    "title", "description", "property_type", "room_type", "city", "region", "country_code", "max_guests", "bedrooms",
    "beds", "bathroom_halves", "pets_allowed", "currency", "nightly_price_minor", "min_nights", "max_nights",
    "booking_window_days", "instant_book",
)  # fmt: skip
PLACE = (
    "latitude_e6", "longitude_e6", "public_latitude_e6", "public_longitude_e6", "time_zone",
)  # fmt: skip
_DRAFT_COLUMNS = tuple(
    field.name for field in fields(ListingDraft) if field.name not in {"amenities", "latitude", "longitude"}
)


def new_columns(draft: ListingDraft) -> dict[str, Any]:
    """Return the columns of a new listing that the draft itself says."""
    return {name: getattr(draft, name) for name in _DRAFT_COLUMNS}


def file_columns(draft: ListingDraft, old: RowMapping) -> dict[str, Any]:
    """Return what the file says now, beside the exact coordinates; a price that vanished stays as it was."""
    columns = {name: getattr(draft, name) for name in FROM_FILE}
    if draft.nightly_price_minor is None:
        columns["nightly_price_minor"] = old["nightly_price_minor"]
    columns["latitude_e6"], columns["longitude_e6"] = to_e6(draft.latitude), to_e6(draft.longitude)
    return columns


def place_columns(draft: ListingDraft, listing_id: int, location_secret: str) -> dict[str, Any]:
    """Return where a listing is, where the public sees it, and the time that its place keeps."""
    lat, lng = draft.latitude, draft.longitude
    public_lat, public_lng = public_location(lat, lng, listing_id=listing_id, secret=location_secret.encode())
    values = (to_e6(lat), to_e6(lng), to_e6(public_lat), to_e6(public_lng), time_zone_at(lat, lng))
    return dict(zip(PLACE, values, strict=True))


def bits_of(draft: ListingDraft) -> frozenset[int]:
    """Return the ids of the draft's amenities."""
    return frozenset(AMENITY_BITS[slug] for slug in draft.amenities)
