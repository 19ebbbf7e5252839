"""Exchange rates, fetched as they are published."""

from celery import shared_task

from airbnb.tasks.jobs import once_per_period
from airbnb.workflows.rates import fetch_rates


@shared_task(name="rates.fetch_daily")
@once_per_period("rates-fetch")
def fetch_daily() -> int:
    """Fetch the reference rates; a failure is noted on the job's row, and the last good rates stay."""
    return fetch_rates()
