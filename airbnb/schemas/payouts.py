"""Shapes of payouts, payout accounts and earnings."""

import re
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from airbnb.domain.kinds import PayoutItemKind, Provider
from airbnb.domain.payout_rules import ASK_THEMSELVES, HeldReason, OnboardingState
from airbnb.domain.provider_currencies import takes_currency
from airbnb.domain.statuses import PayoutStatus
from airbnb.schemas.bookings import ReturnURL
from airbnb.schemas.fields import CurrencyCode, Id, Instant, MoneyField
from airbnb.schemas.periods import PeriodQuery
from airbnb.schemas.quotes import ExchangeRateSchema

#: ISO 3166-1 alpha-2.
COUNTRY = re.compile("[A-Z]{2}", re.ASCII)
MAX_DETAILS = 10
MAX_DETAIL_LENGTH = 200


class PayoutItemSchema(Schema):
    """What one booking earned, or what is netted."""

    id = Id(required=True)
    booking_id = Id(required=True)
    booking_code = fields.String(required=True)
    kind = fields.Enum(PayoutItemKind, by_value=True, required=True)
    amount = MoneyField(negative=True, required=True)


class PayoutFailureSchema(Schema):
    """Why a payout did not arrive; a permanent failure needs another account."""

    code = fields.String(required=True)
    permanent = fields.Boolean(required=True)
    text = fields.String(required=True)


class PayoutSchema(Schema):
    """Money to a host."""

    id = Id(required=True)
    status = fields.Enum(PayoutStatus, by_value=True, required=True)
    amount = MoneyField(required=True, metadata={"description": "What leaves, in the currency of the payout account"})
    earned = MoneyField(required=True, metadata={"description": "What the items come to, in the listing's currency"})
    exchange_rate = fields.Nested(ExchangeRateSchema, metadata={"description": "Where the two currencies differ"})
    items = fields.List(fields.Nested(PayoutItemSchema), required=True)
    due_at = Instant(required=True)
    held_reasons = fields.List(fields.Enum(HeldReason, by_value=True), required=True)
    failure = fields.Nested(PayoutFailureSchema)
    paid_at = Instant(required=True, allow_none=True)
    created_at = Instant(required=True)


class PayoutAccountSetSchema(Schema):
    """Body of ``PUT /users/me/payout-account``."""

    method = fields.Enum(Provider, by_value=True, required=True)
    currency = CurrencyCode(required=True)
    details = fields.Dict(
        keys=fields.String(validate=validate.Length(1, 40)),
        values=fields.Raw(),
        required=True,
        validate=validate.Length(max=MAX_DETAILS),
    )

    @validates_schema
    def check_details(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Take only short texts and numbers as details, and for PayPal only an address."""
        for name, value in data["details"].items():
            is_text = isinstance(value, str) and len(value) <= MAX_DETAIL_LENGTH
            is_number = isinstance(value, int) and not isinstance(value, bool)
            if not (is_text or is_number):
                raise ValidationError({"details": {name: ["Send a short text or a whole number."]}})
        if data["method"] is Provider.PAYPAL:
            if set(data["details"]) != {"email"}:
                raise ValidationError({"details": ["PayPal needs the account's email, and nothing else."]})
            _check_address(data["details"]["email"])

    @validates_schema
    def check_country(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Take only a country's two letters, of those whom the provider asks itself."""
        country = data["details"].get("country")
        if data["method"] in ASK_THEMSELVES and country is not None and not COUNTRY.fullmatch(str(country)):
            raise ValidationError({"details": {"country": ["Two capital letters, such as PT."]}})

    @validates_schema
    def check_currency(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Take only a currency that the provider pays out in."""
        if not takes_currency(data["method"], data["currency"]):
            raise ValidationError({"currency": ["The provider does not pay out in this currency."]})


def _check_address(address: Any) -> None:
    try:
        validate.Email()(address if isinstance(address, str) else "")
    except ValidationError as error:
        raise ValidationError({"details": {"email": error.messages}}) from error


class MaskedDetailsSchema(Schema):
    """What is shown of an account."""

    account = fields.String(required=True)


class PayoutAccountSchema(Schema):
    """Where a host is paid; details are shown masked."""

    method = fields.Enum(Provider, by_value=True, required=True)
    currency = CurrencyCode(required=True)
    details = fields.Nested(MaskedDetailsSchema, required=True)
    country_code = fields.String(required=True, allow_none=True)
    verified = fields.Boolean(required=True)
    onboarding = fields.Enum(OnboardingState, by_value=True, required=True)
    changed_at = Instant(required=True)
    payouts_held_until = Instant(required=True)


class OnboardingLinkArgs(Schema):
    """Body of ``POST /users/me/payout-account/onboarding-link``: where the host comes back to."""

    return_url = ReturnURL()
    refresh_url = ReturnURL()


class OnboardingLinkSchema(Schema):
    """Where the provider asks its questions."""

    url = fields.URL(required=True, require_tld=False)
    expires_at = Instant(required=True)


class EarningsQuery(PeriodQuery):
    """Query of ``GET /users/me/earnings``; half-open on the day on which money is due."""


class MonthSchema(Schema):
    """One month of earnings in one currency."""

    month = fields.String(required=True, metadata={"example": "2027-04"})
    paid = MoneyField(negative=True, required=True)
    upcoming = MoneyField(negative=True, required=True)


class CurrencyEarningsSchema(Schema):
    """A host's earnings in one currency."""

    currency = CurrencyCode(required=True)
    paid = MoneyField(negative=True, required=True)
    upcoming = MoneyField(negative=True, required=True)
    months = fields.List(fields.Nested(MonthSchema), required=True)


class ReceivedSchema(Schema):
    """What arrived in one month: what was earned in one currency, in the one that it was paid in."""

    month = fields.String(required=True, metadata={"example": "2027-04"})
    earned = MoneyField(required=True)
    amount = MoneyField(required=True)


class EarningsSchema(Schema):
    """What a host was paid and will be, by currency and month; and what arrived, in the currencies of the accounts."""

    earnings = fields.List(fields.Nested(CurrencyEarningsSchema), required=True)
    received = fields.List(fields.Nested(ReceivedSchema), required=True)
