"""Acts of staff on money: those that wait for a second person, and how each ended."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from airbnb.domain.approvals import ApprovalKind
from airbnb.domain.errors import NotFound
from airbnb.domain.statuses import ApprovalStatus
from airbnb.models.approvals import Approval


def find_by_request(session: Session, request_key: str) -> Approval | None:
    """Return the act that a form brought about, or None while it was not sent."""
    return session.scalar(select(Approval).where(Approval.request_key == request_key))


def find_open(session: Session, open_subject: str) -> Approval | None:
    """Return what waits for a second person under one name, or None."""
    return session.scalar(select(Approval).where(Approval.open_subject == open_subject))


def list_alone(session: Session, kind: ApprovalKind, subject_type: str, subject_id: int) -> Sequence[Approval]:
    """Return what was done to one object without a second person."""
    return session.scalars(
        select(Approval).where(
            Approval.subject_type == subject_type,
            Approval.subject_id == subject_id,
            Approval.kind == kind,
            Approval.status == ApprovalStatus.APPROVED,
            Approval.needs_second.is_(False),
        )
    ).all()


def lock_approval(session: Session, approval_id: int) -> Approval:
    """Return an act as it stands now, its row locked where locks exist. Raises: NotFound."""
    approval = session.scalar(
        select(Approval).where(Approval.id == approval_id).with_for_update().execution_options(populate_existing=True)
    )
    if approval is None:
        raise NotFound()
    return approval


def list_lapsed_ids(session: Session, *, now: datetime, limit: int) -> Sequence[int]:
    """Return proposals whose time to be decided is over."""
    return session.scalars(
        select(Approval.id)
        .where(Approval.status == ApprovalStatus.PENDING, Approval.expires_at <= now)
        .order_by(Approval.expires_at)
        .limit(limit)
    ).all()
