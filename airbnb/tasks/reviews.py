"""Publishing reviews whose time has come, and counting anew what follows from them."""

import logging
from functools import partial

from celery import shared_task

from airbnb.domain import clock
from airbnb.domain.errors import DomainError
from airbnb.queries.reviews import list_publishable_booking_ids
from airbnb.services.reviews import publish_booking
from airbnb.tasks.jobs import once_per_period
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows.audits import run_audit

logger = logging.getLogger(__name__)

BATCH = 200


@shared_task(name="reviews.publish_due")
@once_per_period("reviews-publish")
def publish_due() -> int:
    """Publish the hidden reviews whose window is over; one booking a transaction, each re-checked in it."""
    now = clock.now()
    with reading() as session:
        booking_ids = list_publishable_booking_ids(session, now=now, limit=BATCH)
    published = 0
    for booking_id in booking_ids:
        try:
            published += in_transaction(partial(publish_booking, booking_id=booking_id, now=now))
        except DomainError:
            # The other side's review came in at this moment and published both.
            logger.info("reviews were published elsewhere", extra={"booking_id": booking_id})
    return published


@shared_task(name="reviews.audit")
@once_per_period("reviews-audit")
def audit() -> int:
    """Compare the figures of places and people with their published reviews, and raise the alarm over what differs."""
    return len(run_audit("reviews"))
