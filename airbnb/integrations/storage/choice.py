"""Which store the settings choose."""

from airbnb.config.storage import StorageSettings, cloudinary_place, local_folder, s3_place
from airbnb.integrations.storage.cloudinary import CloudinaryStorage
from airbnb.integrations.storage.local import LocalStorage
from airbnb.integrations.storage.protocol import Storage
from airbnb.integrations.storage.s3 import S3Storage


def make_storage(settings: StorageSettings, *, public_url: str) -> Storage:
    """Return the store that STORAGE_URL names; nothing is called yet. Raises: ValueError."""
    if settings.scheme == "s3":
        return S3Storage(s3_place(settings.url), settings)
    if settings.scheme == "cloudinary":
        return CloudinaryStorage(cloudinary_place(settings.url), settings.files_url)
    return LocalStorage(
        local_folder(settings.url),
        settings.files_url,
        upload_secret=settings.upload_secret,
        upload_url=f"{public_url}/files",
    )
