"""Telling users what has happened, and keeping how they want to be told."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from airbnb.domain.errors import Busy
from airbnb.domain.kinds import Channel
from airbnb.domain.notifications import NotificationKind, is_wanted
from airbnb.domain.topics import Topic
from airbnb.models.notifications import Notification, NotificationPreference
from airbnb.queries import notifications as queries
from airbnb.queries import outbox as events
from airbnb.services import outbox
from airbnb.services.notices import Notice, notices_of


def tell_of_event(session: Session, event_id: int, *, now: datetime) -> int:
    """Write the alerts of one outbox event and order its mails; returns how many readers it had.

    Idempotent: the event is closed in the same transaction, so it is told once or not at all.
    Writes: notifications, ``mail.send`` events.
    """
    event = events.find_event(session, event_id)
    if event is None or not events.close_event(session, event_id, now=now):
        return 0
    notices = notices_of(session, event)
    for notice in notices:
        _tell(session, notice, event_id=event_id, now=now)
    return len(notices)


def _tell(session: Session, notice: Notice, *, event_id: int, now: datetime) -> None:
    chosen = queries.list_preferences(session, notice.user_id) if notice.kind else {}
    if notice.kind is not None and is_wanted(notice.kind, Channel.IN_APP, chosen):
        subject_type, subject_id = notice.about
        session.add(
            Notification(
                user_id=notice.user_id,
                kind=notice.kind.value,
                params=dict(notice.params),
                subject_type=subject_type,
                subject_id=subject_id,
                event_id=event_id,
                created_at=now,
            )
        )
    if notice.template is not None and (notice.kind is None or is_wanted(notice.kind, Channel.EMAIL, chosen)):
        subject_type, subject_id = notice.subject
        params = {"subject_type": subject_type, "subject_id": subject_id, **notice.extra}
        payload = {"template": notice.template, "user_id": notice.user_id, "params": params, "kind": notice.kind}
        outbox.record(session, Topic.MAIL_SEND, subject_id=notice.user_id, payload=payload)


def set_preferences(session: Session, user_id: int, choices: Mapping[NotificationKind, Mapping[Channel, bool]]) -> None:
    """Replace everything that a user chose; events left out go back to the default.

    Raises: Busy when the same user does this twice in one moment.
    """
    session.execute(delete(NotificationPreference).where(NotificationPreference.user_id == user_id))
    session.add_all(
        NotificationPreference(user_id=user_id, event=kind.value, channel=channel, enabled=enabled)
        for kind, channels in choices.items()
        for channel, enabled in channels.items()
    )
    try:
        session.flush()
    except IntegrityError as error:
        raise Busy() from error
