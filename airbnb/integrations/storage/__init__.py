"""Where files live behind one interface: ``protocol`` names it, ``local`` keeps them in a folder."""

from airbnb.integrations.storage.local import LocalStorage
from airbnb.integrations.storage.protocol import (
    FileMissing,
    InvalidKey,
    Storage,
    StorageError,
    StorageUnavailable,
    StoredFile,
    check_key,
)

__all__ = [
    "FileMissing",
    "InvalidKey",
    "LocalStorage",
    "Storage",
    "StorageError",
    "StorageUnavailable",
    "StoredFile",
    "check_key",
]
