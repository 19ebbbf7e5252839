"""Every module with tasks, so that workers know all of them."""

from airbnb.tasks import (
    accounts,
    bookings,
    calendar_feeds,
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
)

TASK_MODULES = (
    accounts,
    bookings,
    calendar_feeds,
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
)
