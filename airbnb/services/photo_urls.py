"""Where the sizes of a photo are found: keys in storage and addresses for clients, known before the files exist."""

from airbnb.extensions import current_settings

SIZES = ("small", "medium", "large")
#: Files under it are never served.
PRIVATE_PREFIX = "private/"


def size_key(base_key: str, size: str) -> str:
    """Return the storage key of one size."""
    return f"{base_key}-{size}.webp"


def original_key(base_key: str) -> str:
    """Return the storage key of the upload itself, which nobody is served."""
    return f"{PRIVATE_PREFIX}{base_key}-original"


def file_url(key: str) -> str:
    """Return where clients fetch a file."""
    return f"{current_settings().public_url}/files/{key}"


def photo_urls(base_key: str) -> dict[str, str]:
    """Return the address of every size."""
    return {size: file_url(size_key(base_key, size)) for size in SIZES}
