"""Settings of the file store: which one it is, read from STORAGE_URL, and what is wrong with it."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from airbnb.config.reader import url_options, web_address

CLOUDINARY_API = "https://api.cloudinary.com"
CLOUDINARY_DELIVERY = "https://res.cloudinary.com"
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_CLOUD = re.compile(r"[A-Za-z0-9_-]+")
_FOLDER = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageSettings:
    """Where files are kept, where clients fetch public ones, and the keys to it.

    ``files_url`` is what a file's key is appended to. Without keys for S3 the role of the machine counts.
    """

    url: str = field(repr=False)
    files_url: str
    upload_secret: str = field(repr=False)
    aws_access_key_id: str | None = None
    aws_secret_access_key: str | None = field(default=None, repr=False)
    aws_session_token: str | None = field(default=None, repr=False)

    @property
    def scheme(self) -> str:
        """``file``, ``s3`` or ``cloudinary``."""
        return urlsplit(self.url).scheme


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Place:
    """``s3://bucket/folder?endpoint=…&region=…``; the endpoint is for stores other than Amazon's."""

    bucket: str
    folder: str
    endpoint: str | None
    region: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudinaryPlace:
    """``cloudinary://key:secret@cloud/folder?endpoint=…``; the endpoint is for stand-ins in tests."""

    cloud: str
    api_key: str
    api_secret: str = field(repr=False)
    folder: str
    endpoint: str


def local_folder(url: str) -> Path:
    """Return the folder that a ``file://`` URL names. Raises: ValueError."""
    parts = urlsplit(url)
    if parts.netloc or not parts.path.startswith("/"):
        raise ValueError("must be file:///folder with an absolute path")
    return Path(unquote(parts.path))


def s3_place(url: str) -> S3Place:
    """Read an ``s3://`` URL. Raises: ValueError."""
    parts = urlsplit(url)
    options = url_options(parts, {"endpoint", "region"})
    if _BUCKET.fullmatch(parts.netloc) is None:
        raise ValueError("must name a bucket: s3://bucket/folder")
    return S3Place(
        bucket=parts.netloc,
        folder=_folder(parts),
        endpoint=web_address(options.get("endpoint")),
        region=options.get("region", "us-east-1"),
    )


def cloudinary_place(url: str) -> CloudinaryPlace:
    """Read a ``cloudinary://`` URL. Raises: ValueError."""
    parts = urlsplit(url)
    options = url_options(parts, {"endpoint"})
    cloud = parts.netloc.rpartition("@")[2]  # ``hostname`` would make it small
    if not (parts.username and parts.password and _CLOUD.fullmatch(cloud)):
        raise ValueError("must be cloudinary://key:secret@cloud")
    return CloudinaryPlace(
        cloud=cloud,
        api_key=unquote(parts.username),
        api_secret=unquote(parts.password),
        folder=_folder(parts),
        endpoint=web_address(options.get("endpoint")) or CLOUDINARY_API,
    )


def default_files_url(url: str, public_url: str) -> str:
    """Return where public files are fetched unless FILES_URL says so: from Cloudinary itself, else from the product."""
    try:
        place = cloudinary_place(url) if urlsplit(url).scheme == "cloudinary" else None
    except ValueError:
        place = None  # ``storage_problems`` tells
    if place is None:
        return f"{public_url}/files"
    return "/".join(filter(None, [CLOUDINARY_DELIVERY, place.cloud, "raw/upload", place.folder]))


def storage_problems(settings: StorageSettings) -> list[str]:
    """Return what is wrong, with the variable's name; the value may carry a secret and is not told."""
    read: dict[str, Callable[[str], object]] = {"file": local_folder, "s3": s3_place, "cloudinary": cloudinary_place}
    problems = []
    try:
        if settings.scheme in read:
            read[settings.scheme](settings.url)
    except ValueError as error:
        problems.append(f"STORAGE_URL {error}")
    if bool(settings.aws_access_key_id) != bool(settings.aws_secret_access_key):
        problems.append("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set together")
    return problems


def _folder(parts: SplitResult) -> str:
    folder = parts.path.strip("/")
    if folder and _FOLDER.fullmatch(folder) is None:
        raise ValueError("must name a folder of letters, digits, dots, dashes and underlines")
    return folder
