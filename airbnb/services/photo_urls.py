"""Where the sizes of a photo are found: keys in storage and addresses for clients, known before the files exist."""

from airbnb.domain.uploads import PRIVATE_PREFIX
from airbnb.extensions import current_settings

SIZES = ("small", "medium", "large")


def size_key(base_key: str, size: str) -> str:
    """Return the storage key of one size."""
    return f"{base_key}-{size}.webp"


def fallback_key(base_key: str, size: str) -> str:
    """Return the storage key of one size for clients that can't show WebP: the same name with another ending."""
    return f"{base_key}-{size}.jpg"


def original_key(base_key: str) -> str:
    """Return the storage key of the upload itself, which nobody is served."""
    return f"{PRIVATE_PREFIX}{base_key}-original"


def file_url(key: str) -> str:
    """Return where clients fetch a file."""
    return f"{current_settings().storage.files_url}/{key}"


def photo_urls(base_key: str) -> dict[str, str]:
    """Return the address of every size."""
    return {size: file_url(size_key(base_key, size)) for size in SIZES}
