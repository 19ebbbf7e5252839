"""Photos between database and storage: files are written before the row that names them, and go after it."""

import hashlib
import logging
import secrets
from collections.abc import Iterable
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from airbnb.domain import clock
from airbnb.domain.listing_rules import MAX_PHOTO_MB, InvalidPhoto, PhotoTooLarge, PhotoTypeUnknown
from airbnb.domain.statuses import PhotoStatus
from airbnb.domain.uploads import PHOTOS_FOLDER
from airbnb.integrations.images.confined import make_sizes_confined
from airbnb.integrations.images.inspection import ImageFault, ImageInfo, InvalidImage, inspect_image
from airbnb.integrations.storage.protocol import FileMissing, StorageError
from airbnb.models.listings import ListingPhoto
from airbnb.queries.listings import get_listing_for_host
from airbnb.queries.photos import find_photo, list_photos
from airbnb.services import photos
from airbnb.services.photo_urls import SIZES, fallback_key, original_key, size_key
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows.outside import storage

logger = logging.getLogger(__name__)

BYTES_PER_MB = 1024 * 1024
WEBP = "image/webp"
JPEG = "image/jpeg"


def upload_photo(listing_id: int, host_id: int, data: bytes, texts: dict[str, Any]) -> ListingPhoto:
    """Add a photo to a host's listing: check it, keep the original, write the row.

    Raises: NotFound, Forbidden; PhotoTooLarge, PhotoTypeUnknown, InvalidPhoto; TooManyPhotos.
    Writes: the original under a private key; the photo and its outbox event.
    """
    with reading() as session:
        listing = get_listing_for_host(session, listing_id=listing_id, host_id=host_id)
        photos.ensure_room_for_photo(listing, len(list_photos(session, listing_id)))
    info = inspect_upload(data)
    # The random part keeps addresses of unpublished photos unknown, and a new upload from an old one's caches.
    base_key = f"{PHOTOS_FOLDER}/{listing_id}/{secrets.token_hex(12)}"
    new = photos.NewPhoto(
        base_key=base_key,
        width=info.width,
        height=info.height,
        content_hash=hashlib.sha256(data).hexdigest(),
        **texts,
    )
    storage().put(original_key(base_key), data, f"image/{info.format}")

    def work(session: Session) -> ListingPhoto:
        listing = get_listing_for_host(session, listing_id=listing_id, host_id=host_id, lock=True)
        return photos.add_photo(session, listing, new, now=clock.now())

    try:
        return in_transaction(work)
    except Exception:
        delete_files([original_key(base_key)])
        raise


def make_photo_sizes(photo_id: int) -> bool:
    """Make the sizes of an uploaded photo and mark it ready, or failed when its pixels can't be read.

    Idempotent: a finished photo is left alone; a repeat writes the same files.
    Raises: StorageUnavailable, for another attempt.
    """
    with reading() as session:
        photo = find_photo(session, photo_id)
    if photo is None or photo.status is not PhotoStatus.PROCESSING:
        return False
    store = storage()
    try:
        sizes = make_sizes_confined(store.open(original_key(photo.base_key)))
    except (InvalidImage, FileMissing) as error:
        logger.warning("a photo failed", extra={"photo_id": photo_id, "why": str(error)})
        return in_transaction(partial(photos.finish_photo, photo_id=photo_id, ready=False, now=clock.now()))
    for size in SIZES:
        store.put(size_key(photo.base_key, size), sizes[size].webp, WEBP)
        store.put(fallback_key(photo.base_key, size), sizes[size].jpeg or b"", JPEG)
    done = in_transaction(partial(photos.finish_photo, photo_id=photo_id, ready=True, now=clock.now()))
    if not done:
        # Deleted while its sizes were made: nobody names these files any more.
        with reading() as session:
            gone = find_photo(session, photo_id) is None
        if gone:
            delete_files(photos.file_keys(photo.base_key))
    return done


def delete_photo(listing_id: int, host_id: int, photo_id: int) -> None:
    """Remove a photo of a host's listing, then its files. Raises: NotFound, Forbidden."""

    def work(session: Session) -> list[str]:
        listing = get_listing_for_host(session, listing_id=listing_id, host_id=host_id, lock=True)
        return photos.remove_photo(session, listing, photo_id, now=clock.now())

    delete_files(in_transaction(work))


def inspect_upload(data: bytes) -> ImageInfo:
    """Say what an uploaded picture is. Raises: PhotoTooLarge, PhotoTypeUnknown, InvalidPhoto."""
    if len(data) > MAX_PHOTO_MB * BYTES_PER_MB:
        raise PhotoTooLarge(limit_mb=MAX_PHOTO_MB)
    try:
        return inspect_image(data)
    except InvalidImage as error:
        if error.why is ImageFault.UNSUPPORTED_FORMAT:
            raise PhotoTypeUnknown() from error
        raise InvalidPhoto(why=error.why.value) from error


def delete_files(keys: Iterable[str]) -> None:
    """Remove files that no row names any more; one that can't be removed now is left behind."""
    for key in keys:
        try:
            storage().delete(key)
        except StorageError:
            # An orphan costs space alone; the change that made it one must not fail for it.
            logger.warning("a file was left behind", extra={"key": key}, exc_info=True)
