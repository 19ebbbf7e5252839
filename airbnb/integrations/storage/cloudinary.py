"""Files at Cloudinary: kept byte by byte as raw assets, private ones as authenticated, which its network never shows.

Source: https://cloudinary.com/documentation/image_upload_api_reference and …/admin_api.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import cloudinary.api
import cloudinary.exceptions
import cloudinary.uploader
import cloudinary.utils
import requests

from airbnb.config.storage import CloudinaryPlace
from airbnb.domain.uploads import PRIVATE_PREFIX
from airbnb.integrations.storage.protocol import (
    FileMissing,
    ListedFile,
    SignedUpload,
    StorageError,
    StorageUnavailable,
    StoredFile,
    check_data,
    check_key,
)

TIMEOUT_S = 20
PAGE_SIZE = 500
#: Cloudinary takes a signature for an hour from the moment that it names.
SIGNATURE_LIFETIME = timedelta(hours=1)
_RESOURCE = "raw"
_UNKNOWN_TYPE = "application/octet-stream"


class CloudinaryStorage:
    """Keeps each file as the asset ``place.folder / key``.

    The library's configuration belongs to the whole process, so every call carries its own.
    """

    def __init__(self, place: CloudinaryPlace, base_url: str) -> None:
        self._folder = f"{place.folder}/" if place.folder else ""
        self._base_url = base_url.rstrip("/")
        self._account: dict[str, Any] = {
            "cloud_name": place.cloud,
            "api_key": place.api_key,
            "api_secret": place.api_secret,
            "upload_prefix": place.endpoint,
            "oauth_token": None,
            "signature_algorithm": cloudinary.utils.SIGNATURE_SHA1,
            "signature_version": 2,
            "resource_type": _RESOURCE,
        }

    def put(self, key: str, data: bytes, content_type: str) -> None:
        """Keep the file, in place of any earlier one, also in caches."""
        options = {"overwrite": True, "invalidate": True, "context": {"content_type": content_type}, "filename": "file"}
        asset = self._asset(key)
        check_data(data)
        with _errors(key):
            cloudinary.uploader.upload(data, timeout=TIMEOUT_S, **asset, **options, **self._account)

    def open(self, key: str) -> bytes:
        """Return the file's content, past all caches. Raises: FileMissing."""
        asset = self._asset(key)
        with _errors(key):
            url = cloudinary.utils.private_download_url(asset["public_id"], "", type=asset["type"], **self._account)
            answer = requests.get(url, timeout=TIMEOUT_S)
            if answer.status_code == requests.codes.not_found:
                raise FileMissing(key)
            answer.raise_for_status()
        return answer.content

    def stat(self, key: str) -> StoredFile:
        """Return the file's size and type. Raises: FileMissing."""
        asset = self._asset(key)
        with _errors(key):
            found = cloudinary.api.resource(**asset, timeout=TIMEOUT_S, **self._account)
        notes = found.get("context", {}).get("custom", {})
        return StoredFile(size=found["bytes"], content_type=notes.get("content_type", _UNKNOWN_TYPE))

    def exists(self, key: str) -> bool:
        """Whether a file has this key."""
        try:
            self.stat(key)
        except FileMissing:
            return False
        return True

    def delete(self, key: str) -> None:
        """Remove the file, also from caches; one that is not there is as good as removed."""
        asset = self._asset(key)
        with _errors(key):
            cloudinary.uploader.destroy(**asset, invalidate=True, timeout=TIMEOUT_S, **self._account)

    def url(self, key: str) -> str:
        """Return where clients fetch the file; it need not exist yet."""
        return f"{self._base_url}/{check_key(key)}"

    def list_files(self, folder: str) -> Iterator[ListedFile]:
        """Yield every file whose key begins with the folder and a slash."""
        search: dict[str, Any] = {
            "type": _delivery(f"{folder}/"),
            "prefix": f"{self._folder}{check_key(folder)}/",
            "max_results": PAGE_SIZE,
        }
        while True:
            with _errors(folder):
                page = cloudinary.api.resources(**search, timeout=TIMEOUT_S, **self._account)
            for entry in page["resources"]:
                key = entry["public_id"].removeprefix(self._folder)
                yield ListedFile(key, datetime.fromisoformat(entry["created_at"]))
            if not page.get("next_cursor"):
                return
            search["next_cursor"] = page["next_cursor"]

    def presign_upload(self, key: str, *, content_type: str, size: int, expires_at: datetime) -> SignedUpload:
        """Return a form that Cloudinary takes until ``expires_at``; it holds nobody to the size."""
        signed = cloudinary.utils.sign_request(
            {
                **self._asset(key),
                "context": f"content_type={content_type}",
                "timestamp": int((expires_at - SIGNATURE_LIFETIME).timestamp()),
            },
            self._account,
        )
        url = cloudinary.utils.cloudinary_api_url("upload", **self._account)
        return SignedUpload(url=url, method="POST", fields={name: str(value) for name, value in signed.items()})

    def _asset(self, key: str) -> dict[str, str]:
        return {"public_id": self._folder + check_key(key), "type": _delivery(key)}


def _delivery(key: str) -> str:
    return "authenticated" if key.startswith(PRIVATE_PREFIX) else "upload"


@contextmanager
def _errors(key: str) -> Iterator[None]:
    try:
        yield
    except StorageError:
        raise
    except cloudinary.exceptions.NotFound as error:
        raise FileMissing(key) from error
    # The library raises plain exceptions for statuses that it doesn't know. Their texts may hold a signed address.
    except Exception as error:
        raise StorageUnavailable(f"Cloudinary refused or can't be reached: {type(error).__name__}") from error
