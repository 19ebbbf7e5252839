"""Cleaning up idempotency keys."""

from functools import partial

from celery import shared_task

from airbnb.domain import clock
from airbnb.queries import idempotency
from airbnb.tasks.jobs import once_per_period
from airbnb.unit_of_work import in_transaction

BATCH = 500


@shared_task(name="idempotency.delete_expired_keys")
@once_per_period("idempotency-clean-up")
def delete_expired_keys() -> int:
    """Remove keys past their time, a batch a transaction."""
    total = 0
    while deleted := in_transaction(partial(idempotency.delete_expired_keys, now=clock.now(), limit=BATCH)):
        total += deleted
    return total
