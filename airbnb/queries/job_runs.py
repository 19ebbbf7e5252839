"""One row per job and period: what makes a second beat harmless."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import and_, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from airbnb.models.platform import JobRun
from airbnb.queries.changes import matched_rows


def period_of(now: datetime, every: timedelta) -> str:
    """Return the beginning of the period that ``now`` falls into, counted from 1970 in UTC, as text."""
    seconds = int(every.total_seconds())
    return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC).isoformat()


def claim_period(session: Session, job: str, *, period: str, owner: str, now: datetime, dead_before: datetime) -> bool:
    """Take one period of a job; whether this caller is the one that runs it.

    A run that began before ``dead_before`` and never ended belongs to a worker that was killed: it is taken over.
    """
    try:
        with session.begin_nested():
            session.add(JobRun(job=job, period=period, claimed_by=owner, started_at=now))
    except IntegrityError:
        take_over = update(JobRun).where(
            JobRun.job == job,
            JobRun.period == period,
            JobRun.finished_at.is_(None),
            JobRun.started_at <= dead_before,
        )
        return matched_rows(session, take_over.values(claimed_by=owner, started_at=now)) == 1
    return True


def finish_run(session: Session, job: str, *, period: str, now: datetime, rows: int | None, error: str | None) -> None:
    """Write down how a run ended."""
    session.execute(
        update(JobRun).where(JobRun.job == job, JobRun.period == period).values(finished_at=now, rows=rows, error=error)
    )


def note_run(session: Session, job: str, *, started_at: datetime, finished_at: datetime) -> None:
    """Write down a run that nobody had to claim, such as an operator's."""
    period = started_at.isoformat()
    session.add(JobRun(job=job, period=period, claimed_by="-", started_at=started_at, finished_at=finished_at))


def starts_of(runs: Mapping[str, JobRun]) -> dict[str, datetime]:
    """Return when each run began, by job."""
    return {name: run.started_at for name, run in runs.items()}


def latest_run_of_each(session: Session) -> dict[str, JobRun]:
    """Return the run of the latest period of every job that has ever run, by name."""
    # Periods are texts of one form, so the greatest is the latest; per job this reads one end of the primary key.
    latest = select(JobRun.job, func.max(JobRun.period).label("period")).group_by(JobRun.job).subquery()
    same = and_(JobRun.job == latest.c.job, JobRun.period == latest.c.period)
    return {run.job: run for run in session.scalars(select(JobRun).join(latest, same))}
