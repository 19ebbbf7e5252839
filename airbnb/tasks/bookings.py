"""What time does to bookings."""

from celery import shared_task

from airbnb.domain import clock
from airbnb.tasks.jobs import once_per_period
from airbnb.workflows import reminders, timers
from airbnb.workflows.audits import run_audit


@shared_task(name="bookings.expire_holds")
@once_per_period("bookings-expire")
def expire_holds() -> int:
    """Let unpaid holds and unanswered requests lapse."""
    return timers.expire_lapsed(clock.now())


@shared_task(name="bookings.expire_changes")
@once_per_period("booking-changes-expire")
def expire_changes() -> int:
    """Let changes lapse that were not answered or paid in time."""
    return timers.expire_changes(clock.now())


@shared_task(name="bookings.complete_stays")
@once_per_period("bookings-complete")
def complete_stays() -> int:
    """Complete stays whose check-out has passed."""
    return timers.complete_finished(clock.now())


@shared_task(name="bookings.earn_begun")
@once_per_period("bookings-earn")
def earn_begun() -> int:
    """Post the earnings of stays that have begun, where payouts are anchored at check-in."""
    return timers.earn_begun(clock.now())


@shared_task(name="bookings.remind")
@once_per_period("bookings-remind")
def remind() -> int:
    """Remind of stays that begin soon, of requests that wait, and of reviews that may still be written."""
    return reminders.remind_due(clock.now())


@shared_task(name="calendar.audit")
@once_per_period("calendar-audit")
def audit_calendar() -> int:
    """Compare taken nights with stays, blocks, feeds and search, and raise the alarm over what has no reason."""
    return len(run_audit("calendar"))
