"""The photos of a listing: added, put in order, described, made ready and removed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from airbnb.domain.causes import by_system
from airbnb.domain.errors import InvalidTransition, ValidationFailed
from airbnb.domain.ids import new_id
from airbnb.domain.listing_rules import MAX_PHOTOS, TooManyPhotos
from airbnb.domain.statuses import ListingStatus, PhotoStatus
from airbnb.domain.topics import Topic
from airbnb.models.listings import Listing, ListingPhoto
from airbnb.queries.listings import lock_listing
from airbnb.queries.photos import find_photo, get_photo, list_photos
from airbnb.queries.transitions import move
from airbnb.services import outbox
from airbnb.services.photo_urls import SIZES, fallback_key, original_key, size_key
from airbnb.services.search_projection import refresh_listing


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPhoto:
    """A checked upload whose original is in storage.

    Units: ``width`` and ``height`` in pixels, upright.
    """

    base_key: str
    width: int
    height: int
    content_hash: str
    caption: str | None = None
    alt_text: str | None = None


def ensure_room_for_photo(listing: Listing, photo_count: int) -> None:
    """Refuse another photo. Raises: TooManyPhotos; InvalidTransition when the listing is archived."""
    if listing.status is ListingStatus.ARCHIVED:
        raise InvalidTransition(**{"from": listing.status.value, "to": listing.status.value})
    if photo_count >= MAX_PHOTOS:
        raise TooManyPhotos(limit=MAX_PHOTOS)


def add_photo(session: Session, listing: Listing, new: NewPhoto, *, now: datetime) -> ListingPhoto:
    """Add a photo behind the others; a worker makes its sizes after the commit.

    Needs: the listing's row is locked.
    Raises: TooManyPhotos, InvalidTransition.
    Writes: the photo and an outbox event.
    """
    photos = list_photos(session, listing.id)
    ensure_room_for_photo(listing, len(photos))
    photo = ListingPhoto(
        id=new_id(),
        listing_id=listing.id,
        position=photos[-1].position + 1 if photos else 0,
        status=PhotoStatus.PROCESSING,
        base_key=new.base_key,
        width=new.width,
        height=new.height,
        content_hash=new.content_hash,
        caption=new.caption,
        alt_text=new.alt_text,
    )
    session.add(photo)
    outbox.record(session, Topic.PHOTO_UPLOADED, subject_id=photo.id)
    _changed(session, listing, now=now)
    return photo


def finish_photo(session: Session, photo_id: int, *, ready: bool, now: datetime) -> bool:
    """Mark a photo ready or failed; False when it is gone or was finished before.

    Idempotent.
    Locks: the listing's row.
    """
    photo = find_photo(session, photo_id)
    if photo is None or photo.status is not PhotoStatus.PROCESSING:
        return False
    listing = lock_listing(session, photo.listing_id)
    status = PhotoStatus.READY if ready else PhotoStatus.FAILED
    move(session, ListingPhoto, photo_id, old=PhotoStatus.PROCESSING, new=status, cause=by_system(now=now))
    _changed(session, listing, now=now)
    return True


def order_photos(session: Session, listing: Listing, order: Sequence[int], *, now: datetime) -> Sequence[ListingPhoto]:
    """Put a listing's photos in order, the cover first.

    Needs: the listing's row is locked.
    Raises: ValidationFailed unless ``order`` names every photo once.
    """
    photos = {photo.id: photo for photo in list_photos(session, listing.id)}
    if len(order) != len(set(order)) or set(order) != set(photos):
        raise ValidationFailed({"order": ["Name every photo of the listing once."]})
    for position, photo_id in enumerate(order):
        photos[photo_id].position = position
    _changed(session, listing, now=now)
    return [photos[photo_id] for photo_id in order]


def describe_photo(
    session: Session, listing: Listing, photo_id: int, changes: Mapping[str, str | None], *, now: datetime
) -> ListingPhoto:
    """Change a photo's caption or alternative text. Raises: NotFound."""
    photo = get_photo(session, listing_id=listing.id, photo_id=photo_id)
    for name in ("caption", "alt_text"):
        if name in changes:
            setattr(photo, name, changes[name])
    _changed(session, listing, now=now)
    return photo


def remove_photo(session: Session, listing: Listing, photo_id: int, *, now: datetime) -> list[str]:
    """Remove a photo and return the storage keys of its files, to be deleted after the commit. Raises: NotFound."""
    photo = get_photo(session, listing_id=listing.id, photo_id=photo_id)
    session.delete(photo)
    _changed(session, listing, now=now)
    return file_keys(photo.base_key)


def file_keys(base_key: str) -> list[str]:
    """Return the keys of every file of a photo."""
    return [original_key(base_key), *(key(base_key, size) for size in SIZES for key in (size_key, fallback_key))]


def _changed(session: Session, listing: Listing, *, now: datetime) -> None:
    """Move the listing's version, which its page is named by, and bring search up to date."""
    listing.updated_at = now
    session.flush()
    if listing.status is ListingStatus.PUBLISHED:
        refresh_listing(session, listing.id)
