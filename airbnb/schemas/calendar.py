"""Shapes of a listing's calendar."""

from datetime import date
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, pre_load, validate

from airbnb.domain.calendar_changes import RangeChange
from airbnb.domain.statuses import NightKind
from airbnb.schemas.fields import CurrencyCode, Id, MoneyField, whole_number
from airbnb.schemas.listing_fields import Price, Weekdays, line

MOST_RANGES = 200
NOTE_LENGTH = 500
LONGEST_STAY = 720
FIRST_DATE, LAST_DATE = date(2000, 1, 1), date(2200, 1, 1)


def day(**kwargs: Any) -> fields.Date:
    """Return a field for a date that a calendar may hold."""
    return fields.Date(validate=validate.Range(FIRST_DATE, LAST_DATE), **kwargs)


class CalendarQuery(Schema):
    """The span ``[from, to)``; ninety nights from today unless told otherwise."""

    first = day(data_key="from")
    until = day(data_key="to")
    currency = CurrencyCode()


class RangeSchema(Schema):
    """What is set for some nights: left out = unchanged, null = the night's own value goes."""

    first = day(data_key="from", required=True)
    until = day(data_key="to", required=True)
    weekdays = Weekdays()
    price = Price(least=1, allow_none=True)
    min_nights = whole_number(1, LONGEST_STAY, allow_none=True)
    available = fields.Boolean(truthy={True}, falsy={False})
    note = line(NOTE_LENGTH, allow_none=True)

    @pre_load
    def say_something(self, data: Any, **kwargs: Any) -> Any:
        """Refuse a range that sets nothing."""
        if isinstance(data, dict) and not {"price", "min_nights", "available", "note"} & data.keys():
            raise ValidationError("Set price, min_nights, available or note.")
        return data

    @post_load
    def to_change(self, data: dict[str, Any], **kwargs: Any) -> RangeChange:
        """Return the change as the service takes it."""
        overrides: dict[str, Any] = {name: data[name] for name in ("min_nights", "note") if name in data}
        price = data.get("price")
        if "price" in data:
            overrides["price_minor"] = price and price.amount_minor
        return RangeChange(
            first=data["first"],
            until=data["until"],
            overrides=overrides,
            weekdays=frozenset(data["weekdays"]) if "weekdays" in data else None,
            available=data.get("available"),
            currency=price.currency if price else None,
        )


class CalendarChangeSchema(Schema):
    """Body of ``PUT /listings/{id}/calendar``."""

    ranges = fields.List(fields.Nested(RangeSchema), required=True, validate=validate.Length(1, MOST_RANGES))
    dry_run = fields.Boolean(load_default=False, truthy={True}, falsy={False})


class NightSchema(Schema):
    """One night; the last four members are its owner's."""

    night = fields.Date(required=True)
    available = fields.Boolean(required=True)
    price = MoneyField(required=True, allow_none=True)
    min_nights = fields.Integer(required=True)
    max_nights = fields.Integer(required=True)
    check_in_allowed = fields.Boolean(required=True)
    check_out_allowed = fields.Boolean(required=True)
    reason = fields.Enum(NightKind, by_value=True, allow_none=True)
    booking_id = Id(allow_none=True)
    feed_id = Id(allow_none=True)
    note = fields.String(allow_none=True)


class CalendarMetaSchema(Schema):
    """What the nights' dates and prices are in."""

    time_zone = fields.String(required=True)
    currency = fields.String(required=True)
    converted = fields.Boolean(required=True)


class CalendarSchema(Schema):
    """The nights of a span, ascending."""

    data = fields.List(fields.Nested(NightSchema), required=True)
    meta = fields.Nested(CalendarMetaSchema, required=True)
