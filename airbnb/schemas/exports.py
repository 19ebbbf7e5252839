"""Shapes of exports of personal data, and of closing an account."""

from marshmallow import Schema, fields, validate

from airbnb.schemas.fields import Id, Instant


class ExportSchema(Schema):
    """An export; its address is there while it can be fetched."""

    id = Id(required=True)
    status = fields.String(required=True, validate=validate.OneOf(["pending", "ready", "expired"]))
    created_at = Instant(required=True)
    expires_at = Instant(required=True, allow_none=True)
    size_bytes = fields.Integer(required=True, allow_none=True)
    download_url = fields.String(required=True, allow_none=True)


class ClosingSchema(Schema):
    """When what is known about the owner of a closed account is erased; open stays and money put it off."""

    erasure_scheduled_for = Instant(required=True)
