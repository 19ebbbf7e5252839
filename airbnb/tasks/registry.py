"""Every module with tasks, so that workers know all of them."""

from airbnb.tasks import idempotency, mails, notifications, outbox, reviews

TASK_MODULES = (idempotency, mails, notifications, outbox, reviews)
