"""Fetching other sites' calendars, each when its time has come."""

import random

from celery import shared_task

from airbnb.domain import clock
from airbnb.queries.calendar_feeds import list_due_feed_ids
from airbnb.tasks.jobs import once_per_period
from airbnb.unit_of_work import reading
from airbnb.workflows import calendar_feeds

MOST_AT_ONCE = 5_000
#: Due feeds are handed to the workers over most of the job's period.
SPREAD_S = 240


@shared_task(name="calendar_feeds.sync_due")
@once_per_period("calendar-feeds")
def sync_due() -> int:
    """Hand every due feed to a worker, spread over some minutes."""
    with reading() as session:
        due = list_due_feed_ids(session, now=clock.now(), limit=MOST_AT_ONCE)
    for feed_id in due:
        spread = random.uniform(0, min(SPREAD_S, len(due)))  # noqa: S311 - spreads load, guards nothing
        sync_one.apply_async(args=[feed_id], countdown=spread)
    return len(due)


@shared_task(name="calendar_feeds.sync_one")
def sync_one(feed_id: int) -> None:
    """Fetch one feed. Idempotent: a second call finds it no longer due."""
    calendar_feeds.sync_feed(feed_id)
