"""What providers reported about mails, and which addresses get none."""

from collections.abc import Collection

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from airbnb.domain.kinds import MailProvider
from airbnb.models.mail_reports import MailReport, MailSuppression
from airbnb.queries.changes import matched_rows


def known_event_ids(session: Session, provider: MailProvider, event_ids: Collection[str]) -> set[str]:
    """Return which of a provider's events are stored already."""
    statement = select(MailReport.event_id).where(MailReport.provider == provider, MailReport.event_id.in_(event_ids))
    return set(session.scalars(statement))


def find_suppression(session: Session, address: str) -> MailSuppression | None:
    """Return why an address gets no mail, or None when it does."""
    return session.scalar(select(MailSuppression).where(MailSuppression.address == address.lower()))


def suppressed_among(session: Session, addresses: Collection[str]) -> set[str]:
    """Return which of some addresses, in small letters, get no mail."""
    return set(session.scalars(select(MailSuppression.address).where(MailSuppression.address.in_(addresses))))


def forget_address(session: Session, address: str) -> None:
    """Remove everything that was reported about an address."""
    matched_rows(session, delete(MailSuppression).where(MailSuppression.address == address))
    matched_rows(session, delete(MailReport).where(MailReport.address == address))
