"""Where files live behind one interface: a folder, S3 or Cloudinary; ``choice`` picks by the settings."""

from airbnb.integrations.storage.choice import make_storage
from airbnb.integrations.storage.cloudinary import CloudinaryStorage
from airbnb.integrations.storage.local import LocalStorage, UploadRefused
from airbnb.integrations.storage.protocol import (
    EmptyFile,
    FileMissing,
    InvalidKey,
    ListedFile,
    SignedUpload,
    Storage,
    StorageError,
    StorageUnavailable,
    StoredFile,
    check_data,
    check_key,
)
from airbnb.integrations.storage.s3 import S3Storage

__all__ = [
    "CloudinaryStorage",
    "EmptyFile",
    "FileMissing",
    "InvalidKey",
    "ListedFile",
    "LocalStorage",
    "S3Storage",
    "SignedUpload",
    "Storage",
    "StorageError",
    "StorageUnavailable",
    "StoredFile",
    "UploadRefused",
    "check_data",
    "check_key",
    "make_storage",
]
