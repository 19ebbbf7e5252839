"""Photos after their upload."""

from celery import shared_task

from airbnb.queries.outbox import find_event
from airbnb.unit_of_work import reading
from airbnb.workflows.photos import make_photo_sizes


@shared_task(name="photos.make_sizes")
def make_sizes(event_id: int) -> None:
    """Make the sizes of an uploaded photo. Idempotent: a finished or deleted photo is left alone."""
    with reading() as session:
        event = find_event(session, event_id)
    if event is not None:
        make_photo_sizes(event.subject_id)
