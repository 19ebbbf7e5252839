"""The periodic jobs in the form that Celery beat reads; ``domain/jobs.py`` says what they are."""

from typing import Any

from airbnb.domain.jobs import JOBS


def beat_schedule() -> dict[str, dict[str, Any]]:
    """Return a task and its period for each job, by name."""
    return {job.name: {"task": job.task, "schedule": job.asked_every} for job in JOBS}
