"""Shapes of quotes."""

from datetime import date
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from airbnb.domain.cancellation import CancellationPolicy
from airbnb.domain.orders import Wish
from airbnb.domain.pricing import DiscountKind, LineKind, Party, RatePlan
from airbnb.domain.stays import Stay
from airbnb.schemas.fields import CurrencyCode, Instant, MoneyField, text
from airbnb.schemas.price_labels import LabelField

MAX_PARTY = 100
MAX_STAY_NIGHTS = 720
FIRST_DATE = date(2000, 1, 1)
LAST_DATE = date(2200, 1, 1)


def stay_date() -> fields.Date:
    """Return a required field for a date of a stay, in years that calendars can count in."""
    return fields.Date(required=True, validate=validate.Range(min=FIRST_DATE, max=LAST_DATE))


class PriceLineSchema(Schema):
    """One line of a price; ``unit`` is null where the nights' prices differ."""

    kind = fields.Enum(LineKind, by_value=True, required=True)
    label = LabelField(required=True)
    quantity = fields.Integer(required=True)
    unit = MoneyField(negative=True, required=True, allow_none=True)
    amount = MoneyField(negative=True, required=True)


class PricedNightSchema(Schema):
    """One night and its price after discounts."""

    night = fields.Date(required=True)
    price = MoneyField(required=True)


class IncludedTaxSchema(Schema):
    """A tax inside the prices."""

    label = LabelField(required=True)
    amount = MoneyField(required=True)


class DiscountSchema(Schema):
    """The discount that the quote names."""

    kind = fields.Enum(DiscountKind, by_value=True, required=True)
    reason = fields.String(required=True)


class ScheduleEntrySchema(Schema):
    """Cancelling up to ``until`` gives back ``refund``; after the last entry it is nothing."""

    until = Instant(required=True)
    until_local = fields.String(required=True)
    refund = MoneyField(required=True)


class CancellationTermsSchema(Schema):
    """Under which policy, and what comes back until when."""

    policy = fields.Enum(CancellationPolicy, by_value=True, required=True)
    schedule = fields.List(fields.Nested(ScheduleEntrySchema), required=True)


#: Made from a mapping, for ``from`` is a word of Python's own.
ExchangeRateSchema = Schema.from_dict(
    {
        "from": CurrencyCode(required=True),
        "to": CurrencyCode(required=True),
        "rate": fields.String(required=True, metadata={"description": "Units of `to` for one of `from`"}),
        "on": fields.Date(required=True),
    },
    name="ExchangeRateSchema",
)


class QuoteSchema(Schema):
    """A stay that can be booked at this price; the lines sum to the total."""

    nights = fields.List(fields.Nested(PricedNightSchema), required=True)
    lines = fields.List(fields.Nested(PriceLineSchema), required=True)
    total = MoneyField(required=True)
    taxes_included = fields.List(fields.Nested(IncludedTaxSchema), required=True)
    rate_plans = fields.List(fields.Enum(RatePlan, by_value=True), required=True)
    discount = fields.Nested(DiscountSchema)
    currency = CurrencyCode(required=True)
    exchange_rate = fields.Nested(ExchangeRateSchema)
    cancellation = fields.Nested(CancellationTermsSchema, required=True)
    quote_token = fields.String(required=True)
    expires_at = Instant(required=True)
    host_payout = MoneyField(metadata={"description": "Owner and staff only"})


class QuoteQuery(Schema):
    """Query of GET /listings/{id}/quote; ``guests`` is short for ``adults``."""

    check_in = stay_date()
    check_out = stay_date()
    guests = fields.Integer(validate=validate.Range(1, MAX_PARTY))
    adults = fields.Integer(validate=validate.Range(1, MAX_PARTY))
    children = fields.Integer(load_default=0, validate=validate.Range(0, MAX_PARTY))
    infants = fields.Integer(load_default=0, validate=validate.Range(0, MAX_PARTY))
    pets = fields.Integer(load_default=0, validate=validate.Range(0, MAX_PARTY))
    rate_plan = fields.Enum(RatePlan, by_value=True, load_default=RatePlan.STANDARD)
    coupon = text(1, 40)
    currency = CurrencyCode()

    @validates_schema
    def check_stay(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Refuse a stay without nights or beyond every booking window, and the party told twice."""
        check_span(data)
        if "guests" in data and ("adults" in data or data["children"]):
            raise ValidationError("Send either guests or adults and children.", "guests")

    @post_load
    def as_wish(self, data: dict[str, Any], **kwargs: Any) -> Wish:
        """Return the query as the quoting service wants it."""
        adults = data.get("adults", data.get("guests", 1))
        return Wish(
            stay=Stay(data["check_in"], data["check_out"]),
            party=Party(adults=adults, children=data["children"], infants=data["infants"], pets=data["pets"]),
            rate_plan=data["rate_plan"],
            coupon=data.get("coupon"),
            currency=data.get("currency"),
        )


def check_span(data: dict[str, Any]) -> None:
    """Refuse dates that make no stay. Raises: ValidationError naming ``check_out``."""
    nights = (data["check_out"] - data["check_in"]).days
    if nights < 1:
        raise ValidationError("check_out must be after check_in.", "check_out")
    if nights > MAX_STAY_NIGHTS:
        raise ValidationError(f"A stay has at most {MAX_STAY_NIGHTS} nights.", "check_out")
