"""Which stored files anybody may fetch, and which uploads the product itself takes in."""

from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import NamedTuple

from airbnb.domain import clock
from airbnb.domain.errors import Forbidden, NotFound
from airbnb.domain.uploads import PRIVATE_PREFIX
from airbnb.integrations.storage.local import LocalStorage, UploadRefused
from airbnb.integrations.storage.protocol import EmptyFile, FileMissing, InvalidKey
from airbnb.workflows.outside import storage

TYPES_BY_NAME = {".webp": "image/webp", ".jpg": "image/jpeg"}


class PublicFile(NamedTuple):
    """A file as it is served."""

    data: bytes
    content_type: str


def take_upload(key: str, query: Mapping[str, str], *, content_type: str, size: int, read: Callable[[], bytes]) -> None:
    """Keep a file that came to an address signed by the folder store.

    Raises: NotFound when files are kept elsewhere; Forbidden, before anything is read, unless the address is good.
    """
    store = storage()
    if not isinstance(store, LocalStorage):
        raise NotFound()
    try:
        store.check_upload(key, query, content_type=content_type, size=size, now=clock.now())
        store.put(key, read(), content_type)
    except (InvalidKey, UploadRefused, EmptyFile) as error:
        raise Forbidden() from error


def find_public_file(key: str) -> PublicFile | None:
    """Return a stored file, or None when there is none or it is private."""
    if key.startswith(PRIVATE_PREFIX):
        return None
    store = storage()
    try:
        data = store.open(key)
        # What we make ourselves is named after its type; asking the store is a call of its own.
        return PublicFile(data, TYPES_BY_NAME.get(PurePosixPath(key).suffix) or store.stat(key).content_type)
    except (FileMissing, InvalidKey):
        return None
