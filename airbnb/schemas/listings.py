"""Shapes of listings: what a host sends, and what a page shows."""

from collections.abc import Mapping
from dataclasses import MISSING
from dataclasses import fields as fields_of
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate

from airbnb.domain.cancellation import CancellationPolicy
from airbnb.domain.kinds import PropertyType, RoomType
from airbnb.domain.listing_drafts import ListingDraft
from airbnb.domain.listing_rules import MAX_GUESTS, MAX_ROOMS, WEEKDAYS, weekday_mask
from airbnb.domain.money import Money
from airbnb.domain.statuses import ListingStatus
from airbnb.schemas.fields import CurrencyCode, Id, Instant, MoneyField, text, whole_number
from airbnb.schemas.listing_fields import (
    ClockTime,
    CountryCode,
    DaysDiscountSchema,
    HalfSteps,
    Number,
    Price,
    Weekdays,
    amenity_slugs,
    line,
)
from airbnb.schemas.photos import PhotoSchema
from airbnb.schemas.texts import TranslatedField

MOST_TEXT = 10_000
LONGEST_STAY = 720
MOST_PERCENT = 99
#: Policies that a host chooses from; the long-term one replaces them by itself.
POLICIES = [policy for policy in CancellationPolicy if policy is not CancellationPolicy.LONG_TERM]
PRICES = ("nightly_price", "weekend_price", "cleaning_fee", "extra_guest_fee", "pet_fee")

_DEFAULTS = {
    field.name: field.default_factory() if field.default_factory is not MISSING else field.default
    for field in fields_of(ListingDraft)
}


class AddressSchema(Schema):
    """Where the door is."""

    line1 = line(200, required=True)
    line2 = line(200, allow_none=True)
    city = line(120, required=True)
    region = line(120, allow_none=True)
    postal_code = line(20, allow_none=True)
    country_code = CountryCode(required=True)


def _optional_count(low: int, high: int) -> fields.Integer:
    return whole_number(low, high, allow_none=True)


class ListingCreateSchema(Schema):
    """Body of ``POST /listings``; becomes the values of a ``ListingDraft``."""

    title = line(200, required=True)
    property_type = fields.Enum(PropertyType, by_value=True, required=True)
    room_type = fields.Enum(RoomType, by_value=True, required=True)
    address = fields.Nested(AddressSchema, required=True)
    latitude = Number(-90, 90, required=True)
    longitude = Number(-180, 180, required=True)
    max_guests = whole_number(1, MAX_GUESTS, required=True)
    nightly_price = Price(least=1, required=True)
    description = text(0, MOST_TEXT, allow_none=True)
    bedrooms = _optional_count(0, MAX_ROOMS)
    beds = _optional_count(0, MAX_ROOMS)
    bathrooms = HalfSteps(0, MAX_ROOMS, allow_none=True)
    amenities = amenity_slugs(allow_none=True)
    weekend_price = Price(least=1, allow_none=True)
    cleaning_fee = Price(allow_none=True)
    extra_guest_fee = Price(allow_none=True)
    extra_guest_after = _optional_count(1, MAX_GUESTS)
    pets_allowed = fields.Boolean(truthy={True}, falsy={False}, allow_none=True)
    pet_fee = Price(allow_none=True)
    weekly_discount_percent = _optional_count(0, MOST_PERCENT)
    monthly_discount_percent = _optional_count(0, MOST_PERCENT)
    early_bird_discount = fields.Nested(DaysDiscountSchema, allow_none=True)
    last_minute_discount = fields.Nested(DaysDiscountSchema, allow_none=True)
    new_listing_discount_percent = _optional_count(0, MOST_PERCENT)
    non_refundable_discount_percent = _optional_count(0, MOST_PERCENT)
    min_nights = _optional_count(1, LONGEST_STAY)
    min_nights_by_weekday = fields.Dict(
        keys=fields.String(validate=validate.OneOf([str(day) for day in range(WEEKDAYS)])),
        values=whole_number(1, LONGEST_STAY),
        allow_none=True,
        metadata={"description": 'By weekday of check-in, "0" is Monday'},
    )
    max_nights = _optional_count(1, LONGEST_STAY)
    advance_notice_days = _optional_count(0, 30)
    cut_off_hour = _optional_count(0, 23)
    preparation_days = _optional_count(0, 7)
    booking_window_days = _optional_count(1, 720)
    check_in_weekdays = Weekdays(allow_none=True)
    check_out_weekdays = Weekdays(allow_none=True)
    check_in_time = ClockTime(allow_none=True)
    check_in_until = ClockTime(allow_none=True)
    check_out_time = ClockTime(allow_none=True)
    instant_book = fields.Boolean(truthy={True}, falsy={False}, allow_none=True)
    cancellation_policy = fields.Enum(
        CancellationPolicy, by_value=True, allow_none=True, validate=validate.OneOf(POLICIES)
    )
    house_rules = text(0, MOST_TEXT, allow_none=True)
    arrival_guide = text(0, MOST_TEXT, allow_none=True)
    registration_number = line(80, allow_none=True)

    @post_load
    def to_draft_values(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Return the values under the names of ``ListingDraft``; null asks for a field's default."""
        values = dict(data)
        prices = {name: values.pop(name) for name in PRICES if name in values}
        renamed: dict[str, Any] = {
            **_currency_of(prices),
            **{f"{name}_minor": money and money.amount_minor for name, money in prices.items()},
            **_renamed_address(values.pop("address", {})),
        }
        for kind in ("early_bird", "last_minute"):
            if f"{kind}_discount" in values:
                discount = values.pop(f"{kind}_discount") or {"days": None, "percent": None}
                renamed |= {f"{kind}_{name}": discount[name] for name in ("days", "percent")}
        for old, new in _RENAMED.items():
            if old in values:
                renamed[new] = values.pop(old)
        for name in ("check_in_weekdays", "check_out_weekdays"):
            if name in values:
                values[name] = weekday_mask(values[name])
        draft = {**values, **renamed}
        return {name: _DEFAULTS[name] if value is None else value for name, value in draft.items()}


_RENAMED = {
    "bathrooms": "bathroom_halves",
    "check_in_time": "check_in_minutes",
    "check_in_until": "check_in_until_minutes",
    "check_out_time": "check_out_minutes",
}


class ListingPatchSchema(ListingCreateSchema):
    """Body of ``PATCH /listings/{id}``: a merge patch, so nothing is required and nothing has a default."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"partial": True, **kwargs})


def _currency_of(prices: Mapping[str, Money | None]) -> dict[str, str]:
    """Return the one currency of all prices. Raises: ValidationError naming the first that differs."""
    given = {name: money.currency for name, money in prices.items() if money is not None}
    if not given:
        return {}
    first = next(iter(given.values()))
    for name, currency in given.items():
        if currency != first:
            raise ValidationError({name: {"currency": [f"All prices are in one currency, here {first}."]}})
    return {"currency": first}


def _renamed_address(address: Mapping[str, Any]) -> dict[str, Any]:
    return {f"address_{name}" if name.startswith("line") else name: value for name, value in address.items()}


class PublicAddressSchema(Schema):
    """An address as far as the viewer may know it."""

    line1 = fields.String()
    line2 = fields.String(allow_none=True)
    postal_code = fields.String(allow_none=True)
    city = fields.String(required=True)
    region = fields.String(required=True, allow_none=True)
    country_code = fields.String(required=True)


class AmenitySchema(Schema):
    """One thing a place may offer."""

    slug = fields.String(required=True)
    icon = fields.String(required=True)
    label = TranslatedField(required=True)


class AmenityGroupSchema(Schema):
    """Amenities that are shown together."""

    group = fields.String(required=True)
    amenities = fields.List(fields.Nested(AmenitySchema), required=True)


class ListingHostSchema(Schema):
    """The host, as a listing's page introduces them."""

    id = Id(required=True)
    first_name = fields.String(required=True)
    avatar_url = fields.String(required=True, allow_none=True)
    bio = fields.String(required=True, allow_none=True)
    languages = fields.List(fields.String(), required=True)
    since = Instant(required=True)
    rating = fields.Float(required=True, allow_none=True)
    review_count = fields.Integer(required=True)


class RatingSummarySchema(Schema):
    """Average stars, overall and by category; null without reviews."""

    overall = fields.Float(required=True, allow_none=True)
    count = fields.Integer(required=True)
    categories = fields.Dict(keys=fields.String(), values=fields.Float(allow_none=True), required=True)


class ListingSchema(Schema):
    """A listing's page. Without a confirmed booking the location is the public one and the address the city."""

    id = Id(required=True)
    status = fields.Enum(ListingStatus, by_value=True, required=True)
    published_at = Instant(required=True, allow_none=True)
    created_at = Instant(required=True)
    updated_at = Instant(required=True)
    title = fields.String(required=True)
    description = fields.String(required=True)
    property_type = fields.Enum(PropertyType, by_value=True, required=True)
    room_type = fields.Enum(RoomType, by_value=True, required=True)
    address = fields.Nested(PublicAddressSchema, required=True)
    latitude = fields.Float(required=True)
    longitude = fields.Float(required=True)
    location_exact = fields.Boolean(required=True)
    time_zone = fields.String(required=True)
    max_guests = fields.Integer(required=True)
    bedrooms = fields.Integer(required=True)
    beds = fields.Integer(required=True)
    bathrooms = fields.Float(required=True)
    amenities = fields.List(fields.Nested(AmenityGroupSchema), required=True)
    currency = CurrencyCode(required=True)
    converted = fields.Boolean(required=True)
    nightly_price = MoneyField(required=True, allow_none=True)
    weekend_price = MoneyField(required=True, allow_none=True)
    cleaning_fee = MoneyField(required=True)
    extra_guest_fee = MoneyField(required=True)
    extra_guest_after = fields.Integer(required=True, allow_none=True)
    pets_allowed = fields.Boolean(required=True)
    pet_fee = MoneyField(required=True)
    weekly_discount_percent = fields.Integer(required=True)
    monthly_discount_percent = fields.Integer(required=True)
    early_bird_discount = fields.Nested(DaysDiscountSchema, required=True, allow_none=True)
    last_minute_discount = fields.Nested(DaysDiscountSchema, required=True, allow_none=True)
    new_listing_discount_percent = fields.Integer(required=True)
    non_refundable_discount_percent = fields.Integer(required=True, allow_none=True)
    min_nights = fields.Integer(required=True)
    min_nights_by_weekday = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    max_nights = fields.Integer(required=True)
    advance_notice_days = fields.Integer(required=True)
    cut_off_hour = fields.Integer(required=True, allow_none=True)
    preparation_days = fields.Integer(required=True)
    booking_window_days = fields.Integer(required=True)
    check_in_weekdays = fields.List(fields.Integer(), required=True, allow_none=True)
    check_out_weekdays = fields.List(fields.Integer(), required=True, allow_none=True)
    check_in_time = fields.String(required=True)
    check_in_until = fields.String(required=True, allow_none=True)
    check_out_time = fields.String(required=True)
    instant_book = fields.Boolean(required=True)
    cancellation_policy = fields.Enum(CancellationPolicy, by_value=True, required=True)
    house_rules = fields.String(required=True)
    arrival_guide = fields.String()
    registration_number = fields.String(required=True, allow_none=True)
    photos = fields.List(fields.Nested(PhotoSchema), required=True)
    host = fields.Nested(ListingHostSchema, required=True)
    rating_summary = fields.Nested(RatingSummarySchema, required=True)


class ListingQuery(Schema):
    """Query of ``GET /listings/{id}``."""

    currency = CurrencyCode()


class HostListingSchema(Schema):
    """One of the caller's listings in their list."""

    id = Id(required=True)
    status = fields.Enum(ListingStatus, by_value=True, required=True)
    title = fields.String(required=True)
    property_type = fields.Enum(PropertyType, by_value=True, required=True)
    room_type = fields.Enum(RoomType, by_value=True, required=True)
    city = fields.String(required=True)
    country_code = fields.String(required=True)
    nightly_price = MoneyField(required=True, allow_none=True)
    instant_book = fields.Boolean(required=True)
    cover_photo = fields.Nested(PhotoSchema, required=True, allow_none=True)
    published_at = Instant(required=True, allow_none=True)
    created_at = Instant(required=True)
    updated_at = Instant(required=True)


class CompletenessSchema(Schema):
    """What is missing before the listing may be published."""

    complete = fields.Boolean(required=True)
    missing = fields.List(fields.String(), required=True)
