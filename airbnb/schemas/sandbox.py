"""Shapes of the rehearsal routes."""

from marshmallow import Schema, fields, validate

from airbnb.schemas.fields import whole_number

LONGEST_DELAY_S = 86_400
EVENT_TYPE = r"(payment\.[a-z_]{1,40}|dispute(\.(opened|not_received|inquiry|under_review|won|lost))?)"
MOMENTS = ("check_in", "check_out", "expiry")


class SandboxEventSchema(Schema):
    """Body of ``POST /sandbox/payments/{id}/events``."""

    type = fields.String(required=True, validate=validate.Regexp(rf"^{EVENT_TYPE}\Z"))
    delay_s = whole_number(0, LONGEST_DELAY_S, load_default=0)
    duplicate = fields.Boolean(load_default=False, truthy={True}, falsy={False})


class SandboxAdvanceSchema(Schema):
    """Body of ``POST /sandbox/bookings/{id}/advance``."""

    to = fields.String(required=True, validate=validate.OneOf(MOMENTS))
