"""What the product asks of a file store, and which keys name a file."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from airbnb.domain.errors import DomainError

MAX_KEY_LENGTH = 200
#: Parts of letters, digits, dot, dash and underline, none beginning with a dot: so there is no ``..``, no absolute
#: path, no backslash, no NUL and nothing that a URL would have to escape.
_KEY = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")


class StorageError(Exception):
    """Anything that keeps a store from doing as asked."""


class InvalidKey(StorageError, ValueError):
    """The key can't name a file."""


class EmptyFile(StorageError, ValueError):
    """There is nothing to keep; not every store keeps nothing."""


class FileMissing(StorageError):
    """No file has this key."""


class StorageUnavailable(StorageError, DomainError):
    """The store can't be reached, or its disk refuses; the same call may be tried again later.

    ``why`` is for the log; callers are told no more than that it did not work.
    """

    code = "storage_unavailable"
    message = "Files cannot be kept or read at this moment."

    def __init__(self, why: str) -> None:
        Exception.__init__(self, why)
        self.facts = {}


@dataclass(frozen=True, slots=True)
class StoredFile:
    """What a store knows about a file without reading it."""

    size: int
    content_type: str


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file as it is listed; ``changed_at`` is no later than its last change."""

    key: str
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedUpload:
    """How a client sends one file straight to the store.

    Shape: with ``PUT`` the body is the file, sent with exactly ``headers``; with ``POST`` it is a form of ``fields``
    and then the file as ``file``.
    """

    url: str
    method: str
    headers: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)


class Storage(Protocol):
    """A store of whole files by key. Every call may raise InvalidKey and StorageUnavailable."""

    def put(self, key: str, data: bytes, content_type: str) -> None:
        """Keep the file, in place of any earlier one. Readers see the old or the new file, never a part.

        Raises: EmptyFile.
        """
        ...

    def open(self, key: str) -> bytes:
        """Return the file's content. Raises: FileMissing."""
        ...

    def stat(self, key: str) -> StoredFile:
        """Return the file's size and type. Raises: FileMissing."""
        ...

    def exists(self, key: str) -> bool:
        """Whether a file has this key."""
        ...

    def delete(self, key: str) -> None:
        """Remove the file; one that is not there is as good as removed."""
        ...

    def url(self, key: str) -> str:
        """Return where clients fetch the file; it need not exist yet."""
        ...

    def list_files(self, folder: str) -> Iterator[ListedFile]:
        """Yield every file whose key begins with the folder and a slash, in any order."""
        ...

    def presign_upload(self, key: str, *, content_type: str, size: int, expires_at: datetime) -> SignedUpload:
        """Let somebody without our keys upload one file, for an hour at most.

        A store need not hold them to the size and type: look at what came before using it.
        """
        ...


def check_key(key: str) -> str:
    """Return the key when it can name a file.

    Raises: InvalidKey.
    """
    if len(key) > MAX_KEY_LENGTH or _KEY.fullmatch(key) is None:
        raise InvalidKey("a key is up to 200 letters, digits, dots, dashes, underlines and slashes")
    return key


def check_data(data: bytes) -> bytes:
    """Return what a file is to hold.

    Raises: EmptyFile.
    """
    if not data:
        raise EmptyFile("a file holds at least one byte")
    return data
