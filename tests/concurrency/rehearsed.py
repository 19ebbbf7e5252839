"""The web application and the worker as they run for real, with a clock that is wrong or a crash at a chosen point.

``gunicorn tests.concurrency.rehearsed:app`` and ``celery -A tests.concurrency.rehearsed:worker`` read

- ``CLOCK_SKEW_S``: how many seconds this process's clock is ahead (or behind, when negative);
- ``CLOCK_FILE``: a file with that number instead, which may change while the process runs;
- ``CRASH_AT``: a point of ``tests/faults/crash_points.py`` at which the process kills itself;
- ``CRASH_ON``: at which occurrence of that point, counted from 1;
- ``CRASH_FILE``: a file with both instead, which may be laid while the process runs;
- ``GUARD_OFF``: guards of ``tests/faults/guards.py`` that this process runs without, separated by blanks;
- ``RECEIVER_PORT``: the port of this machine to which all webhooks for integrators go.

How often transactions are repeated goes to a file that all processes of an instance share.

Only where APP_ENV is test; the product itself knows nothing of this.
"""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask

from airbnb.config import AppEnv
from airbnb.domain import clock
from airbnb.extensions import celery as worker
from airbnb.extensions import current_settings
from airbnb.factory import create_app
from airbnb.tasks.registry import TASK_MODULES
from airbnb.workflows.outside import EXTENSION
from tests.concurrency.repeats import note_repeats
from tests.fakes.public_address import fetcher_to
from tests.faults.crash_points import Plan, lay
from tests.faults.guards import GUARDS
from tests.faults.moved_clock import follow_clock

__all__ = ["TASK_MODULES", "app", "worker"]


def prepare(app: Flask) -> None:
    """Set the clock wrong, lay the crash and take guards away, as the environment asks."""
    with app.app_context():
        assert current_settings().app_env is AppEnv.TEST, "crashes are for tests"
        note_repeats(current_settings().instance_path)
    skew = timedelta(seconds=float(os.environ.get("CLOCK_SKEW_S", "0")))
    if skew:
        clock.set_source(lambda: datetime.now(UTC) + skew)
    if "CLOCK_FILE" in os.environ:
        follow_clock(Path(os.environ["CLOCK_FILE"]))
    if "RECEIVER_PORT" in os.environ:
        outside = replace(app.extensions[EXTENSION], fetcher=fetcher_to(int(os.environ["RECEIVER_PORT"])))
        app.extensions[EXTENSION] = outside
    if "CRASH_FILE" in os.environ:
        lay(app, Plan(file=Path(os.environ["CRASH_FILE"])))
    elif "CRASH_AT" in os.environ:
        lay(app, Plan(f"{os.environ['CRASH_AT']} {os.environ.get('CRASH_ON', '1')}"))
    for guard in os.environ.get("GUARD_OFF", "").split():
        GUARDS[guard](app)


app = create_app()
prepare(app)
