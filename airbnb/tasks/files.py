"""Files that no row names any more, and pictures that nobody sent."""

from celery import shared_task

from airbnb.queries.outbox import find_event
from airbnb.tasks.jobs import once_per_period
from airbnb.unit_of_work import reading
from airbnb.workflows import attachments
from airbnb.workflows.outside import storage


@shared_task(name="files.delete")
def delete_orphans(event_id: int) -> int:
    """Remove the files that an event lists; returns how many. Idempotent: one that is gone already is as good.

    Raises: StorageUnavailable, for another attempt.
    """
    with reading() as session:
        event = find_event(session, event_id)
    keys = event.payload["keys"] if event else []
    for key in keys:
        storage().delete(key)
    return len(keys)


@shared_task(name="files.delete_unsent")
@once_per_period("attachments-unsent")
def delete_unsent() -> int:
    """Remove pictures that were uploaded for a message and not sent within a day."""
    return attachments.remove_old_unsent()
