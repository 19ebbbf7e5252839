"""Every module with tasks, so that workers know all of them."""

from airbnb.tasks import idempotency, outbox

TASK_MODULES = (idempotency, outbox)
