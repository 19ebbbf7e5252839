"""A disk of a few megabytes that a test fills up and empties again."""

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

BALLAST = "ballast"
CHUNK = 1024**2


class NoDisk(Exception):
    """This machine lets nobody mount one."""


@contextlib.contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    """Mount a disk of its own size; it is gone afterwards. Raises: NoDisk when only the machine's owner may do that."""
    folder = Path(tempfile.mkdtemp(prefix="airbnb-disk-"))
    try:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
        try:
            done = subprocess.run(mount, capture_output=True, text=True, check=False)
        except FileNotFoundError as error:
            raise NoDisk("there is no mount") from error
        if done.returncode:
            raise NoDisk(done.stderr.strip())
        try:
            yield folder
        finally:
            # Whoever still has a file open keeps the rest of it until it is closed.
            subprocess.run(["umount", "--lazy", str(folder)], check=True)
    finally:
        folder.rmdir()


@contextlib.contextmanager
def filled(disk: Path) -> Iterator[None]:
    """Leave no byte free while the block runs."""
    ballast = disk / BALLAST
    try:
        with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            os.posix_fallocate(file.fileno(), 0, max(room(disk) - CHUNK, 1))
        with ballast.open("ab", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(b"\0" * CHUNK)
        yield
    finally:
        ballast.unlink(missing_ok=True)


def room(disk: Path) -> int:
    """Return how many bytes are free."""
    state = os.statvfs(disk)
    return state.f_bavail * state.f_frsize
