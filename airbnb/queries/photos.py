"""Reading the photos of a listing."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from airbnb.domain.errors import NotFound
from airbnb.domain.statuses import PhotoStatus
from airbnb.models.listings import ListingPhoto


def list_photos(session: Session, listing_id: int) -> Sequence[ListingPhoto]:
    """Return a listing's photos in order; there are few."""
    statement = select(ListingPhoto).where(ListingPhoto.listing_id == listing_id)
    return session.scalars(statement.order_by(ListingPhoto.position, ListingPhoto.id)).all()


def get_photo(session: Session, *, listing_id: int, photo_id: int) -> ListingPhoto:
    """Return one photo of a listing. Raises: NotFound."""
    photo = session.get(ListingPhoto, photo_id)
    if photo is None or photo.listing_id != listing_id:
        raise NotFound()
    return photo


def find_photo_by_key(session: Session, *, listing_id: int, base_key: str) -> ListingPhoto | None:
    """Return the photo of a listing whose files are named so, if any."""
    statement = select(ListingPhoto).where(ListingPhoto.listing_id == listing_id, ListingPhoto.base_key == base_key)
    return session.scalars(statement).first()


def find_known_keys(session: Session, base_keys: Collection[str]) -> set[str]:
    """Return those of the keys that a photo has."""
    return set(session.scalars(select(ListingPhoto.base_key).where(ListingPhoto.base_key.in_(base_keys))))


def list_lost_photo_ids(session: Session, *, before: datetime, limit: int) -> Sequence[int]:
    """Return photos of before an instant whose sizes were never made, oldest first."""
    statement = select(ListingPhoto.id).where(
        ListingPhoto.status == PhotoStatus.PROCESSING, ListingPhoto.created_at < before
    )
    return session.scalars(statement.order_by(ListingPhoto.created_at, ListingPhoto.id).limit(limit)).all()


def find_photo(session: Session, photo_id: int) -> ListingPhoto | None:
    """Return a photo, or None when it was deleted."""
    return session.get(ListingPhoto, photo_id)
