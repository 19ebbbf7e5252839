"""Files in a folder of this machine; uploads by others come to the product's own address, signed."""

import hashlib
import hmac
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

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

#: Types that the name already tells; any other is kept in a hidden file beside the content.
_TYPES = {
    ".webp": "image/webp",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".pdf": "application/pdf",
    ".json": "application/json",
    ".txt": "text/plain",
}
_UNKNOWN_TYPE = "application/octet-stream"


class UploadRefused(StorageError):
    """The address of an upload was not made here, its time is over, or it was made for another file."""


class LocalStorage:
    """Keeps each file at ``root / key``. Several processes may share the folder."""

    def __init__(self, root: Path | str, base_url: str, *, upload_secret: str, upload_url: str | None = None) -> None:
        self._root = Path(root)
        self._base_url = base_url.rstrip("/")
        self._upload_url = (upload_url or base_url).rstrip("/")
        self._upload_secret = upload_secret.encode()

    def put(self, key: str, data: bytes, content_type: str) -> None:
        """Keep the file, in place of any earlier one; on disk when this returns."""
        path = self.path_of(key)
        check_data(data)
        with _disk_errors():
            path.parent.mkdir(parents=True, exist_ok=True)
            # The type goes first: a reader of the new content never finds the old type beside it.
            self._keep_type(path, content_type)
            _write_whole(path, data)

    def open(self, key: str) -> bytes:
        """Return the file's content. Raises: FileMissing."""
        with _disk_errors():
            return self.path_of(key).read_bytes()

    def stat(self, key: str) -> StoredFile:
        """Return the file's size and type. Raises: FileMissing."""
        path = self.path_of(key)
        with _disk_errors():
            if not path.is_file():
                raise FileMissing(key)
            return StoredFile(size=path.stat().st_size, content_type=_read_type(path))

    def exists(self, key: str) -> bool:
        """Whether a file has this key."""
        return self.path_of(key).is_file()

    def delete(self, key: str) -> None:
        """Remove the file; one that is not there is as good as removed."""
        path = self.path_of(key)
        if not path.is_file():
            return
        with _disk_errors():
            path.unlink(missing_ok=True)
            _type_path(path).unlink(missing_ok=True)

    def url(self, key: str) -> str:
        """Return where the product serves the file; it need not exist yet."""
        return f"{self._base_url}/{check_key(key)}"

    def list_files(self, folder: str) -> Iterator[ListedFile]:
        """Yield every file in the folder and those in it."""
        for path in self.path_of(folder).rglob("[!.]*"):
            try:
                if path.is_file():
                    changed_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
                    yield ListedFile(path.relative_to(self._root).as_posix(), changed_at)
            except FileNotFoundError:
                continue  # deleted meanwhile

    def presign_upload(self, key: str, *, content_type: str, size: int, expires_at: datetime) -> SignedUpload:
        """Return the address at which the product takes exactly this file for ``accept_upload``."""
        terms = {"type": content_type, "size": str(size), "expires": str(int(expires_at.timestamp()))}
        query = urlencode({**terms, "signature": self._signature(check_key(key), terms)})
        url = f"{self._upload_url}/{key}?{query}"
        return SignedUpload(url=url, method="PUT", headers={"Content-Type": content_type})

    def check_upload(self, key: str, query: Mapping[str, str], *, content_type: str, size: int, now: datetime) -> None:
        """Check that ``presign_upload`` made an address for just this file. Raises: UploadRefused."""
        terms = {name: query.get(name, "") for name in ("type", "size", "expires")}
        signature = self._signature(check_key(key), terms)
        if not hmac.compare_digest(signature.encode(), query.get("signature", "").encode()):
            raise UploadRefused("the signature is wrong")
        if now.timestamp() >= int(terms["expires"]):
            raise UploadRefused("the time is over")
        if (content_type, str(size)) != (terms["type"], terms["size"]):
            raise UploadRefused("another type or size was announced")

    def path_of(self, key: str) -> Path:
        """Return where the file lies, for a server that sends files by itself. Raises: InvalidKey."""
        return self._root / check_key(key)

    def _signature(self, key: str, terms: Mapping[str, str]) -> str:
        text = "\n".join(["upload", key, *terms.values()])
        return hmac.new(self._upload_secret, text.encode(), hashlib.sha256).hexdigest()

    def _keep_type(self, path: Path, content_type: str) -> None:
        if _TYPES.get(path.suffix) == content_type:
            _type_path(path).unlink(missing_ok=True)
        else:
            _write_whole(_type_path(path), content_type.encode())


def _type_path(path: Path) -> Path:
    # Keys have no part that begins with a dot, so this name belongs to no other file.
    return path.with_name(f".{path.name}.type")


def _read_type(path: Path) -> str:
    try:
        return _type_path(path).read_text()
    except FileNotFoundError:
        return _TYPES.get(path.suffix, _UNKNOWN_TYPE)


def _write_whole(path: Path, data: bytes) -> None:
    """Write beside the target, then rename: whoever reads meanwhile sees the old file or the new one."""
    draft = path.with_name(f".draft-{secrets.token_hex(8)}")
    try:
        with draft.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


@contextmanager
def _disk_errors() -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise FileMissing("no file has this key") from error
    except OSError as error:
        raise StorageUnavailable(error.strerror or "the disk refused") from error
