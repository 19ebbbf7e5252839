"""Photos that clients send straight to storage: a signed address first, the check of what came afterwards."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from airbnb.domain import clock
from airbnb.domain.errors import NotFound
from airbnb.domain.listing_rules import MAX_PHOTO_MB, InvalidPhoto, PhotoTooLarge, PhotoTypeUnknown, UploadMissing
from airbnb.domain.upload_tickets import LIFETIME, InvalidTicket, UploadTicket, open_ticket, seal
from airbnb.domain.uploads import MAX_PICTURE_BYTES, PHOTOS_FOLDER, PICTURE_TYPES
from airbnb.extensions import current_settings
from airbnb.integrations.images.inspection import ImageInfo
from airbnb.integrations.storage.protocol import FileMissing, SignedUpload
from airbnb.models.listings import ListingPhoto
from airbnb.queries.listings import get_listing_for_host
from airbnb.queries.photos import find_photo_by_key, list_photos
from airbnb.services import photos
from airbnb.services.photo_urls import original_key
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows.outside import storage
from airbnb.workflows.photos import delete_files, inspect_upload


@dataclass(frozen=True, slots=True, kw_only=True)
class BegunUpload:
    """How to send the file, and the id by which to complete the upload."""

    upload_id: str
    signed: SignedUpload
    expires_at: datetime


def begin_upload(listing_id: int, host_id: int, *, content_type: str, size: int) -> BegunUpload:
    """Let a host send one picture straight to storage within the hour. Nothing is kept until it is completed.

    Raises: NotFound, Forbidden; PhotoTypeUnknown, PhotoTooLarge; TooManyPhotos.
    """
    if content_type not in PICTURE_TYPES:
        raise PhotoTypeUnknown()
    if size > MAX_PICTURE_BYTES:
        raise PhotoTooLarge(limit_mb=MAX_PHOTO_MB)
    with reading() as session:
        listing = get_listing_for_host(session, listing_id=listing_id, host_id=host_id)
        photos.ensure_room_for_photo(listing, len(list_photos(session, listing_id)))
    ticket = UploadTicket(
        listing_id=listing_id,
        host_id=host_id,
        name=secrets.token_hex(12),
        content_type=content_type,
        size=size,
        expires_at=clock.now().replace(microsecond=0) + LIFETIME,
    )
    signed = storage().presign_upload(ticket.key, content_type=content_type, size=size, expires_at=ticket.expires_at)
    upload_id = seal(ticket, current_settings().storage.upload_secret)
    return BegunUpload(upload_id=upload_id, signed=signed, expires_at=ticket.expires_at)


def complete_upload(listing_id: int, host_id: int, upload_id: str, texts: dict[str, Any]) -> ListingPhoto:
    """Make a photo of what was sent; a file that is not what was announced is deleted.

    Idempotent: completing again returns the same photo.
    Raises: NotFound for an upload that is over or somebody else's, Forbidden; UploadMissing before the file came;
        PhotoTooLarge, PhotoTypeUnknown, InvalidPhoto; TooManyPhotos.
    Writes: the original under a private key; the photo and its outbox event.
    """
    ticket = _ticket_of(upload_id, listing_id, host_id)
    base_key = f"{PHOTOS_FOLDER}/{listing_id}/{ticket.name}"
    found = _find_photo(ticket, base_key)
    if found is not None:
        return found
    try:
        data, info = _taken(ticket)
    except FileMissing as error:
        # Gone when a request beside this one has just completed it.
        found = _find_photo(ticket, base_key)
        if found is None:
            raise UploadMissing() from error
        return found
    new = photos.NewPhoto(
        base_key=base_key,
        width=info.width,
        height=info.height,
        content_hash=hashlib.sha256(data).hexdigest(),
        **texts,
    )
    # A copy: the signed address can still change the upload itself.
    storage().put(original_key(base_key), data, ticket.content_type)

    def work(session: Session) -> ListingPhoto:
        listing = get_listing_for_host(session, listing_id=listing_id, host_id=host_id, lock=True)
        before = find_photo_by_key(session, listing_id=listing_id, base_key=base_key)
        return before or photos.add_photo(session, listing, new, now=clock.now())

    photo = in_transaction(work)
    delete_files([ticket.key])
    return photo


def _ticket_of(upload_id: str, listing_id: int, host_id: int) -> UploadTicket:
    try:
        ticket = open_ticket(upload_id, current_settings().storage.upload_secret)
    except InvalidTicket as error:
        raise NotFound() from error
    if (ticket.listing_id, ticket.host_id) != (listing_id, host_id) or not ticket.is_live(clock.now()):
        raise NotFound()
    return ticket


def _find_photo(ticket: UploadTicket, base_key: str) -> ListingPhoto | None:
    with reading() as session:
        get_listing_for_host(session, listing_id=ticket.listing_id, host_id=ticket.host_id)
        return find_photo_by_key(session, listing_id=ticket.listing_id, base_key=base_key)


def _taken(ticket: UploadTicket) -> tuple[bytes, ImageInfo]:
    """Return what was sent, checked. Raises: FileMissing; PhotoTooLarge, PhotoTypeUnknown, InvalidPhoto."""
    store = storage()
    try:
        stored = store.stat(ticket.key)
        if stored.size > MAX_PICTURE_BYTES:
            raise PhotoTooLarge(limit_mb=MAX_PHOTO_MB)
        if stored.size != ticket.size:
            raise InvalidPhoto(why="another_size")
        if stored.content_type != ticket.content_type:
            raise PhotoTypeUnknown()
        data = store.open(ticket.key)
        info = inspect_upload(data)
        if f"image/{info.format}" != ticket.content_type:
            raise PhotoTypeUnknown()
    except (PhotoTooLarge, PhotoTypeUnknown, InvalidPhoto):
        delete_files([ticket.key])
        raise
    return data, info
