"""The embedded database, copied page by page through SQLite's own online backup."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.engine import URL

from airbnb.integrations.dumps.protocol import DumpFailed

LOCK_WAIT_S = 30.0


class SQLiteDumper:
    """Copies the file of an SQLite database, together with what its journal still holds."""

    file_name = "database.sqlite3"

    def __init__(self, url: URL) -> None:
        self._path = Path(url.database or "")

    def save(self, target: Path) -> None:
        """Write the database to a new file. Raises: DumpFailed."""
        if not self._path.is_file():
            raise DumpFailed("there is no database yet")
        # One call copies everything under one read lock: with a journal of its own, writers go on.
        with _opened(self._path) as source, _opened(target) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")

    def is_empty(self) -> bool:
        """Whether the database has no table."""
        if not self._path.exists():
            return True
        with _opened(self._path) as connection:
            return connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is None

    def load(self, source: Path) -> None:
        """Fill the database from such a file. Raises: DumpFailed."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with _opened(source) as copy, _opened(self._path) as target:
            if copy.execute("PRAGMA quick_check").fetchone() != ("ok",):
                raise DumpFailed("the saved database is damaged")
            copy.backup(target)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=LOCK_WAIT_S)) as connection:
            yield connection
    except sqlite3.Error as error:
        raise DumpFailed(f"SQLite: {error}") from error
