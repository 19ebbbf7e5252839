"""Files in a bucket of Amazon S3 or of a store that speaks like it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from airbnb.config.storage import S3Place, StorageSettings
from airbnb.domain import clock
from airbnb.domain.uploads import CACHE_FOREVER, PRIVATE_PREFIX
from airbnb.integrations.storage.protocol import (
    FileMissing,
    ListedFile,
    SignedUpload,
    StorageUnavailable,
    StoredFile,
    check_data,
    check_key,
)

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CONNECT_TIMEOUT_S = 3
READ_TIMEOUT_S = 20
ATTEMPTS = 3
PAGE_SIZE = 1_000
_MISSING = {"404", "NoSuchKey", "NotFound"}


class S3Storage:
    """Keeps each file in ``place.bucket`` under ``place.folder``; the client is safe to share between threads."""

    def __init__(self, place: S3Place, settings: StorageSettings) -> None:
        self._bucket = place.bucket
        self._folder = f"{place.folder}/" if place.folder else ""
        self._base_url = settings.files_url.rstrip("/")
        self._client = _make_client(place, settings)

    def put(self, key: str, data: bytes, content_type: str) -> None:
        """Keep the file, in place of any earlier one; whoever fetches a public one may cache it for good."""
        name = self._name(key)
        cache = "private, no-store" if key.startswith(PRIVATE_PREFIX) else CACHE_FOREVER
        with _errors(key):
            self._client.put_object(
                Bucket=self._bucket, Key=name, Body=check_data(data), ContentType=content_type, CacheControl=cache
            )

    def open(self, key: str) -> bytes:
        """Return the file's content. Raises: FileMissing."""
        with _errors(key):
            return self._client.get_object(Bucket=self._bucket, Key=self._name(key))["Body"].read()

    def stat(self, key: str) -> StoredFile:
        """Return the file's size and type. Raises: FileMissing."""
        with _errors(key):
            head = self._client.head_object(Bucket=self._bucket, Key=self._name(key))
        return StoredFile(size=head["ContentLength"], content_type=head["ContentType"])

    def exists(self, key: str) -> bool:
        """Whether a file has this key."""
        try:
            self.stat(key)
        except FileMissing:
            return False
        return True

    def delete(self, key: str) -> None:
        """Remove the file; one that is not there is as good as removed."""
        with _errors(key):
            self._client.delete_object(Bucket=self._bucket, Key=self._name(key))

    def url(self, key: str) -> str:
        """Return where clients fetch the file; it need not exist yet."""
        return f"{self._base_url}/{check_key(key)}"

    def list_files(self, folder: str) -> Iterator[ListedFile]:
        """Yield every file whose key begins with the folder and a slash."""
        pages = self._client.get_paginator("list_objects_v2")
        with _errors(folder):
            prefix = f"{self._name(folder)}/"
            for page in pages.paginate(Bucket=self._bucket, Prefix=prefix, PaginationConfig={"PageSize": PAGE_SIZE}):
                for entry in page.get("Contents", []):
                    yield ListedFile(entry["Key"].removeprefix(self._folder), entry["LastModified"])

    def presign_upload(self, key: str, *, content_type: str, size: int, expires_at: datetime) -> SignedUpload:
        """Return an address for a PUT; S3 refuses another type or length than the signed ones."""
        params = {
            "Bucket": self._bucket,
            "Key": self._name(key),
            "ContentType": content_type,
            "ContentLength": size,
        }
        seconds = max(1, int((expires_at - clock.now()).total_seconds()))
        with _errors(key):
            url = self._client.generate_presigned_url("put_object", Params=params, ExpiresIn=seconds)
        return SignedUpload(url=url, method="PUT", headers={"Content-Type": content_type})

    def _name(self, key: str) -> str:
        return self._folder + check_key(key)


def _make_client(place: S3Place, settings: StorageSettings) -> "S3Client":
    config = Config(
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=READ_TIMEOUT_S,
        retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
        signature_version="s3v4",
        # Other stores seldom have a host name per bucket, nor Amazon's newer checksums.
        s3={"addressing_style": "path" if place.endpoint else "auto"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    # A session of its own: the default one belongs to the process.
    session = boto3.session.Session(
        aws_access_key_id=settings.aws_access_key_id,
        aws_secret_access_key=settings.aws_secret_access_key,
        aws_session_token=settings.aws_session_token,
        region_name=place.region,
    )
    return session.client("s3", endpoint_url=place.endpoint, config=config)


@contextmanager
def _errors(key: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in _MISSING:
            raise FileMissing(key) from error
        raise StorageUnavailable(f"S3 answered {code}") from error
    except BotoCoreError as error:
        raise StorageUnavailable(f"S3 can't be reached: {type(error).__name__}") from error
