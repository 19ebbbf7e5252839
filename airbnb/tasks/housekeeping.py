"""Keeping the tables of the machinery small."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from celery import shared_task

from airbnb.domain import clock
from airbnb.queries import housekeeping
from airbnb.tasks.jobs import once_per_period
from airbnb.unit_of_work import in_transaction

BATCH = 500
#: Long enough to look into a complaint about a mail.
EVENTS_KEPT = timedelta(days=30)
RUNS_KEPT = timedelta(days=30)


@shared_task(name="housekeeping.delete_old_rows")
@once_per_period("housekeeping")
def delete_old_rows() -> int:
    """Remove handled outbox events and claims of past periods, a batch a transaction."""
    now = clock.now()
    events = partial(housekeeping.delete_done_events, due_before=now - EVENTS_KEPT, limit=BATCH)
    runs = partial(housekeeping.delete_job_runs, started_before=now - RUNS_KEPT, limit=BATCH)
    return _until_none_is_left(events) + _until_none_is_left(runs)


def _until_none_is_left(delete: Callable[..., int]) -> int:
    total = 0
    while deleted := in_transaction(delete):
        total += deleted
    return total
