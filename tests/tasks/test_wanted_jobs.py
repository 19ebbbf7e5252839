"""Jobs that staff ask for, on a worker that may be older than the page where they did."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from airbnb.domain import clock, jobs
from airbnb.domain.statuses import OutboxState
from airbnb.domain.topics import Topic
from airbnb.models.platform import JobRun, OutboxEvent
from airbnb.services import outbox
from airbnb.tasks import outbox as tasks
from airbnb.tasks import wanted_jobs
from airbnb.unit_of_work import in_transaction, reading

NAME = "idempotency-clean-up"


def want(job: str) -> OutboxEvent:
    return in_transaction(lambda session: outbox.record(session, Topic.JOB_WANTED, subject_id=0, payload={"job": job}))


def read(event: OutboxEvent) -> OutboxEvent:
    with reading() as session:
        return session.get_one(OutboxEvent, event.id)


@pytest.fixture
def older(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Let this worker be of a release that has no such job."""
    monkeypatch.setattr(wanted_jobs, "JOBS", tuple(job for job in jobs.JOBS if job.name != NAME))
    return monkeypatch


def test_a_job_that_only_a_newer_release_has_waits_for_it_however_often_it_was_met(
    older: pytest.MonkeyPatch, freeze: Callable[[datetime], None], count_rows: Callable[..., int]
):
    event = want(NAME)
    for _ in range(20):
        freeze(clock.now() + timedelta(minutes=2))
        tasks.drain.run()
    left = read(event)
    assert (left.state, left.attempts, left.last_error) == (OutboxState.NEW, 0, f"there is no job {NAME!r}")

    older.undo()
    freeze(clock.now() + timedelta(minutes=2))
    tasks.drain.run()

    assert read(event).state is OutboxState.DONE
    assert count_rows(JobRun) == 1


def test_a_job_that_nobody_has_is_given_up_after_a_day(older: pytest.MonkeyPatch, freeze: Callable[[datetime], None]):
    event = want(NAME)
    freeze(clock.now() + timedelta(days=1, minutes=1))

    tasks.drain.run()

    assert read(event).state is OutboxState.DEAD
