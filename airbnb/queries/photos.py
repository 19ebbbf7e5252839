"""Reading the photos of a listing."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from airbnb.domain.errors import NotFound
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


def find_photo(session: Session, photo_id: int) -> ListingPhoto | None:
    """Return a photo, or None when it was deleted."""
    return session.get(ListingPhoto, photo_id)
