"""Upkeep of search's projection."""

from functools import partial

from celery import shared_task

from airbnb.domain import clock
from airbnb.services.search_upkeep import apply_window_changes, list_window_changes
from airbnb.tasks.jobs import once_per_period
from airbnb.unit_of_work import in_transaction, reading

BATCH = 500


@shared_task(name="search.move_window")
@once_per_period("search-window")
def move_window() -> int:
    """Empty the month that has passed out of the masks for the month that came into reach, a batch a transaction."""
    now = clock.now()
    with reading() as session:
        changes = list_window_changes(session, now=now)
    for start in range(0, len(changes), BATCH):
        in_transaction(partial(apply_window_changes, changes=changes[start : start + BATCH], now=now))
    return len(changes)
