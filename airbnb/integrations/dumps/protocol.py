"""What the product asks of whatever saves and loads its database."""

from pathlib import Path
from typing import Protocol


class DumpFailed(Exception):
    """The database could not be saved or loaded; the message is for operators."""


class Dumper(Protocol):
    """Saves one database as it is at one instant, and loads what was saved into an empty one."""

    #: What the file is called inside a backup; it tells which kind of database it came from.
    file_name: str

    def save(self, target: Path) -> None:
        """Write the database to a new file. Writers go on meanwhile and are not seen. Raises: DumpFailed."""
        ...

    def is_empty(self) -> bool:
        """Whether the database has no table, so that loading overwrites nothing. Raises: DumpFailed."""
        ...

    def load(self, source: Path) -> None:
        """Fill an empty database from such a file. Raises: DumpFailed."""
        ...
