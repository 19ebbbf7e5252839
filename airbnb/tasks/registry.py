"""Every module with tasks, so that workers know all of them."""

from airbnb.tasks import (
    accounts,
    bookings,
    calendar_feeds,
    figures,
    files,
    housekeeping,
    idempotency,
    mails,
    notifications,
    outbox,
    payments,
    photos,
    rates,
    reviews,
    search,
    wanted_jobs,
)

TASK_MODULES = (
    accounts,
    bookings,
    calendar_feeds,
    figures,
    files,
    housekeeping,
    idempotency,
    mails,
    notifications,
    outbox,
    payments,
    photos,
    rates,
    reviews,
    search,
    wanted_jobs,
)
