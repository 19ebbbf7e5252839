"""Shapes of pictures in messages."""

from marshmallow import Schema, fields

from airbnb.schemas.fields import Id, Instant
from airbnb.schemas.photos import Upload


class AttachmentUploadSchema(Schema):
    """The multipart form of POST /conversations/{id}/attachments."""

    file = Upload(required=True, metadata={"type": "string", "format": "binary"})


class AttachmentURLsSchema(Schema):
    """Where each size is found as WebP, without a token, for a quarter of an hour at least."""

    small = fields.String(required=True)
    large = fields.String(required=True)


class AttachmentSchema(Schema):
    """A picture in a message."""

    id = Id(required=True)
    width = fields.Integer(required=True, metadata={"description": "Pixels of the large size"})
    height = fields.Integer(required=True, metadata={"description": "Pixels of the large size"})
    size_bytes = fields.Integer(required=True, metadata={"description": "Of the large size"})
    urls = fields.Nested(AttachmentURLsSchema, required=True)
    urls_expire_at = Instant(
        required=True, metadata={"description": "From then on read the messages again for new addresses"}
    )
    removed_at = Instant(
        required=True,
        allow_none=True,
        metadata={"description": "When staff took it down: show that a picture was here, its urls open nothing"},
    )
    created_at = Instant(required=True)
