"""Files that no row names any more."""

from celery import shared_task

from airbnb.queries.outbox import find_event
from airbnb.unit_of_work import reading
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
