"""Shapes of changes of bookings."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validates_schema

from airbnb.domain.kinds import ActorKind, Provider
from airbnb.domain.pricing import Party
from airbnb.domain.statuses import ChangeStatus, ChangeWaitsFor
from airbnb.domain.stays import Stay
from airbnb.schemas.bookings import GuestsSchema, ReturnURL, payment_choice
from airbnb.schemas.fields import Id, Instant, MoneyField, text
from airbnb.schemas.payments import PaymentBriefSchema
from airbnb.schemas.quotes import CancellationTermsSchema, PricedNightSchema, PriceLineSchema, check_span, stay_date

PAYMENT_FIELDS = ("payment_token", "return_url", "cancel_url")


class ChangeAskSchema(Schema):
    """Body of ``POST /bookings/{id}/changes`` and of its preview, which needs no payment."""

    check_in = stay_date()
    check_out = stay_date()
    guests = fields.Nested(GuestsSchema, required=True)
    payment_method = fields.Enum(Provider, by_value=True)
    payment_token = text(1, 255)
    return_url = ReturnURL()
    cancel_url = ReturnURL()

    @validates_schema
    def check_body(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Refuse dates that make no stay, and ways to pay without a method."""
        check_span(data)
        if "payment_method" not in data:
            for name in PAYMENT_FIELDS:
                if name in data:
                    raise ValidationError("Needs a payment_method.", name)

    @post_load
    def with_wish(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Return the wanted stay and party, and how to pay if it was told."""
        return {
            "stay": Stay(data["check_in"], data["check_out"]),
            "party": Party(**data["guests"]),
            "payment": payment_choice(data) if "payment_method" in data else None,
        }


class ChangedStaySchema(Schema):
    """A stay with its price."""

    check_in = fields.Date(required=True)
    check_out = fields.Date(required=True)
    guests = fields.Nested(GuestsSchema, required=True)
    lines = fields.List(fields.Nested(PriceLineSchema), required=True)
    total = MoneyField(required=True)
    host_payout = MoneyField(metadata={"description": "Host and staff only"})


class ChangeTermsSchema(ChangedStaySchema):
    """What would be agreed, what is agreed, and what the guest pays more; a negative difference comes back."""

    before = fields.Nested(ChangedStaySchema, required=True)
    difference = MoneyField(negative=True, required=True)


class ChangedNightSchema(PricedNightSchema):
    """One night after the change; kept ones were booked before."""

    kept = fields.Boolean(required=True)


class ChangePreviewSchema(ChangeTermsSchema):
    """What a change would cost now, and what cancelling would give back after it."""

    nights = fields.List(fields.Nested(ChangedNightSchema), required=True)
    cancellation = fields.Nested(CancellationTermsSchema, required=True)


class ChangeSchema(ChangeTermsSchema):
    """A change that one side asked for; its price holds while it is open."""

    id = Id(required=True)
    booking_id = Id(required=True)
    status = fields.Enum(ChangeStatus, by_value=True, required=True)
    waits_for = fields.Enum(ChangeWaitsFor, by_value=True, required=True, allow_none=True)
    asked_by = fields.Enum(ActorKind, by_value=True, required=True)
    payment = fields.Nested(PaymentBriefSchema, required=True, allow_none=True)
    expires_at = Instant(required=True)
    created_at = Instant(required=True)
    agreed_at = Instant(required=True, allow_none=True)
    ended_at = Instant(required=True, allow_none=True)
    end_reason = fields.String()
