"""Every module with tasks, so that workers know all of them."""

from airbnb.tasks import (
    bookings,
    idempotency,
    mails,
    notifications,
    outbox,
    payments,
    photos,
    reviews,
    search,
)

TASK_MODULES = (bookings, idempotency, mails, notifications, outbox, payments, photos, reviews, search)
