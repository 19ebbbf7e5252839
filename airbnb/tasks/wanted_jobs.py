"""Periodic jobs that staff want to run now, out of their turn."""

from celery import shared_task

from airbnb.domain.jobs import job_named
from airbnb.extensions import celery
from airbnb.queries.outbox import find_event
from airbnb.tasks.jobs import out_of_turn
from airbnb.unit_of_work import reading


@shared_task(name="jobs.run_wanted")
def run_wanted(event_id: int) -> None:
    """Run the job that an event names. Idempotent: jobs may run twice."""
    with reading() as session:
        event = find_event(session, event_id)
    if event is None:
        return
    with out_of_turn():
        celery.tasks[job_named(event.payload["job"]).task]()
