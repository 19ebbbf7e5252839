"""The results of audits: written after each run, read where staff and machines look."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from airbnb.models.audit_runs import AuditRun

SAMPLE = 20
SENTENCE_LENGTH = 300


def add_run(session: Session, name: str, faults: Sequence[str], *, ran_at: datetime, duration_ms: int) -> None:
    """Keep how many faults an audit found, and the first of them."""
    sample = [fault[:SENTENCE_LENGTH] for fault in faults[:SAMPLE]]
    run = AuditRun(name=name, ran_at=ran_at, duration_ms=duration_ms, faults=len(faults), sample=sample)
    session.add(run)


def list_latest_runs(session: Session) -> Sequence[AuditRun]:
    """Return the latest run of every audit, by name."""
    latest = select(AuditRun.name, func.max(AuditRun.ran_at).label("at")).group_by(AuditRun.name).subquery()
    statement = (
        select(AuditRun)
        .join(latest, and_(AuditRun.name == latest.c.name, AuditRun.ran_at == latest.c.at))
        .order_by(AuditRun.name, AuditRun.id)
    )
    return list({run.name: run for run in session.scalars(statement)}.values())
