"""The web application and the worker as they run for real, with a clock that is wrong or a crash at a chosen moment.

``gunicorn tests.concurrency.rehearsed:app`` and ``celery -A tests.concurrency.rehearsed:worker`` read

- ``CLOCK_SKEW_S``: how many seconds this process's clock is ahead (or behind, when negative);
- ``CRASH_AT``: ``<moment> <table>``, at which the process kills itself: ``written`` after a statement that changes the
  table, ``committing`` before the COMMIT of such a transaction, ``committed`` after it;
- ``CRASH_ON``: at which occurrence of that moment, counted from 1.

How often transactions are repeated goes to a file that all processes of an instance share.

Only where APP_ENV is test; the product itself knows nothing of this.
"""

import os
import re
import signal
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from flask import Flask
from sqlalchemy import Engine, event

from airbnb.config import AppEnv
from airbnb.domain import clock
from airbnb.extensions import celery as worker
from airbnb.extensions import current_settings, db
from airbnb.factory import create_app
from airbnb.tasks.registry import TASK_MODULES
from tests.concurrency.repeats import note_repeats

__all__ = ["TASK_MODULES", "app", "worker"]

MARK = "changed_the_watched_table"


def prepare(app: Flask) -> None:
    """Set the clock wrong and lay the crash, as the environment asks."""
    with app.app_context():
        assert current_settings().app_env is AppEnv.TEST, "crashes are for tests"
        skew = timedelta(seconds=float(os.environ.get("CLOCK_SKEW_S", "0")))
        if skew:
            clock.set_source(lambda: datetime.now(UTC) + skew)
        note_repeats(current_settings().instance_path)
        if "CRASH_AT" in os.environ:
            moment, table = os.environ["CRASH_AT"].split()
            _lay_crash(db.engine, moment, table, on=int(os.environ.get("CRASH_ON", "1")))


def _lay_crash(engine: Engine, moment: str, table: str, *, on: int) -> None:
    changes = re.compile(rf"\s*(INSERT INTO|UPDATE|DELETE FROM) {table}\b")
    occurrences = count(1)

    def reached(wanted: str) -> None:
        if moment == wanted and next(occurrences) == on:
            os.kill(os.getpid(), signal.SIGKILL)

    @event.listens_for(engine, "after_cursor_execute")
    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if changes.match(statement):
            connection.info[MARK] = True
            reached("written")

    @event.listens_for(engine, "rollback")
    def forget(connection: Any) -> None:
        connection.info.pop(MARK, None)

    @event.listens_for(engine, "commit")
    def commit(connection: Any) -> None:
        if connection.info.get(MARK):
            reached("committing")

    @event.listens_for(engine, "checkin")
    def give_back(dbapi_connection: Any, record: Any) -> None:
        # The connection comes back to the pool right after the COMMIT was answered.
        if record.info.pop(MARK, False):
            reached("committed")


app = create_app()
prepare(app)
