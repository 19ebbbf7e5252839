"""Figures by day: counted again from their rows a month at a time, and counted as things happen."""

import logging
import threading
import time
from collections import Counter
from datetime import date, timedelta
from functools import partial

from sqlalchemy.exc import SQLAlchemyError

from airbnb.domain import clock
from airbnb.domain.errors import DomainError
from airbnb.domain.figures import Figure, months_of
from airbnb.queries.figures import Key, count_figures, first_day
from airbnb.services.figures import add_to_figures, kept_figures, write_figures
from airbnb.unit_of_work import in_transaction, reading

logger = logging.getLogger(__name__)

#: The days that the periodic task counts again: what comes later about earlier days is rare, and a rebuild finds it.
RECENT = timedelta(days=7)
#: How long a process keeps what it counted to itself; a kill loses no more.
FLUSH_S = 15.0


def roll_up_recent() -> int:
    """Count the last days again; return how many figures changed."""
    today = clock.now().date()
    return rebuild(today - RECENT, today)


def rebuild(first: date, last: date) -> int:
    """Count a span of days again, a month a transaction; return how many figures changed. Idempotent."""
    changed = 0
    for start, end in months_of(first, last):
        with reading() as session:
            counted = count_figures(session, start, end)
        changed += in_transaction(partial(write_figures, counted=counted, first=start, last=end))
    return changed


def beginning() -> date:
    """Return the first day that there can be figures for."""
    with reading() as session:
        return first_day(session) or clock.now().date()


def differences(first: date, last: date) -> list[tuple[Key, int, int]]:
    """Return the figures whose kept value is not what their rows say: key, kept, counted."""
    found = []
    for start, end in months_of(first, last):
        with reading() as session:
            counted, kept = count_figures(session, start, end), kept_figures(session, start, end)
        keys = sorted(counted.keys() | kept.keys())
        found += [(key, kept.get(key, 0), counted.get(key, 0)) for key in keys if kept.get(key) != counted.get(key)]
    return found


_lock = threading.Lock()
_counts: Counter[Figure] = Counter()
_flush_at = 0.0


def happened(figure: Figure) -> None:
    """Count something that leaves no row; now and then write what was counted."""
    global _flush_at
    with _lock:
        _counts[figure] += 1
        now = time.monotonic()
        if now < _flush_at:
            return
        _flush_at = now + FLUSH_S
    flush()


def flush() -> None:
    """Write what this process has counted; a database that is busy gets it the next time."""
    with _lock:
        counts = dict(_counts)
        _counts.clear()
    if not counts:
        return
    day = clock.now().date()
    try:
        in_transaction(lambda session: add_to_figures(session, sorted(counts.items()), day=day))
    except (SQLAlchemyError, DomainError):
        logger.warning("what was counted is kept for the next time", exc_info=True)
        with _lock:
            _counts.update(counts)
