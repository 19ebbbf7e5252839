"""Shapes of event streams and of the tickets that open them."""

from marshmallow import Schema, fields, validate

from airbnb.schemas.fields import Id

LONGEST_TICKET = 100
LONGEST_POSITION = 1_000


class StreamTicketSchema(Schema):
    """A ticket that opens one stream."""

    ticket = fields.String(required=True)
    expires_in = fields.Integer(required=True, metadata={"description": "Seconds", "example": 60})


class StreamQuery(Schema):
    """Query of GET /notifications/stream."""

    ticket = fields.String(
        validate=validate.Length(1, LONGEST_TICKET),
        metadata={"description": "From POST /notifications/stream-ticket; without one send a Bearer token"},
    )
    last_event_id = fields.String(
        validate=validate.Length(1, LONGEST_POSITION),
        metadata={"description": "The id of the last event that arrived, where the Last-Event-ID header can't be sent"},
    )


class BookingNewsSchema(Schema):
    """Data of a `booking` event: something happened to it, load it anew."""

    id = Id(required=True)
    code = fields.String(required=True, allow_none=True)
    kind = fields.String(required=True, allow_none=True, metadata={"description": "As of the notification"})


class MessageNewsSchema(Schema):
    """Data of a `message` event: the conversation has a new one."""

    id = Id(required=True)
    conversation_id = Id(required=True)
