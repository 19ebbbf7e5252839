"""Pictures of people: re-encoded small before they are stored, the old one removed after the new one counts."""

import secrets

from sqlalchemy.orm import Session

from airbnb.domain.listing_rules import InvalidPhoto
from airbnb.integrations.images.confined import make_sizes_confined
from airbnb.integrations.images.inspection import InvalidImage
from airbnb.models.users import User
from airbnb.queries.users import lock_user
from airbnb.services.users import set_avatar
from airbnb.unit_of_work import in_transaction
from airbnb.workflows.outside import storage
from airbnb.workflows.photos import WEBP, delete_files, inspect_upload

#: The longest edge in pixels: shown at a third of it, sharp on every screen.
EDGE = 480


def upload_avatar(user_id: int, data: bytes) -> User:
    """Give a user another picture; nothing of the upload but its pixels is kept.

    Raises: PhotoTooLarge, PhotoTypeUnknown, InvalidPhoto.
    Writes: the file under a new address, the user's row, an event that removes the old file.
    """
    inspect_upload(data)
    try:
        picture = make_sizes_confined(data, edges={"avatar": EDGE})["avatar"].webp
    except InvalidImage as error:
        raise InvalidPhoto(why=error.why.value) from error
    key = f"avatars/{secrets.token_hex(16)}.webp"
    storage().put(key, picture, WEBP)

    def work(session: Session) -> User:
        return set_avatar(session, lock_user(session, user_id), key)

    try:
        return in_transaction(work)
    except Exception:
        delete_files([key])
        raise
