"""What people tell staff about listings and about each other."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from airbnb.domain.errors import ValidationFailed
from airbnb.domain.kinds import ReportReason, ReportSubject
from airbnb.models.reports import Report
from airbnb.queries.users import lock_user


def report(
    session: Session,
    reporter_id: int,
    *,
    subject: tuple[ReportSubject, int],
    owner_id: int,
    reason_code: ReportReason,
    text: str | None = None,
) -> Report:
    """Tell staff about something; said again by the same person, the new words take the place of the old.

    Needs: the reporter may see the subject; ``owner_id`` is whose it is.
    Raises: ValidationFailed for one's own.
    Locks: the reporter's row.
    """
    if owner_id == reporter_id:
        raise ValidationFailed({"reason_code": ["This is your own."]})
    lock_user(session, reporter_id)
    kind, subject_id = subject
    present = session.scalar(
        select(Report).where(
            Report.reporter_id == reporter_id, Report.subject_type == kind, Report.subject_id == subject_id
        )
    )
    told = present or Report(reporter_id=reporter_id, subject_type=kind, subject_id=subject_id)
    told.reason_code, told.text = reason_code, text
    told.handled_at = told.handled_by_id = None
    session.add(told)
    session.flush()
    return told
