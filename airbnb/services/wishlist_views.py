"""What the owner of a list of listings sees of it."""

from typing import Any

import orjson

from airbnb.domain.statuses import PhotoStatus
from airbnb.models.wishlists import Wishlist
from airbnb.queries.wishlists import Glance


def wishlist_dict(wishlist: Wishlist, glance: Glance) -> dict[str, Any]:
    """Return a list from outside; ``WishlistSchema`` documents it."""
    latest = glance.latest_cards.get(wishlist.id)
    return {
        "id": wishlist.id,
        "name": wishlist.name,
        "listing_count": glance.counts.get(wishlist.id, 0),
        "cover_photo": _cover_of(latest) if latest else None,
        "created_at": wishlist.created_at,
    }


def _cover_of(card: bytes) -> dict[str, Any] | None:
    photo = orjson.loads(card)["cover_photo"]
    return photo and {**photo, "status": PhotoStatus(photo["status"])}
