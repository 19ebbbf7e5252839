"""How often the processes of a stage repeat their transactions, in a file that they share."""

import contextlib
import logging
from pathlib import Path

LOGGER = logging.getLogger("airbnb.unit_of_work")


class Notes(logging.Handler):
    """Adds a line for each repetition of a transaction: the how manieth it was of that one."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def emit(self, record: logging.LogRecord) -> None:
        """Write down the attempt that a record of the unit of work tells of."""
        attempt = getattr(record, "attempt", None)
        if attempt is not None:
            # A full disk is for the unit of work to bear: what notes its repetitions must not be what fails.
            with contextlib.suppress(OSError), self._path.open("a") as notes:
                notes.write(f"{attempt}\n")


def note_repeats(instance: str | Path) -> Notes:
    """Note every repetition in this process from now on; return what notes them."""
    notes = Notes(_path(instance))
    LOGGER.setLevel(logging.INFO)
    LOGGER.addHandler(notes)
    return notes


def read_repeats(instance: str | Path) -> list[int]:
    """Return for every repetition so far, in whatever process, the how manieth it was."""
    path = _path(instance)
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def _path(instance: str | Path) -> Path:
    return Path(instance) / "repeats.txt"
