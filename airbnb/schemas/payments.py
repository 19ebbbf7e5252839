"""Shapes of payments and refunds."""

from marshmallow import Schema, fields

from airbnb.domain.kinds import Provider
from airbnb.domain.statuses import PaymentStatus, RefundStatus
from airbnb.schemas.fields import Id, Instant, MoneyField


class PaymentBriefSchema(Schema):
    """A booking's latest attempt to be paid; secrets are for the guest alone."""

    id = Id(required=True)
    provider = fields.Enum(Provider, by_value=True, required=True)
    status = fields.Enum(PaymentStatus, by_value=True, required=True)
    amount = MoneyField(required=True)
    client_secret = fields.String()
    approval_url = fields.String()
    failure_code = fields.String()


class RefundSchema(Schema):
    """Money on its way back."""

    id = Id(required=True)
    status = fields.Enum(RefundStatus, by_value=True, required=True)
    amount = MoneyField(required=True)
    reason = fields.String(required=True)
    failure_code = fields.String(required=True, allow_none=True)
    created_at = Instant(required=True)
    succeeded_at = Instant(required=True, allow_none=True)


class PaymentSchema(PaymentBriefSchema):
    """One attempt to pay a booking, with what went back of it."""

    booking_id = Id(required=True)
    attempt = fields.Integer(required=True)
    captured = MoneyField(required=True)
    refunded = MoneyField(required=True)
    refunds = fields.List(fields.Nested(RefundSchema), required=True)
    created_at = Instant(required=True)
    authorized_at = Instant(required=True, allow_none=True)
    captured_at = Instant(required=True, allow_none=True)
