"""``flask schedule``: the periodic jobs, and how each went last."""

import click
from flask.cli import AppGroup

from airbnb.domain import clock
from airbnb.domain.jobs import JOBS, Job, late_jobs
from airbnb.models.platform import JobRun
from airbnb.queries.job_runs import latest_run_of_each, starts_of
from airbnb.unit_of_work import reading

schedule_group = AppGroup("schedule", help="The periodic jobs.")

COLUMNS = "{:<24} {:>8}  {:<20} {:>7}  {:<8} {}"


@schedule_group.command("list")
def list_jobs() -> None:
    """Show each job: how often, its last run, how that went, and what it does or what its being late means."""
    now = clock.now()
    with reading() as session:
        runs = latest_run_of_each(session)
    behind = late_jobs(starts_of(runs), now=now)
    click.echo(COLUMNS.format("job", "every", "last run (UTC)", "rows", "state", "what it does"))
    for job in JOBS:
        run = runs.get(job.name)
        late = job in behind
        click.echo(
            COLUMNS.format(
                job.name,
                _short(job),
                f"{run.started_at:%Y-%m-%d %H:%M:%S}" if run else "never",
                "" if run is None or run.rows is None else run.rows,
                _state(run, late=late),
                f"Late: {job.late_means}" if late else job.does,
            ).rstrip()
        )


def _short(job: Job) -> str:
    seconds = int(job.every.total_seconds())
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _state(run: JobRun | None, *, late: bool) -> str:
    if late:
        return "late"
    if run is None or run.finished_at is None:
        return "running"
    return "failed" if run.error else "ok"
