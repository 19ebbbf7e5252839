"""The nightly audits of the machinery: histories, waiting work, and files; those of one room stand with its tasks."""

from celery import shared_task

from airbnb.tasks.jobs import once_per_period
from airbnb.workflows.audits import run_audit


@shared_task(name="audits.histories")
@once_per_period("histories-audit")
def audit_histories() -> int:
    """Compare every row's status with its history, and raise the alarm over moves that are not allowed."""
    return len(run_audit("histories"))


@shared_task(name="audits.waiting_work")
@once_per_period("waiting-work-audit")
def audit_waiting_work() -> int:
    """Raise the alarm over events and calls to providers that nobody has taken up for too long."""
    return len(run_audit("outbox")) + len(run_audit("calls"))


@shared_task(name="audits.files")
@once_per_period("files-audit")
def audit_files() -> int:
    """Raise the alarm over files that the clean-up should have deleted."""
    return len(run_audit("files"))
