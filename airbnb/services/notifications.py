"""Telling users what has happened, and keeping how they want to be told."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from airbnb.domain.errors import Busy
from airbnb.domain.ids import new_id
from airbnb.domain.kinds import Channel
from airbnb.domain.notifications import NotificationKind, is_wanted
from airbnb.domain.topics import Topic
from airbnb.models.notifications import Notification, NotificationPreference
from airbnb.queries import notifications as queries
from airbnb.queries import outbox as events
from airbnb.services import outbox
from airbnb.services.notices import Notice, notices_of


@dataclass(frozen=True, slots=True)
class Told:
    """What one event told one user, and the alert in the app, if they want them."""

    notice: Notice
    alert: Notification | None


def tell_of_event(session: Session, event_id: int, *, now: datetime) -> list[Told]:
    """Write the alerts of one outbox event and order its mails; returns what was told to whom.

    Idempotent: the event is closed in the same transaction, so it is told once or not at all.
    Writes: notifications, ``mail.send`` events.
    """
    event = events.find_event(session, event_id)
    if event is None or not events.close_event(session, event_id, now=now):
        return []
    return [_tell(session, notice, event_id=event_id, now=now) for notice in notices_of(session, event)]


def _tell(session: Session, notice: Notice, *, event_id: int, now: datetime) -> Told:
    chosen = queries.list_preferences(session, notice.user_id) if notice.kind else {}
    alert = None
    if notice.kind is not None and is_wanted(notice.kind, Channel.IN_APP, chosen):
        subject_type, subject_id = notice.about
        alert = Notification(
            id=new_id(),
            user_id=notice.user_id,
            kind=notice.kind.value,
            params=dict(notice.params),
            subject_type=subject_type,
            subject_id=subject_id,
            event_id=event_id,
            created_at=now,
        )
        session.add(alert)
    if notice.template is not None and (notice.kind is None or is_wanted(notice.kind, Channel.EMAIL, chosen)):
        subject_type, subject_id = notice.subject
        params = {"subject_type": subject_type, "subject_id": subject_id, **notice.extra}
        payload = {"template": notice.template, "user_id": notice.user_id, "params": params, "kind": notice.kind}
        outbox.record(session, Topic.MAIL_SEND, subject_id=notice.user_id, payload=payload)
    return Told(notice, alert)


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
