"""Asking for a periodic job out of its turn."""

from sqlalchemy.orm import Session

from airbnb.domain.causes import Cause
from airbnb.domain.topics import Topic
from airbnb.models.platform import JobRun
from airbnb.services import audit, outbox


def want_job(session: Session, *, job: str, cause: Cause) -> None:
    """Have a worker run a job now. Writes: an outbox event, an audit entry."""
    outbox.record(session, Topic.JOB_WANTED, subject_id=0, payload={"job": job})
    changes = {"job": (None, job)}
    audit.record_event(session, "run_job", JobRun.__tablename__, cause=cause, changes=changes)
