"""Fields that only listings have: clock times, weekdays, coordinates, half bathrooms, countries, amenities."""

import math
import re
from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from airbnb.domain.amenities import CATALOGUE
from airbnb.domain.geo.countries import is_country
from airbnb.domain.listing_rules import WEEKDAYS
from airbnb.domain.money import Money
from airbnb.schemas.fields import MoneyField

#: No amount of one listing is larger, so that sums over a long stay fit every database.
MAX_PRICE_MINOR = 100_000_000_000
MAX_BATHROOMS = 50
_CLOCK = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")


class Number(fields.Float):
    """A JSON number within a span; texts, truth values, NaN and infinity are refused."""

    def __init__(self, low: float, high: float, **kwargs: Any) -> None:
        super().__init__(validate=validate.Range(low, high), allow_nan=False, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)


class HalfSteps(Number):
    """A count in steps of a half; an integer of halves inside."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int:
        number = super()._deserialize(value, attr, data, **kwargs)
        if not 0 <= number <= MAX_BATHROOMS or number * 2 != int(number * 2):
            raise ValidationError(f"Use steps of 0.5, from 0 to {MAX_BATHROOMS}.")
        return int(number * 2)


class ClockTime(fields.String):
    """A time of day as ``"15:00"``; read as minutes after midnight."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("metadata", {}).update({"pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$", "example": "15:00"})
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        text = str(super()._deserialize(value, attr, data, **kwargs))
        if not _CLOCK.fullmatch(text):
            raise ValidationError("Write a time of day such as 15:00.")
        return int(text[:2]) * 60 + int(text[3:])


class Weekdays(fields.List[int]):
    """Weekdays as numbers, Monday = 0, each once."""

    def __init__(self, **kwargs: Any) -> None:
        weekday = fields.Integer(strict=True, validate=validate.Range(0, WEEKDAYS - 1))
        super().__init__(weekday, validate=_not_empty, **kwargs)


class Price(MoneyField):
    """An amount of money that a host asks; ``least`` is in minor units."""

    def __init__(self, *, least: int = 0, **kwargs: Any) -> None:
        self.least = least
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Money:
        money = super()._deserialize(value, attr, data, **kwargs)
        if not self.least <= money.amount_minor <= MAX_PRICE_MINOR:
            raise ValidationError({"amount": ["This amount is out of range."]})
        return money


class CountryCode(fields.String):
    """An ISO 3166-1 alpha-2 code in capitals."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("metadata", {}).update({"pattern": "^[A-Z]{2}$", "example": "IE"})
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        code = str(super()._deserialize(value, attr, data, **kwargs))
        if not is_country(code):
            raise ValidationError("Not a country code of ISO 3166-1.")
        return code


class DaysDiscountSchema(Schema):
    """A discount by the days between booking and check-in."""

    days = fields.Integer(required=True, strict=True, validate=validate.Range(1, 720))
    percent = fields.Integer(required=True, strict=True, validate=validate.Range(1, 99))


def amenity_slugs(**kwargs: Any) -> fields.List[str]:
    """Return a field for a list of the catalogue's slugs."""
    slug = fields.String(validate=validate.OneOf(list(CATALOGUE), error="There is no such amenity."))
    return fields.List(slug, validate=validate.Length(max=len(CATALOGUE)), **kwargs)


def line(longest: int, **kwargs: Any) -> fields.String:
    """Return a field for a text of one line that says something."""
    return fields.String(validate=[validate.Length(1, longest), _one_line], **kwargs)


def _one_line(value: str) -> None:
    if not value.strip():
        raise ValidationError("Write something here.")
    if any(ord(letter) < 32 or 0xD800 <= ord(letter) <= 0xDFFF for letter in value):
        raise ValidationError("Control characters are not allowed.")


def _not_empty(weekdays: list[int]) -> None:
    if not weekdays:
        raise ValidationError("Name at least one weekday, or leave this out.")
    if len(set(weekdays)) != len(weekdays):
        raise ValidationError("Name each weekday once.")
