"""Shapes of notifications and of the choice what to be told."""

from typing import Any

from marshmallow import Schema, fields

from airbnb.domain.kinds import Channel
from airbnb.domain.notifications import SWITCHABLE, NotificationKind
from airbnb.models.notifications import Notification
from airbnb.schemas.fields import Id, Instant
from airbnb.schemas.notification_texts import texts_of
from airbnb.schemas.paging import PageArgs

Choices = dict[NotificationKind, dict[Channel, bool]]


class SubjectSchema(Schema):
    """What a notification leads to."""

    type = fields.String(required=True, metadata={"example": "booking"})
    id = Id(required=True)


class NotificationSchema(Schema):
    """One alert, its texts in the language of the request."""

    id = Id(required=True)
    kind = fields.String(required=True)
    title = fields.String(required=True)
    body = fields.String(required=True)
    subject = fields.Nested(SubjectSchema, required=True, allow_none=True)
    read_at = Instant(required=True, allow_none=True)
    created_at = Instant(required=True)


class NotificationsQuery(PageArgs):
    """Query of GET /notifications."""

    unread = fields.Boolean()


class ChannelsSchema(Schema):
    """Where to be told about one event."""

    email = fields.Boolean(required=True, truthy={True}, falsy={False})
    in_app = fields.Boolean(required=True, truthy={True}, falsy={False})


#: One field per event that may be switched, so that the document names them all.
EventsSchema = Schema.from_dict(
    {kind.value: fields.Nested(ChannelsSchema) for kind in SWITCHABLE}, name="NotificationEvents"
)


class PreferencesSchema(Schema):
    """What the caller is told about, by event and channel. In a PUT, events left out go back to the default: yes."""

    events = fields.Nested(EventsSchema, required=True)


def shown_notification(notification: Notification) -> dict[str, Any]:
    """Return an alert in the shape of ``NotificationSchema``."""
    title, body = texts_of(notification.kind, notification.params)
    has_subject = notification.subject_type is not None
    return {
        "id": notification.id,
        "kind": notification.kind,
        "title": title,
        "body": body,
        "subject": {"type": notification.subject_type, "id": notification.subject_id} if has_subject else None,
        "read_at": notification.read_at,
        "created_at": notification.created_at,
    }


def shown_preferences(chosen: dict[tuple[str, Channel], bool]) -> dict[str, Any]:
    """Return every switchable event with its channels in the shape of ``PreferencesSchema``."""
    return {
        "events": {
            kind.value: {channel.value: chosen.get((kind.value, channel), True) for channel in Channel}
            for kind in SWITCHABLE
        }
    }


def choices_of(body: dict[str, Any]) -> Choices:
    """Return what a body of ``PreferencesSchema`` chooses."""
    return {
        NotificationKind(event): {Channel(channel): enabled for channel, enabled in channels.items()}
        for event, channels in body["events"].items()
    }
