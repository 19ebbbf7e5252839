"""How Celery is set up: broker, delivery rules, the app context around every task, and the doorbell."""

import logging
import time
from pathlib import Path
from typing import Any

import kombu.exceptions
from celery import Task
from flask import Flask

from airbnb import metrics, unit_of_work
from airbnb.config import Settings
from airbnb.domain.bells import Bell
from airbnb.extensions import celery
from airbnb.logs import bind_contextvars, clear_contextvars
from airbnb.queries.stream_events import ring_streams
from airbnb.redis_clients import broker_address
from airbnb.tasks import file_broker
from airbnb.tasks.schedule import beat_schedule

logger = logging.getLogger(__name__)

#: The longest that a task may run; the broker hands a lost one out again after more than twice that.
TIME_LIMIT_S = 240
VISIBILITY_TIMEOUT_S = 600
FILESYSTEM_POLL_S = 0.2
#: The task that each bell for workers starts.
BELL_TASKS = {Bell.OUTBOX: "outbox.drain", Bell.WEBHOOKS: "webhooks.deliver"}


def configure(app: Flask, settings: Settings) -> None:
    """Tie Celery to an app; the last app made is the one that tasks run in."""

    class FlaskTask(Task):  # type: ignore[misc]  # Celery ships no types
        """A task that runs inside the app context and logs under its own id."""

        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            with app.app_context():
                if not self.request.id:
                    return self.run(*args, **kwargs)
                bind_contextvars(task=self.name, task_id=self.request.id)
                began, outcome = time.perf_counter(), "failed"
                try:
                    result = self.run(*args, **kwargs)
                    outcome = "done"
                    return result
                finally:
                    metrics.TASK_SECONDS.labels(self.name, outcome).observe(time.perf_counter() - began)
                    clear_contextvars()

    file_broker.register()
    celery.Task = FlaskTask
    celery.conf.update(
        **broker_settings(settings),
        broker_connection_retry_on_startup=True,
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_time_limit=TIME_LIMIT_S,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        task_serializer="json",
        accept_content=["json"],
        timezone="UTC",
        beat_schedule=beat_schedule(),
        beat_schedule_filename=str(settings.instance_path / "beat-schedule"),
    )
    celery.set_default()
    app.extensions["celery"] = celery
    unit_of_work.set_bell(ring)


def ring(bells: frozenset[Bell]) -> None:
    """Wake those who should look at what was committed; whoever is not reached looks by themselves before long."""
    if Bell.STREAMS in bells:
        ring_streams()
    try:
        for bell in sorted(bells & BELL_TASKS.keys()):
            celery.send_task(BELL_TASKS[bell], retry=False)
    except (kombu.exceptions.OperationalError, OSError):
        logger.warning("the broker does not answer; the next beat rings again", exc_info=True)


def broker_settings(settings: Settings) -> dict[str, Any]:
    """Return where the broker is and how it is spoken to, by Celery's names."""
    address, options = broker_address(settings.celery_broker_url)
    return {
        "broker_url": address,
        # Celery reads CELERY_BROKER_URL by itself, and prefers it to the line above though not to these; it does not
        # know our form for sentinels.
        "broker_read_url": address,
        "broker_write_url": address,
        "broker_transport_options": {**_transport_options(settings), **options},
    }


def _transport_options(settings: Settings) -> dict[str, Any]:
    if not settings.celery_broker_url.startswith("filesystem"):
        return {
            "visibility_timeout": VISIBILITY_TIMEOUT_S,
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
            "socket_timeout": 10,
            "socket_connect_timeout": 2,
            # Who rings is a request that somebody waits for; kombu would try for 6 s, and the next beat rings anyway.
            "max_retries": 0,
        }
    folder = settings.instance_path / "broker"
    queue, control = (_made(folder / name) for name in ("queue", "control"))
    return {
        "data_folder_in": queue,
        "data_folder_out": queue,
        "control_folder": control,
        "polling_interval": FILESYSTEM_POLL_S,
    }


def _made(folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    return str(folder)
