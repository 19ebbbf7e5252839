"""Shapes of setting a second factor up and taking it away."""

from marshmallow import Schema, fields

from airbnb.schemas.fields import text

CODE_LENGTH = 40


class NewFactorSchema(Schema):
    """What an authenticator app needs, and codes for the day it is lost; shown this once."""

    otpauth_url = fields.String(required=True, metadata={"description": "For an authenticator app"})
    qr_svg = fields.String(required=True, metadata={"description": "The same as a QR code, an SVG document"})
    recovery_codes = fields.List(fields.String(), required=True, metadata={"description": "Each works once"})


class TotpCodeSchema(Schema):
    """Body of POST /auth/totp/confirm."""

    totp_code = text(1, CODE_LENGTH, required=True)


class RemoveFactorSchema(Schema):
    """Body of DELETE /auth/totp; right after signing in, none is needed."""

    totp_code = text(1, CODE_LENGTH)
