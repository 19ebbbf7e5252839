"""Shape of what a frontend needs at start."""

from marshmallow import Schema, fields


class PictureLimitsSchema(Schema):
    """What a picture may be."""

    max_bytes = fields.Integer(required=True)
    max_pixels = fields.Integer(required=True)
    types = fields.List(fields.String(), required=True)


class UploadLimitsSchema(Schema):
    """Limits by what is uploaded."""

    picture = fields.Nested(PictureLimitsSchema, required=True)


class LegalDocumentSchema(Schema):
    """A text that people accept."""

    kind = fields.String(required=True)
    version = fields.String(required=True)
    url = fields.String(required=True)


class FrontendConfigSchema(Schema):
    """What a frontend needs before anybody signs in."""

    payment_methods = fields.List(fields.String(), required=True)
    stripe_publishable_key = fields.String()
    paypal_client_id = fields.String()
    oauth_providers = fields.List(fields.String(), required=True)
    currencies = fields.List(fields.String(), required=True)
    locales = fields.List(fields.String(), required=True)
    upload_limits = fields.Nested(UploadLimitsSchema, required=True)
    legal_documents = fields.List(fields.Nested(LegalDocumentSchema), required=True)
