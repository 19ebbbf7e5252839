"""Alerts, mail orders and live events from what has happened."""

from datetime import datetime
from functools import partial

from celery import shared_task
from flask_babel import force_locale
from sqlalchemy.orm import Session

from airbnb.domain import clock
from airbnb.domain.streams import StreamEventName
from airbnb.extensions import current_settings
from airbnb.languages import SOURCE, known_locale
from airbnb.models.users import User
from airbnb.schemas.notifications import NotificationSchema, shown_notification
from airbnb.schemas.streams import BookingNewsSchema, MessageNewsSchema
from airbnb.services.notifications import Told, tell_of_event
from airbnb.services.streams import send_to_streams
from airbnb.services.webhook_endpoints import order_deliveries
from airbnb.unit_of_work import in_transaction


@shared_task(name="notifications.tell")
def tell(event_id: int) -> int:
    """Tell everybody whom one outbox event concerns; returns how many readers it had.

    Idempotent: event, alerts and what streams are sent are closed in one transaction.
    """
    return in_transaction(partial(_tell, event_id=event_id, now=clock.now()))


def _tell(session: Session, *, event_id: int, now: datetime) -> int:
    told = tell_of_event(session, event_id, now=now)
    if told:
        order_deliveries(session, event_id, now=now)
    for one in told:
        _send(session, one)
    return len(told)


def _send(session: Session, told: Told) -> None:
    """Send a reader's open streams the alert, and what it is about even where no alert is wanted."""
    user_id, (subject, subject_id) = told.notice.user_id, told.notice.about
    if told.alert is not None:
        reader = session.get_one(User, user_id)
        with force_locale(str(known_locale(reader.locale, current_settings().default_locale) or SOURCE)):
            shown = NotificationSchema().dump(shown_notification(told.alert))
        send_to_streams(session, user_id, StreamEventName.NOTIFICATION, shown)
    if subject == "booking":
        news = {"id": subject_id, "code": told.notice.params.get("code"), "kind": told.notice.kind}
        send_to_streams(session, user_id, StreamEventName.BOOKING, BookingNewsSchema().dump(news))
    elif subject == "conversation":
        news = {"id": told.notice.subject[1], "conversation_id": subject_id}
        send_to_streams(session, user_id, StreamEventName.MESSAGE, MessageNewsSchema().dump(news))
