"""A clock that a file moves, for all processes of a test at once."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from airbnb.domain import clock


def follow_clock(file: Path) -> None:
    """Be ahead by what the file says, as soon as it says something else."""
    known = (0, timedelta())

    def now() -> datetime:
        nonlocal known
        changed = file.stat().st_mtime_ns
        if changed != known[0]:
            known = (changed, timedelta(seconds=float(file.read_text())))
        return datetime.now(UTC) + known[1]

    clock.set_source(now)


def move_clock(file: Path, by: timedelta) -> None:
    """Move the clock of everybody who follows the file."""
    ahead = float(file.read_text()) + by.total_seconds()
    draft = file.with_suffix(".draft")
    draft.write_text(str(ahead))
    draft.replace(file)
