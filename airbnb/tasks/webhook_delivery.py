"""Sending webhooks to integrators: as soon as they are written, and again when a try is due."""

import threading
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import timedelta
from functools import partial
from typing import cast

from celery import shared_task
from flask import Flask, current_app

from airbnb.domain import clock
from airbnb.queries import webhook_endpoints as queries
from airbnb.tasks.jobs import once_per_period
from airbnb.tasks.setup import TIME_LIMIT_S
from airbnb.unit_of_work import in_transaction, reading
from airbnb.workflows.webhook_delivery import deliver

#: Receivers that are called at the same time; one that is slow holds one of these and nobody else.
AT_ONCE = 8
BUDGET_S = TIME_LIMIT_S / 2
STUCK_AFTER = timedelta(seconds=2 * TIME_LIMIT_S)

_asked = threading.Event()
_running = threading.Lock()


@shared_task(name="webhooks.deliver")
def deliver_due() -> int:
    """Send every message that is due; returns how many were tried.

    However often the bell rings, one task of a worker process sends at a time, so that slow receivers keep one of its
    threads; who finds it busy leaves a note for it.
    """
    _asked.set()
    tried = 0
    while _asked.is_set() and _running.acquire(blocking=False):
        try:
            _asked.clear()
            tried += _deliver_all(cast(Flask, current_app._get_current_object()))  # type: ignore[attr-defined]
        finally:
            _running.release()
    return tried


@shared_task(name="webhooks.sweep")
@once_per_period("webhooks-sweep")
def sweep() -> int:
    """Give messages of dead workers back, and send what is due."""
    stuck = in_transaction(partial(queries.give_back_stuck_deliveries, held_before=clock.now() - STUCK_AFTER))
    deliver_due.run()
    return stuck


def _deliver_all(app: Flask) -> int:
    tried, deadline = 0, time.monotonic() + BUDGET_S
    on_the_way: dict[Future[bool], int] = {}
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="webhooks") as pool:
        while True:
            if time.monotonic() < deadline:
                for delivery_id, endpoint_id in _next(set(on_the_way.values()), AT_ONCE - len(on_the_way)):
                    on_the_way[pool.submit(_deliver_in, app, delivery_id)] = endpoint_id
            if not on_the_way:
                return tried
            done, _ = wait(on_the_way, return_when=FIRST_COMPLETED)
            for future in done:
                del on_the_way[future]
                tried += future.result()


def _next(busy_endpoints: set[int], room: int) -> list[tuple[int, int]]:
    """Return what can be sent now, one message per endpoint that is not being called."""
    if room <= 0:
        return []
    with reading() as session:
        due = queries.list_due_deliveries(session, now=clock.now(), busy_endpoints=busy_endpoints, limit=20 * AT_ONCE)
    first_of_each = {endpoint_id: delivery_id for delivery_id, endpoint_id in reversed(due)}
    return [(delivery_id, endpoint_id) for endpoint_id, delivery_id in first_of_each.items()][:room]


def _deliver_in(app: Flask, delivery_id: int) -> bool:
    with app.app_context():
        return deliver(delivery_id)
