"""Shapes of conversations and messages."""

from datetime import date
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from airbnb.domain.attachments import MAX_PER_MESSAGE
from airbnb.domain.statuses import BookingStatus
from airbnb.schemas.attachments import AttachmentSchema
from airbnb.schemas.fields import Id, Instant, whole_number, words
from airbnb.schemas.paging import PageArgs
from airbnb.schemas.reviews import PersonSchema, ReviewedListingSchema

MESSAGE_LENGTH = 5_000
MAX_GUESTS = 50


class StaySchema(Schema):
    """The stay that a guest asks about, as far as they said."""

    check_in = fields.String(allow_none=True)
    check_out = fields.String(allow_none=True)
    guests = fields.Integer(allow_none=True)


class ConversationCreateSchema(Schema):
    """Body of POST /listings/{id}/conversations: a question to the host."""

    message = words(MESSAGE_LENGTH, required=True)
    check_in = fields.Date()
    check_out = fields.Date()
    guests = whole_number(1, MAX_GUESTS)

    @validates_schema
    def _dates_make_a_stay(self, data: dict[str, Any], **kwargs: Any) -> None:
        first, last = data.get("check_in"), data.get("check_out")
        if (first is None) != (last is None):
            raise ValidationError("Send both dates or none.", "check_out" if last is None else "check_in")
        if first is not None and last is not None and first >= last:
            raise ValidationError("Must be after check_in.", "check_out")


class MessageCreateSchema(Schema):
    """Body of POST /conversations/{id}/messages: words, pictures that were uploaded before, or both."""

    text = words(MESSAGE_LENGTH)
    attachment_ids = fields.List(Id(), validate=validate.Length(1, MAX_PER_MESSAGE))

    @validates_schema
    def _says_something_once(self, data: dict[str, Any], **kwargs: Any) -> None:
        ids = data.get("attachment_ids", [])
        if not ids and "text" not in data:
            raise ValidationError("Missing data for required field.", "text")
        if len(ids) != len(set(ids)):
            raise ValidationError("Name each picture once.", "attachment_ids")


class ReadSchema(Schema):
    """Body of POST /conversations/{id}/read: the last message that was seen; without it, all of them."""

    message_id = Id()


class MessageSchema(Schema):
    """One message."""

    id = Id(required=True)
    author_id = Id(required=True)
    text = fields.String(required=True)
    is_masked = fields.Boolean(
        required=True,
        metadata={"description": "Contact details are hidden from the other side until a booking is confirmed"},
    )
    stay = fields.Nested(StaySchema, required=True, allow_none=True)
    attachments = fields.List(fields.Nested(AttachmentSchema), required=True)
    created_at = Instant(required=True)


class ConversationBookingSchema(Schema):
    """The latest booking of the two."""

    id = Id(required=True)
    code = fields.String(required=True)
    status = fields.Enum(BookingStatus, by_value=True, required=True)
    check_in = fields.Date(required=True)
    check_out = fields.Date(required=True)


class ConversationSchema(Schema):
    """What one guest and one listing's host say to each other."""

    id = Id(required=True)
    listing = fields.Nested(ReviewedListingSchema, required=True)
    booking = fields.Nested(ConversationBookingSchema, required=True, allow_none=True)
    counterparty = fields.Nested(PersonSchema, required=True, allow_none=True)
    last_message = fields.Nested(MessageSchema, required=True, allow_none=True)
    unread_count = fields.Integer(required=True)


class ConversationsQuery(PageArgs):
    """Query of GET /conversations."""


class MessagesQuery(PageArgs):
    """Query of GET /conversations/{id}/messages."""


def stay_of(body: dict[str, Any]) -> dict[str, Any] | None:
    """Return the stay of a question, JSON-ready, or None when it names none."""
    stay = {name: body[name] for name in ("check_in", "check_out", "guests") if name in body}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in stay.items()} or None
