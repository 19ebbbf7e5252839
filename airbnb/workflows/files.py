"""Which stored files anybody may fetch."""

from typing import NamedTuple

from airbnb.domain.uploads import PRIVATE_PREFIX
from airbnb.integrations.storage.protocol import FileMissing, InvalidKey
from airbnb.workflows.outside import storage


class PublicFile(NamedTuple):
    """A file as it is served."""

    data: bytes
    content_type: str


def find_public_file(key: str) -> PublicFile | None:
    """Return a stored file, or None when there is none or it is private."""
    if key.startswith(PRIVATE_PREFIX):
        return None
    store = storage()
    try:
        return PublicFile(store.open(key), store.stat(key).content_type)
    except (FileMissing, InvalidKey):
        return None
