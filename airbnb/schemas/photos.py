"""Shapes of photos."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate
from werkzeug.datastructures import FileStorage

from airbnb.domain.listing_rules import MAX_PHOTOS
from airbnb.domain.statuses import PhotoStatus
from airbnb.schemas.fields import Id
from airbnb.schemas.listing_fields import line

TEXT_LENGTH = 300


class PhotoURLsSchema(Schema):
    """Where each size is found as WebP, from the moment of the upload on; served once the photo is ready.

    The same address ending in ``.jpg`` gives a JPEG. What is at an address never changes, so keep it for good.
    """

    small = fields.String(required=True)
    medium = fields.String(required=True)
    large = fields.String(required=True)


class PhotoSchema(Schema):
    """One picture of a listing."""

    id = Id(required=True)
    status = fields.Enum(PhotoStatus, by_value=True, required=True)
    urls = fields.Nested(PhotoURLsSchema, required=True)
    width = fields.Integer(required=True)
    height = fields.Integer(required=True)
    caption = fields.String(required=True, allow_none=True)
    alt_text = fields.String(required=True, allow_none=True)
    position = fields.Integer(required=True)


class Upload(fields.Raw):
    """A file of a multipart form."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> FileStorage:
        if not isinstance(value, FileStorage):
            raise ValidationError("Send a file.")
        return value


class PhotoTextSchema(Schema):
    """What is said about a picture."""

    caption = line(TEXT_LENGTH, allow_none=True)
    alt_text = line(TEXT_LENGTH, allow_none=True)


class PhotoUploadSchema(PhotoTextSchema):
    """The multipart form of ``POST /listings/{id}/photos``."""

    file = Upload(required=True, metadata={"type": "string", "format": "binary"})


class PhotoOrderSchema(Schema):
    """Body of ``PATCH /listings/{id}/photos``: every photo of the listing, the cover first."""

    order = fields.List(Id(), required=True, validate=validate.Length(1, MAX_PHOTOS))


class PhotosSchema(Schema):
    """The photos of a listing, in order."""

    photos = fields.List(fields.Nested(PhotoSchema), required=True)
