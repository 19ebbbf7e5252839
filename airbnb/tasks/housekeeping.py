"""Keeping the tables of the machinery small."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from celery import shared_task

from airbnb.domain import clock
from airbnb.queries import housekeeping
from airbnb.queries.stream_events import delete_old_stream_events
from airbnb.queries.webhook_endpoints import delete_old_deliveries
from airbnb.tasks.jobs import once_per_period
from airbnb.unit_of_work import in_transaction

BATCH = 500
#: Long enough to look into a complaint about a mail.
EVENTS_KEPT = timedelta(days=30)
RUNS_KEPT = timedelta(days=30)
#: A client that was away for longer reads the lists anew.
STREAM_EVENTS_KEPT = timedelta(days=1)


@shared_task(name="housekeeping.delete_old_rows")
@once_per_period("housekeeping")
def delete_old_rows() -> int:
    """Remove handled outbox events, claims of past periods and events of streams, a batch a transaction."""
    now = clock.now()
    events = partial(housekeeping.delete_done_events, due_before=now - EVENTS_KEPT, limit=BATCH)
    runs = partial(housekeeping.delete_job_runs, started_before=now - RUNS_KEPT, limit=BATCH)
    streams = partial(delete_old_stream_events, created_before=now - STREAM_EVENTS_KEPT, limit=BATCH)
    webhooks = partial(delete_old_deliveries, created_before=now - EVENTS_KEPT, limit=BATCH)
    return sum(map(_until_none_is_left, (events, runs, streams, webhooks)))


def _until_none_is_left(delete: Callable[..., int]) -> int:
    total = 0
    while deleted := in_transaction(delete):
        total += deleted
    return total
