"""Making the zip of everything stored about somebody, and handing it out to who knows its address."""

import hmac
import tempfile
import zipfile
from functools import partial

import orjson

from airbnb.domain import clock
from airbnb.extensions import current_settings
from airbnb.integrations.storage.protocol import FileMissing
from airbnb.queries.exports import find_export
from airbnb.queries.personal_data import PARTS, list_picture_keys, list_sent_picture_keys, read_part
from airbnb.queries.users import get_user
from airbnb.services import attachments, exports
from airbnb.services.photo_urls import size_key
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows.outside import storage

ZIP = "application/zip"
IN_MEMORY_BYTES = 8 * 1024 * 1024


def make_export(export_id: int) -> bool:
    """Gather a user's rows and pictures into a zip and let it be fetched; False when that was done before.

    Idempotent: the same file is written again under the same key.
    Raises: StorageUnavailable, for another attempt.
    """
    with reading() as session:
        export = find_export(session, export_id)
    if export is None or export.finished_at is not None:
        return False
    data = _zip_of(export.user_id)
    key = exports.storage_key(export_id, current_settings().secret_key)
    storage().put(key, data, ZIP)
    finish = partial(exports.finish_export, export_id=export_id, file_key=key, size_bytes=len(data), now=clock.now())
    return in_transaction(finish)


def fetch_export(export_id: int, secret: str) -> bytes | None:
    """Return the file of an export to who knows its secret, while it lives."""
    expected = exports.secret_of(export_id, current_settings().secret_key)
    if not hmac.compare_digest(expected.encode(), secret.encode()):
        return None
    with reading() as session:
        export = find_export(session, export_id)
    if export is None or export.file_key is None or not exports.may_be_fetched(export, now=clock.now()):
        return None
    try:
        return storage().open(export.file_key)
    except FileMissing:
        return None


def _zip_of(user_id: int) -> bytes:
    with tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES) as target:
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            with reading() as session:
                for part in PARTS:
                    rows = read_part(session, part, user_id)
                    archive.writestr(f"{part.name}.json", orjson.dumps(rows, option=orjson.OPT_INDENT_2))
            _add_pictures(archive, user_id)
        target.seek(0)
        return target.read()


def _add_pictures(archive: zipfile.ZipFile, user_id: int) -> None:
    with reading() as session:
        avatar = get_user(session, user_id).avatar_key
        pictures = [
            (f"files/{name}.webp", size_key(base_key, "large"))
            for name, base_key in list_picture_keys(session, user_id)
        ]
        pictures += [
            (f"files/{name}.webp", attachments.size_key(base_key, "large"))
            for name, base_key in list_sent_picture_keys(session, user_id)
        ]
    for name, key in [("files/avatar.webp", avatar), *pictures]:
        if key is None:
            continue
        try:
            # A picture is packed already.
            archive.writestr(name, storage().open(key), zipfile.ZIP_STORED)
        except FileMissing:
            continue
