"""Reading notifications and preferences, and marking notifications as read."""

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from airbnb.domain.errors import NotFound
from airbnb.domain.kinds import Channel
from airbnb.domain.paging import Page, PageRequest
from airbnb.models.notifications import MailMessage, Notification, NotificationPreference
from airbnb.queries.changes import matched_rows
from airbnb.queries.paging import SortKey, fetch_page


def list_notifications(session: Session, user_id: int, *, unread: bool | None, page: PageRequest) -> Page[Notification]:
    """Return a user's notifications, newest first; ``unread`` asks for one half only."""
    statement = select(Notification).where(Notification.user_id == user_id)
    if unread is not None:
        is_unread = Notification.read_at.is_(None)
        statement = statement.where(is_unread if unread else ~is_unread)
    return fetch_page(session, statement, [SortKey(Notification.id)], page)


def get_notification_for(session: Session, user_id: int, notification_id: int) -> Notification:
    """Return one of the user's notifications. Raises: NotFound."""
    found = session.get(Notification, notification_id, populate_existing=True)
    if found is None or found.user_id != user_id:
        raise NotFound()
    return found


def count_unread(session: Session, user_id: int) -> int:
    """Return how many notifications a user has not read."""
    unread = (Notification.user_id == user_id, Notification.read_at.is_(None))
    return session.scalar(select(func.count()).select_from(Notification).where(*unread)) or 0


def mark_read(session: Session, user_id: int, *, now: datetime, notification_id: int | None = None) -> int:
    """Mark one notification of a user, or all of them; returns how many were unread until now."""
    statement = update(Notification).where(Notification.user_id == user_id, Notification.read_at.is_(None))
    if notification_id is not None:
        statement = statement.where(Notification.id == notification_id)
    return matched_rows(session, statement.values(read_at=now))


def is_told(session: Session, *, event_id: int, user_id: int, kind: str) -> bool:
    """Say whether an event already made this alert."""
    same = (Notification.event_id == event_id, Notification.user_id == user_id, Notification.kind == kind)
    return session.scalar(select(Notification.id).where(*same)) is not None


def list_preferences(session: Session, user_id: int) -> dict[tuple[str, Channel], bool]:
    """Return what a user chose, by event and channel; what is missing was not chosen."""
    rows = session.scalars(select(NotificationPreference).where(NotificationPreference.user_id == user_id))
    return {(row.event, row.channel): row.enabled for row in rows}


def find_mail(session: Session, message_id: str) -> MailMessage | None:
    """Return the record of one mail, or None before its first attempt."""
    return session.scalar(select(MailMessage).where(MailMessage.message_id == message_id))
