"""Upkeep of search's projection."""

from functools import partial

from celery import shared_task

from airbnb.domain import clock
from airbnb.queries.search_upkeep import list_listing_ids
from airbnb.services.search_projection import refresh_listings
from airbnb.services.search_upkeep import apply_window_changes, list_aged, list_window_changes
from airbnb.tasks.jobs import once_per_period
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows.audits import run_audit

BATCH = 500
REFRESH_BATCH = 200


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


@shared_task(name="search.refresh_aged")
@once_per_period("search-refresh")
def refresh_aged() -> int:
    """Project anew what days and exchange rates changed: ranks, prices in other currencies, months come into reach.

    Idempotent.
    """
    refreshed, last = 0, 0
    while True:
        with reading() as session:
            ids = list_listing_ids(session, after=last, limit=REFRESH_BATCH)
            aged = list_aged(session, ids, now=clock.now())
        if aged:
            in_transaction(partial(refresh_listings, listing_ids=aged))
        if not ids:
            return refreshed
        refreshed, last = refreshed + len(aged), ids[-1]


@shared_task(name="search.audit")
@once_per_period("search-audit")
def audit() -> int:
    """Compare search's projection with its sources; every difference is logged as an error."""
    return len(run_audit("search"))
