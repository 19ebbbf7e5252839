"""How large and of what kind an uploaded picture may be."""

MAX_PICTURE_BYTES = 20 * 1024 * 1024
MAX_PICTURE_PIXELS = 40_000_000
PICTURE_TYPES = ("image/jpeg", "image/png", "image/webp")

PHOTOS_FOLDER = "photos"
#: Files under it are never served.
PRIVATE_PREFIX = "private/"
#: Keys never change their content, so caches may keep a file for good.
CACHE_FOREVER = "public, max-age=31536000, immutable"
