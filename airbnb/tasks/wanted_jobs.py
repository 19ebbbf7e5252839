"""Periodic jobs that staff want to run now, out of their turn."""

from celery import shared_task

from airbnb.domain.jobs import JOBS
from airbnb.extensions import celery
from airbnb.queries.outbox import find_event
from airbnb.tasks.jobs import out_of_turn
from airbnb.tasks.outbox import NotKnownHere
from airbnb.unit_of_work import reading


@shared_task(name="jobs.run_wanted")
def run_wanted(event_id: int) -> None:
    """Run the job that an event names, or leave it to a release that has such a job. Idempotent: jobs may run twice."""
    with reading() as session:
        event = find_event(session, event_id)
    if event is None:
        return
    name = event.payload["job"]
    job = next((job for job in JOBS if job.name == name), None)
    if job is None:
        raise NotKnownHere(f"there is no job {name!r}")
    with out_of_turn():
        celery.tasks[job.task]()
