"""Alerts and mail orders from what has happened."""

from functools import partial

from celery import shared_task

from airbnb.domain import clock
from airbnb.services.notifications import tell_of_event
from airbnb.unit_of_work import in_transaction


@shared_task(name="notifications.tell")
def tell(event_id: int) -> int:
    """Tell everybody whom one outbox event concerns; returns how many readers it had.

    Idempotent: event and alerts are closed in one transaction.
    """
    return in_transaction(partial(tell_of_event, event_id=event_id, now=clock.now()))
