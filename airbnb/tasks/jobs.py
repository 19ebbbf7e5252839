"""Running a periodic job once per period, whatever number of beats asks for it."""

import logging
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from functools import partial, wraps

from airbnb.domain import clock
from airbnb.domain.jobs import job_named
from airbnb.domain.switches import Switch, name_of_job
from airbnb.queries import job_runs
from airbnb.tasks.setup import TIME_LIMIT_S
from airbnb.unit_of_work import in_transaction
from airbnb.workflows import switches

logger = logging.getLogger(__name__)

#: No task runs as long as this, so a run that began earlier and has not ended never will.
DEAD_AFTER = timedelta(seconds=2 * TIME_LIMIT_S)
_out_of_turn: ContextVar[bool] = ContextVar("out_of_turn", default=False)
OWNER = f"{socket.gethostname()}:{os.getpid()}"


@contextmanager
def out_of_turn() -> Iterator[None]:
    """Let a job run now, whatever ran in its period."""
    token = _out_of_turn.set(True)
    try:
        yield
    finally:
        _out_of_turn.reset(token)


def is_paused(job_name: str) -> bool:
    """Whether staff keep a job from running: by its pause, unless they ask for it themselves, or by read-only mode."""
    paused = switches.is_off(name_of_job(job_name)) and not _out_of_turn.get()
    return paused or switches.is_off(Switch.READ_ONLY)


def once_per_period(job_name: str) -> Callable[[Callable[[], int]], Callable[[], int]]:
    """Let a task that beat starts run once in each period of its job; other calls return 0 at once.

    Idempotent: the claim is a row of (job, period) that only one caller can insert. A run whose worker was killed is
    repeated by the next call in the same period, once the killed one cannot be running any more.
    """

    def decorate(run: Callable[[], int]) -> Callable[[], int]:
        @wraps(run)
        def wrapper() -> int:
            if is_paused(job_name):
                return 0
            now = clock.now()
            period = now.isoformat() if _out_of_turn.get() else job_runs.period_of(now, job_named(job_name).every)
            claim = partial(
                job_runs.claim_period, job=job_name, period=period, owner=OWNER, now=now, dead_before=now - DEAD_AFTER
            )
            if not in_transaction(claim):
                return 0
            rows, error = 0, None
            try:
                rows = run()
            except Exception as problem:
                error = f"{type(problem).__name__}: {problem}"[:500]
                raise
            finally:
                finish = partial(
                    job_runs.finish_run, job=job_name, period=period, now=clock.now(), rows=rows, error=error
                )
                in_transaction(finish)
            logger.info("job done", extra={"job": job_name, "rows": rows})
            return rows

        return wrapper

    return decorate
