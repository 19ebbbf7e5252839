"""Photos after their upload."""

from celery import shared_task

from airbnb.domain import clock
from airbnb.queries.outbox import find_event
from airbnb.tasks.jobs import once_per_period
from airbnb.unit_of_work import reading
from airbnb.workflows import photo_clean_up
from airbnb.workflows.photos import make_photo_sizes


@shared_task(name="photos.make_sizes")
def make_sizes(event_id: int) -> None:
    """Make the sizes of an uploaded photo. Idempotent: a finished or deleted photo is left alone."""
    with reading() as session:
        event = find_event(session, event_id)
    if event is not None:
        make_photo_sizes(event.subject_id)


@shared_task(name="photos.resume_lost")
@once_per_period("photos-resume")
def resume_lost() -> int:
    """Make the sizes of photos whose event got lost."""
    return photo_clean_up.resume_lost(clock.now())


@shared_task(name="photos.delete_orphans")
@once_per_period("photos-orphans")
def delete_orphans() -> int:
    """Delete files that no photo names."""
    return photo_clean_up.delete_orphans(clock.now())
