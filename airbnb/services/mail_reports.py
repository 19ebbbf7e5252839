"""Keeping what mail providers report, and sparing addresses that bounce or complain.

Source: docs/rules/mail.md, "Addresses that get no more mail".
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from airbnb.domain.causes import Cause
from airbnb.domain.errors import Busy
from airbnb.domain.kinds import MailProvider, MailReportKind, SuppressionReason
from airbnb.domain.mail_events import MailEvent
from airbnb.models.mail_reports import MailReport, MailSuppression
from airbnb.queries import mail_reports as queries
from airbnb.services.audit import record_action

DETAIL_LENGTH = 500
_SUPPRESSING = {
    MailReportKind.BOUNCED: SuppressionReason.BOUNCED,
    MailReportKind.COMPLAINED: SuppressionReason.COMPLAINED,
}


def store_reports(session: Session, provider: MailProvider, events: Sequence[MailEvent], *, now: datetime) -> int:
    """Store the events that are new and suppress the addresses that they speak against.

    Returns: how many were new. Idempotent: ``(provider, event_id)`` is unique.
    Raises: Busy when the same events are being stored at this moment; the provider sends them again.
    """
    events = list({event.event_id: event for event in events}.values())
    known = queries.known_event_ids(session, provider, [event.event_id for event in events])
    reports = [_report_of(provider, event, now) for event in events if event.event_id not in known]
    session.add_all(reports)
    try:
        session.flush()
        _suppress(session, reports, now=now)
        session.flush()
    except IntegrityError as error:
        raise Busy() from error
    return len(reports)


def lift_suppression(session: Session, suppression_id: int, *, cause: Cause) -> None:
    """Let an address get mail again. Idempotent. Writes: an entry of the audit log without the address itself."""
    suppression = session.get(MailSuppression, suppression_id)
    if suppression is None:
        return
    session.delete(suppression)
    changes = {"reason": (suppression.reason.value, None)}
    record_action(session, "mail.allow_address", MailSuppression, suppression_id, cause=cause, changes=changes)


def _report_of(provider: MailProvider, event: MailEvent, now: datetime) -> MailReport:
    return MailReport(
        provider=provider,
        event_id=event.event_id,
        kind=event.kind,
        address=event.address.lower(),
        message_id=event.message_id,
        detail=event.detail[:DETAIL_LENGTH],
        happened_at=event.happened_at,
        created_at=now,
    )


def _suppress(session: Session, reports: Sequence[MailReport], *, now: datetime) -> None:
    against = {report.address: report for report in reports if report.kind in _SUPPRESSING}
    there = queries.suppressed_among(session, against)
    session.add_all(
        MailSuppression(address=address, reason=_SUPPRESSING[report.kind], report_id=report.id, created_at=now)
        for address, report in against.items()
        if address not in there
    )
