"""What beat asks for notes that it ran: a job that doesn't would be called late for ever, and wake somebody up."""

from contextlib import suppress

import pytest
from flask import Flask

from airbnb.domain import clock
from airbnb.domain.jobs import JOBS, Job
from airbnb.extensions import celery
from airbnb.queries.job_runs import latest_run_of_each
from airbnb.unit_of_work import reading


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_a_job_that_ran_is_not_late(app: Flask, own_sandbox: object, job: Job):
    # A job that fails, as one that fetches from elsewhere does here, has run, too.
    with suppress(Exception):
        celery.tasks[job.task]()

    with reading() as session:
        runs = latest_run_of_each(session)
    assert job.name in runs
    assert not job.is_late(runs[job.name].started_at, now=clock.now())
