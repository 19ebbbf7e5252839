"""Pictures in messages between database and storage: re-encoded before they are kept, opened by signed addresses."""

import secrets
from functools import partial

from sqlalchemy.orm import Session

from airbnb.domain import clock
from airbnb.domain.attachments import EDGES, FOLDER, is_open
from airbnb.domain.listing_rules import InvalidPhoto
from airbnb.extensions import current_settings
from airbnb.integrations.images.confined import make_sizes_confined
from airbnb.integrations.images.inspection import InvalidImage
from airbnb.integrations.images.sizes import EncodedImage
from airbnb.integrations.storage.protocol import FileMissing
from airbnb.models.messages import MessageAttachment
from airbnb.queries.attachments import find_attachment
from airbnb.queries.messages import get_conversation_for
from airbnb.queries.users import lock_user
from airbnb.services import attachments
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows.outside import storage
from airbnb.workflows.photos import WEBP, delete_files, inspect_upload

BATCH = 200


def upload_attachment(conversation_id: int, user_id: int, data: bytes) -> MessageAttachment:
    """Keep a picture that somebody is about to send; nothing of the upload but its pixels stays.

    Raises: NotFound; PhotoTooLarge, PhotoTypeUnknown, InvalidPhoto; TooManyAttachments.
    Writes: the files under private keys, then the row.
    """
    with reading() as session:
        get_conversation_for(session, conversation_id, user_id=user_id)
        attachments.ensure_room(session, user_id)
    sizes = _sizes_of(data)
    base_key = f"{FOLDER}/{secrets.token_hex(12)}"
    largest = sizes["large"]
    new = attachments.NewPicture(
        base_key=base_key, width=largest.width, height=largest.height, size_bytes=len(largest.webp)
    )

    def work(session: Session) -> MessageAttachment:
        get_conversation_for(session, conversation_id, user_id=user_id)
        lock_user(session, user_id)
        return attachments.add_attachment(session, conversation_id, new, author_id=user_id, now=clock.now())

    try:
        for size, picture in sizes.items():
            storage().put(attachments.size_key(base_key, size), picture.webp, WEBP)
        return in_transaction(work)
    except Exception:
        delete_files(attachments.file_keys(base_key))
        raise


def open_attachment(attachment_id: int, size: str, secret: str) -> bytes | None:
    """Return one size of a picture to who knows its address, while that is good and the picture is there."""
    key = current_settings().secret_key
    if size not in EDGES or not is_open(attachment_id, size, secret, now=clock.now(), key=key):
        return None
    with reading() as session:
        attachment = find_attachment(session, attachment_id)
    if attachment is None or attachment.removed_at is not None:
        return None
    try:
        return storage().open(attachments.size_key(attachment.base_key, size))
    except FileMissing:
        return None


def remove_old_unsent() -> int:
    """Remove pictures that nobody sent within a day. Returns: how many."""
    removed = 0
    while True:
        some = in_transaction(partial(attachments.remove_old_unsent, now=clock.now(), limit=BATCH))
        removed += some
        if some < BATCH:
            return removed


def _sizes_of(data: bytes) -> dict[str, EncodedImage]:
    inspect_upload(data)
    try:
        return make_sizes_confined(data, edges=EDGES)
    except InvalidImage as error:
        raise InvalidPhoto(why=error.why.value) from error
