"""How a listing looked when staff approved it, and what is different now."""

from enum import Enum
from typing import Any

from sqlalchemy.orm import Session

from airbnb.domain.causes import Cause
from airbnb.domain.listing_differences import REVIEWED, Difference, differences
from airbnb.models.listings import Listing
from airbnb.models.staff import ListingSnapshot
from airbnb.queries import listings as queries
from airbnb.queries.photos import list_photos


def take_snapshot(session: Session, listing: Listing, *, cause: Cause) -> ListingSnapshot:
    """Keep a listing as it is at its approval, in place of how it was at the one before."""
    snapshot = session.get(ListingSnapshot, listing.id) or ListingSnapshot(listing_id=listing.id)
    snapshot.approved_by_id, snapshot.approved_at = cause.actor_id, cause.at
    snapshot.content = content_of(session, listing)
    session.add(snapshot)
    session.flush()
    return snapshot


def changed_since_approval(session: Session, listing: Listing) -> tuple[ListingSnapshot | None, list[Difference]]:
    """Return the last approval, if any, and what of the listing is different now."""
    snapshot = queries.find_snapshot(session, listing.id)
    return snapshot, differences(snapshot.content if snapshot else None, content_of(session, listing))


def content_of(session: Session, listing: Listing) -> dict[str, Any]:
    """Return what staff look at of a listing, JSON-ready."""
    photos = list_photos(session, listing.id)
    cover = {"cover": photos[0].base_key if photos else None}
    return {
        **{name: _plain(getattr(listing, name)) for name in REVIEWED if name not in cover},
        **cover,
        "amenities": list(queries.list_amenity_slugs(session, listing.id)),
        "photos": [{"key": photo.base_key, "caption": photo.caption or ""} for photo in photos],
    }


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value
