"""Backups: one folder with the database at one instant, the files, and a manifest that proves both whole."""

import hashlib
import shutil
import tarfile
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from airbnb import __version__
from airbnb.config.storage import local_folder
from airbnb.domain import clock
from airbnb.extensions import current_settings
from airbnb.integrations.dumps import Dumper, make_dumper
from airbnb.queries import job_runs
from airbnb.unit_of_work import in_transaction

#: What the metrics and their alert know a backup by.
JOB = "backup"
FILES = "files.tar"
MANIFEST = "manifest.json"
CHUNK = 1024 * 1024


class BackupError(Exception):
    """A backup could not be made or used; the message says what to do."""


def make_backup(folder: Path) -> Path:
    """Save the database and, where files are kept on this machine, the files; return the new folder.

    A backup appears under its name only when it is whole. Files come after the database, so that every file the
    database knows of is there. Keys are not part of it: they live in the environment.
    Raises: BackupError, DumpFailed.
    """
    made_at = clock.now()
    target = folder / f"backup-{made_at:%Y%m%dT%H%M%S}Z"
    draft = folder / f".{target.name}.part"
    if target.exists():
        raise BackupError(f"{target} is there already")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        dumper = _dumper()
        dumper.save(draft / dumper.file_name)
        _pack_files(draft / FILES)
        _write_manifest(draft, made_at)
        draft.replace(target)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    in_transaction(lambda session: job_runs.note_run(session, JOB, started_at=made_at, finished_at=clock.now()))
    return target


def restore_backup(folder: Path) -> datetime:
    """Load a backup into an empty database and an empty file store; return the instant that it was made at.

    Raises: BackupError when something is there already or the backup is not whole; DumpFailed.
    """
    made_at, names = _checked(folder)
    dumper = _dumper()
    if dumper.file_name not in names:
        raise BackupError(f"the backup has no {dumper.file_name}: it comes from another kind of database")
    if not dumper.is_empty():
        raise BackupError("the database is not empty; restore into a new one, then point DATABASE_URL at it")
    files = _local_files()
    if FILES in names:
        if files is None:
            raise BackupError("the backup holds files, but STORAGE_URL names no folder of this machine")
        if files.exists() and any(files.iterdir()):
            raise BackupError(f"{files} is not empty")
    dumper.load(folder / dumper.file_name)
    if files is not None and FILES in names:
        files.mkdir(parents=True, exist_ok=True)
        with tarfile.open(folder / FILES) as tar:
            tar.extractall(files, filter="data")
    return made_at


def _dumper() -> Dumper:
    return make_dumper(current_settings().database_url)


def _local_files() -> Path | None:
    """Return the folder of the file store, or None where a bucket keeps versions of its own."""
    storage = current_settings().storage
    return local_folder(storage.url) if storage.scheme == "file" else None


def _pack_files(target: Path) -> None:
    folder = _local_files()
    if folder is None or not folder.is_dir():
        return
    with tarfile.open(target, "x") as tar:
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder).as_posix()
            if path.is_file() and not path.name.startswith(".draft-"):
                _add(tar, path, name)


def _add(tar: tarfile.TarFile, path: Path, name: str) -> None:
    try:
        tar.add(path, name, recursive=False)
    except FileNotFoundError:
        return  # deleted meanwhile, and so by the database's will


def _write_manifest(folder: Path, made_at: datetime) -> None:
    files = {path.name: {"bytes": path.stat().st_size, "sha256": _sha256(path)} for path in sorted(folder.iterdir())}
    manifest = {"made_at": made_at.isoformat(), "version": __version__, "files": files}
    (folder / MANIFEST).write_bytes(orjson.dumps(manifest, option=orjson.OPT_INDENT_2))


def _checked(folder: Path) -> tuple[datetime, set[str]]:
    """Return a backup's instant and the names of its files, each as it was then. Raises: BackupError."""
    try:
        manifest: dict[str, Any] = orjson.loads((folder / MANIFEST).read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise BackupError(f"{folder} is not a backup: {error}") from error
    for name, known in manifest["files"].items():
        path = folder / name
        if not path.is_file() or path.stat().st_size != known["bytes"] or _sha256(path) != known["sha256"]:
            raise BackupError(f"{name} is not what it was when the backup was made")
    return datetime.fromisoformat(manifest["made_at"]), set(manifest["files"])


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
