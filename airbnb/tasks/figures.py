"""The figures behind the dashboard's charts."""

from celery import shared_task

from airbnb.tasks.jobs import once_per_period
from airbnb.workflows.figures import roll_up_recent


@shared_task(name="figures.roll_up")
@once_per_period("figures-roll-up")
def roll_up() -> int:
    """Count the last days again. Idempotent."""
    return roll_up_recent()
