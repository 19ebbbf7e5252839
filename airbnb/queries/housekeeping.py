"""Removing rows that have done their work; records of money and of what staff did are never among them."""

from datetime import datetime

from sqlalchemy import delete, select, tuple_
from sqlalchemy.orm import Session

from airbnb.domain.statuses import OutboxState
from airbnb.models.platform import JobRun, OutboxEvent
from airbnb.queries.changes import matched_rows


def delete_done_events(session: Session, *, due_before: datetime, limit: int) -> int:
    """Remove events that were handled long ago; dead letters stay until staff see to them.

    Returns: how many rows went.
    """
    old = select(OutboxEvent.id).where(OutboxEvent.state == OutboxState.DONE, OutboxEvent.due_at < due_before)
    ids = session.scalars(old.limit(limit)).all()
    return matched_rows(session, delete(OutboxEvent).where(OutboxEvent.id.in_(ids))) if ids else 0


def delete_job_runs(session: Session, *, started_before: datetime, limit: int) -> int:
    """Remove the claims of periods long past, which no beat can ask for again.

    Returns: how many rows went.
    """
    old = select(JobRun.job, JobRun.period).where(JobRun.started_at < started_before).limit(limit)
    keys = [tuple(row) for row in session.execute(old)]
    gone = delete(JobRun).where(tuple_(JobRun.job, JobRun.period).in_(keys))
    return matched_rows(session, gone) if keys else 0
