"""What people tell staff about listings and about each other."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from airbnb.domain.causes import Cause
from airbnb.domain.errors import InvalidTransition, ValidationFailed
from airbnb.domain.kinds import ReportOutcome, ReportReason, ReportSubject
from airbnb.models.reports import Report
from airbnb.queries.changes import matched_rows
from airbnb.queries.users import lock_user
from airbnb.services import audit


def report(
    session: Session,
    reporter_id: int,
    *,
    subject: tuple[ReportSubject, int],
    owner_id: int,
    reason_code: ReportReason,
    text: str | None = None,
) -> Report:
    """Tell staff about something; said again by the same person, the new words take the place of the old and are open.

    Needs: the reporter may see the subject; ``owner_id`` is whose it is.
    Raises: ValidationFailed for one's own.
    Locks: the reporter's row, then the report that there is.
    """
    if owner_id == reporter_id:
        raise ValidationFailed({"reason_code": ["This is your own."]})
    lock_user(session, reporter_id)
    kind, subject_id = subject
    present = session.scalar(
        select(Report)
        .where(Report.reporter_id == reporter_id, Report.subject_type == kind, Report.subject_id == subject_id)
        .with_for_update()  # staff may be handling what it said before
    )
    told = present or Report(reporter_id=reporter_id, subject_type=kind, subject_id=subject_id)
    told.reason_code, told.text = reason_code, text
    told.handled_at = told.handled_by_id = told.outcome = told.note = None
    session.add(told)
    session.flush()
    return told


def handle_report(session: Session, report_id: int, *, outcome: ReportOutcome, cause: Cause) -> None:
    """Close a report with what staff found; the cause's reason is their note.

    Raises: InvalidTransition when there is no such report, or somebody handled it before.
    Writes: the report by one UPDATE, and an audit entry.
    """
    still_open = update(Report).where(Report.id == report_id, Report.handled_at.is_(None))
    values = {"handled_at": cause.at, "handled_by_id": cause.actor_id, "outcome": outcome, "note": cause.reason}
    if matched_rows(session, still_open.values(**values)) != 1:
        raise InvalidTransition(**{"from": "handled", "to": outcome.value})
    audit.record_action(session, "handle_report", Report, report_id, cause=cause, changes={"outcome": (None, outcome)})
