"""Shapes of webhook endpoints, their messages, and the messages' own body."""

from typing import Any

from marshmallow import Schema, fields, validate

from airbnb.domain.fetch_targets import MAX_URL_LENGTH
from airbnb.domain.webhook_events import DeliveryState, DisabledReason, WebhookType
from airbnb.models.webhook_endpoints import WebhookDelivery, WebhookEndpoint
from airbnb.schemas.fields import Id, Instant
from airbnb.schemas.listing_fields import line

DESCRIPTION_LENGTH = 200
TYPES = [one.value for one in WebhookType]


def _events(**options: Any) -> fields.List[str]:
    one = fields.String(validate=validate.OneOf(TYPES))
    return fields.List(one, validate=validate.Length(1, len(TYPES)), **options)


class EndpointCreateSchema(Schema):
    """Body of ``POST /webhook-endpoints``."""

    url = line(MAX_URL_LENGTH, required=True)
    events = _events(required=True)
    description = line(DESCRIPTION_LENGTH)


class EndpointPatchSchema(Schema):
    """Body of ``PATCH /webhook-endpoints/{id}``."""

    url = line(MAX_URL_LENGTH)
    events = _events()
    description = line(DESCRIPTION_LENGTH)
    enabled = fields.Boolean(truthy={True}, falsy={False})


class EndpointSchema(Schema):
    """Where somebody wants to be told, and of what."""

    id = Id(required=True)
    url = fields.String(required=True)
    description = fields.String(required=True)
    events = fields.List(fields.String(validate=validate.OneOf(TYPES)), required=True)
    sees_all = fields.Boolean(required=True, metadata={"description": "Of everybody's bookings: staff only"})
    enabled = fields.Boolean(required=True)
    disabled_reason = fields.String(
        required=True, allow_none=True, validate=validate.OneOf([one.value for one in DisabledReason])
    )
    disabled_at = Instant(required=True, allow_none=True)
    created_at = Instant(required=True)


class EndpointSecretSchema(EndpointSchema):
    """An endpoint with its secret, which is shown once."""

    secret = fields.String(required=True, metadata={"example": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})


class TrySchema(Schema):
    """One try to deliver a message."""

    at = fields.String(required=True, metadata={"format": "date-time"})
    status = fields.Integer(required=True, allow_none=True)
    error = fields.String(required=True, allow_none=True, metadata={"example": "too_slow"})
    ms = fields.Integer(required=True)


class DeliverySchema(Schema):
    """One message to an endpoint and how it went."""

    id = Id(required=True)
    event_id = fields.String(required=True, metadata={"description": "The webhook-id header", "example": "evt_1"})
    type = fields.String(required=True, validate=validate.OneOf(TYPES))
    state = fields.String(required=True, validate=validate.OneOf([one.value for one in DeliveryState]))
    attempts = fields.Integer(required=True)
    next_try_at = Instant(required=True, allow_none=True)
    tries = fields.List(fields.Nested(TrySchema), required=True)
    body = fields.String(required=True)
    created_at = Instant(required=True)
    delivered_at = Instant(required=True, allow_none=True)


class WebhookDataSchema(Schema):
    """What an event is about: read the object from the API before acting on it."""

    object = fields.String(required=True, metadata={"example": "booking"})
    id = Id(required=True)
    booking_id = Id()
    conversation_id = Id()
    status = fields.String()
    code = fields.String()
    check_in = fields.String()
    check_out = fields.String()


class WebhookMessageSchema(Schema):
    """The body of every webhook."""

    type = fields.String(required=True, validate=validate.OneOf(TYPES))
    timestamp = Instant(required=True)
    data = fields.Nested(WebhookDataSchema, required=True)


def shown_endpoint(endpoint: WebhookEndpoint, secret: str | None = None) -> dict[str, Any]:
    """Return an endpoint in the shape of ``EndpointSchema``, with its secret where one was just made."""
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "description": endpoint.description,
        "events": endpoint.events,
        "sees_all": endpoint.sees_all,
        "enabled": endpoint.disabled_at is None,
        "disabled_reason": endpoint.disabled_reason,
        "disabled_at": endpoint.disabled_at,
        "created_at": endpoint.created_at,
        **({"secret": secret} if secret else {}),
    }


def shown_delivery(delivery: WebhookDelivery, message_id: str) -> dict[str, Any]:
    """Return a message in the shape of ``DeliverySchema``."""
    return {
        "id": delivery.id,
        "event_id": message_id,
        "type": delivery.event_type,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "next_try_at": delivery.due_at if delivery.state is DeliveryState.PENDING else None,
        "tries": delivery.tries,
        "body": delivery.body,
        "created_at": delivery.created_at,
        "delivered_at": delivery.delivered_at,
    }
