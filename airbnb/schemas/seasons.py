"""Shapes of seasons and promotions; both are set as whole lists."""

from marshmallow import Schema, fields

from airbnb.schemas.calendar import LONGEST_STAY, day
from airbnb.schemas.fields import MoneyField, whole_number
from airbnb.schemas.listing_fields import Price, line

NAME_LENGTH = 80


class SeasonSetSchema(Schema):
    """A span of dates with its own price and shortest stay."""

    name = line(NAME_LENGTH, required=True)
    starts_on = day(data_key="from", required=True)
    ends_on = day(data_key="to", required=True)
    nightly_price = Price(least=1, required=True)
    weekend_price = Price(least=1, allow_none=True)
    min_nights = whole_number(1, LONGEST_STAY, allow_none=True)


class SeasonSchema(Schema):
    """A season as it is stored."""

    name = fields.String(required=True)
    starts_on = fields.Date(data_key="from", required=True)
    ends_on = fields.Date(data_key="to", required=True)
    nightly_price = MoneyField(required=True)
    weekend_price = MoneyField(required=True, allow_none=True)
    min_nights = fields.Integer(required=True, allow_none=True)


class PromotionSchema(Schema):
    """A discount of the host's own for a span of nights."""

    name = line(NAME_LENGTH, required=True)
    starts_on = day(data_key="from", required=True)
    ends_on = day(data_key="to", required=True)
    percent = whole_number(1, 99, required=True)


class SeasonsSchema(Schema):
    """A listing's seasons."""

    data = fields.List(fields.Nested(SeasonSchema), required=True)


class PromotionsSchema(Schema):
    """A listing's promotions."""

    data = fields.List(fields.Nested(PromotionSchema), required=True)
