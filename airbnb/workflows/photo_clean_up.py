"""What got lost between database and storage: files that no row names, and photos whose task never ran."""

import logging
import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice

from airbnb.domain.attachments import FOLDER as ATTACHMENTS_FOLDER
from airbnb.domain.upload_tickets import UPLOADS_FOLDER
from airbnb.domain.uploads import PHOTOS_FOLDER, PRIVATE_PREFIX
from airbnb.queries import attachments
from airbnb.queries.photos import find_known_keys, list_lost_photo_ids
from airbnb.unit_of_work import reading
from airbnb.workflows.outside import storage
from airbnb.workflows.photos import delete_files, make_photo_sizes

logger = logging.getLogger(__name__)

#: Files come before their row, and go after it; by then both have happened.
ORPHAN_AGE = timedelta(days=1)
#: The clean-up runs once a day: what is older than this it has left.
LEFT_AGE = 3 * ORPHAN_AGE
LOST_AFTER = timedelta(minutes=30)
BATCH = 200
FOLDERS = (
    PHOTOS_FOLDER,
    f"{PRIVATE_PREFIX}{PHOTOS_FOLDER}",
    f"{PRIVATE_PREFIX}{ATTACHMENTS_FOLDER}",
    UPLOADS_FOLDER,
)
#: Exactly the names that photos get: nothing else in a shared store is ours to delete.
_PHOTO_FILE = re.compile(r"(?:private/)?(photos/[0-9]+/[0-9a-f]{24})-(?:original|(?:small|medium|large)\.(?:webp|jpg))")
_ATTACHMENT_FILE = re.compile(rf"{PRIVATE_PREFIX}({ATTACHMENTS_FOLDER}/[0-9a-f]{{24}})-(?:small|large)\.webp")
_UPLOAD_FILE = re.compile(rf"{UPLOADS_FOLDER}/[0-9]+/[0-9a-f]{{24}}")


def delete_orphans(now: datetime) -> int:
    """Delete files of pictures without a row and uploads that nobody completed; return how many.

    Raises: StorageUnavailable.
    """
    deleted = 0
    for orphans in _orphans(now - ORPHAN_AGE):
        delete_files(orphans)
        deleted += len(orphans)
    return deleted


def find_left_files(now: datetime) -> list[str]:
    """Return the keys of files that should have been deleted by now. Raises: StorageUnavailable."""
    return [key for orphans in _orphans(now - LEFT_AGE) for key in orphans]


def _orphans(before: datetime) -> Iterator[list[str]]:
    for keys in _batches(_old_files(before)):
        named = {key: _PHOTO_FILE.fullmatch(key) or _ATTACHMENT_FILE.fullmatch(key) for key in keys}
        bases = {key: match[1] for key, match in named.items() if match}
        with reading() as session:
            known = find_known_keys(session, set(bases.values())) | attachments.find_known_keys(
                session, set(bases.values())
            )
        yield [key for key in keys if bases.get(key) not in known]


def resume_lost(now: datetime) -> int:
    """Make the sizes of photos that have waited too long; return how many are done."""
    with reading() as session:
        lost = list_lost_photo_ids(session, before=now - LOST_AFTER, limit=BATCH)
    done = 0
    for photo_id in lost:
        try:
            done += make_photo_sizes(photo_id)
        except Exception:  # one photo must not keep the others waiting
            logger.exception("a lost photo could not be made", extra={"photo_id": photo_id})
    return done


def _old_files(before: datetime) -> Iterator[str]:
    store = storage()
    for folder in FOLDERS:
        for file in store.list_files(folder):
            is_ours = any(ours.fullmatch(file.key) for ours in (_PHOTO_FILE, _ATTACHMENT_FILE, _UPLOAD_FILE))
            if is_ours and file.changed_at < before:
                yield file.key


def _batches(keys: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(keys)
    while batch := list(islice(rest, BATCH)):
        yield batch
