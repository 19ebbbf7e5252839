"""Shapes of uploads that go straight to storage."""

from marshmallow import Schema, fields, validate

from airbnb.domain.uploads import MAX_PICTURE_BYTES, PICTURE_TYPES
from airbnb.schemas.fields import Instant


class UploadRequestSchema(Schema):
    """Body of ``POST /listings/{id}/photos/uploads``: what is going to be sent."""

    content_type = fields.String(
        required=True, validate=validate.Length(1, 100), metadata={"description": f"One of {', '.join(PICTURE_TYPES)}"}
    )
    size = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(1),
        metadata={"description": f"Bytes, at most {MAX_PICTURE_BYTES}"},
    )


class SignedUploadSchema(Schema):
    """Where and how to send the file.

    With ``PUT`` its bytes are the body, sent with exactly ``headers``; with ``POST`` the body is a multipart form of
    ``fields`` and then the file as ``file``.
    """

    upload_id = fields.String(required=True)
    url = fields.String(required=True)
    method = fields.String(required=True, validate=validate.OneOf(["PUT", "POST"]))
    headers = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    fields_ = fields.Dict(keys=fields.String(), values=fields.String(), required=True, data_key="fields")
    expires_at = Instant(required=True)
