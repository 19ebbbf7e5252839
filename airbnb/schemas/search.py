"""The query of the search and the shape of its hits."""

import re
from datetime import date
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate, validates_schema

from airbnb.domain.amenities import CATALOGUE
from airbnb.domain.geo.coordinates import Box, InvalidCoordinates
from airbnb.domain.kinds import PropertyType, RoomType
from airbnb.domain.listing_rules import MAX_GUESTS
from airbnb.domain.search_criteria import MAX_FLEX_DAYS, MAX_FLEXIBLE_NIGHTS, MAX_RADIUS_KM, PriceBasis, Sort
from airbnb.schemas.fields import CurrencyCode, Id, MoneyField, text
from airbnb.schemas.paging import PageArgs
from airbnb.schemas.photos import PhotoSchema

MOST_WORDS_LENGTH = 200


class DecimalNumber(fields.Float):
    """A number in a query within a span; NaN and infinity are refused."""

    def __init__(self, low: float, high: float, **kwargs: Any) -> None:
        super().__init__(validate=validate.Range(low, high), allow_nan=False, **kwargs)


class Count(fields.Integer):
    """A whole number in a query within a span."""

    def __init__(self, low: int, high: int, **kwargs: Any) -> None:
        super().__init__(validate=validate.Range(low, high), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not (isinstance(value, str) and value.isascii() and value.isdecimal()):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)


class BBox(fields.String):
    """A box of the map as ``west,south,east,north`` in degrees; west above east runs over the antimeridian."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        written = str(super()._deserialize(value, attr, data, **kwargs)).split(",")
        try:
            west, south, east, north = (float(part) for part in written)
            return Box.from_degrees(south, west, north, east)
        except InvalidCoordinates as error:
            raise ValidationError(f"The {error.field} is out of range.") from error
        except ValueError as error:
            raise ValidationError("Write west,south,east,north in degrees.") from error


class Words(fields.String):
    """A list of words between commas, each out of a catalogue and once."""

    def __init__(self, catalogue: list[str], **kwargs: Any) -> None:
        self.catalogue = frozenset(catalogue)
        super().__init__(validate=validate.Length(1), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        words = str(super()._deserialize(value, attr, data, **kwargs)).split(",")
        unknown = [word for word in words if word not in self.catalogue]
        if unknown:
            raise ValidationError(f"Unknown: {', '.join(unknown)[:200]}.")
        return tuple(dict.fromkeys(words))


class Amount(fields.String):
    """An amount in major units, such as ``80`` or ``80.50``; its currency is the query's."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=validate.Regexp(r"\A(0|[1-9][0-9]{0,9})(\.[0-9]{1,3})?\Z"), **kwargs)


class Month(fields.String):
    """A month as ``YYYY-MM``; loads as its first day."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        written = str(super()._deserialize(value, attr, data, **kwargs))
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}", written):
            raise ValidationError("Write a month as YYYY-MM.")
        try:
            return date.fromisoformat(f"{written}-01")
        except ValueError as error:
            raise ValidationError("There is no such month.") from error


#: Halves of pairs, and what makes no sense without another: the field, and what it needs.
NEEDED = (
    ("lat", "lng"), ("lng", "lat"), ("check_in", "check_out"), ("check_out", "check_in"), ("month", "nights"),
    ("nights", "month"),
)  # fmt: skip


#: What says the same as leaving the field out.
SAYS_NOTHING = {
    "guests": 1, "adults": 1, "children": 0, "infants": 0, "pets": 0, "bedrooms_min": 0, "beds_min": 0,
    "bathrooms_min": 0, "rating_min": 0, "flex_days": 0, "instant_book": False,
}  # fmt: skip


class FilterQuery(Schema):
    """Where, when, who and what."""

    class Meta:
        unknown = RAISE

    q = text(1, MOST_WORDS_LENGTH)
    place_id = Id()
    bbox = BBox()
    lat = DecimalNumber(-90, 90)
    lng = DecimalNumber(-180, 180)
    radius_km = DecimalNumber(0.1, MAX_RADIUS_KM)
    check_in = fields.Date()
    check_out = fields.Date()
    month = Month(metadata={"description": "Together with nights: any stay that begins in this month, YYYY-MM"})
    nights = Count(1, MAX_FLEXIBLE_NIGHTS)
    flex_days = Count(0, MAX_FLEX_DAYS, metadata={"description": "So many days earlier or later will do as well"})
    guests = Count(1, MAX_GUESTS)
    adults = Count(1, MAX_GUESTS)
    children = Count(0, MAX_GUESTS)
    infants = Count(0, MAX_GUESTS)
    pets = Count(0, MAX_GUESTS)
    price_min = Amount()
    price_max = Amount()
    price_basis = fields.Enum(
        PriceBasis,
        by_value=True,
        load_default=PriceBasis.NIGHTLY,
        metadata={"description": "With dates: bounds of the stay price, or of its share of each night"},
    )
    currency = CurrencyCode()
    property_type = Words([kind.value for kind in PropertyType])
    room_type = Words([kind.value for kind in RoomType])
    bedrooms_min = Count(0, 100)
    beds_min = Count(0, 100)
    bathrooms_min = DecimalNumber(0, 100)
    amenities = Words(list(CATALOGUE))
    instant_book = fields.Boolean(truthy={"true"}, falsy={"false"})
    rating_min = DecimalNumber(0, 5)
    host_id = Id()

    @validates_schema
    def check_pairs(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Refuse halves of pairs and two ways of saying the same."""
        errors: dict[str, list[str]] = {}
        for one, other in NEEDED:
            if one in data and other not in data:
                errors[other] = [f"Needed together with {one}."]
        if "radius_km" in data and "lat" not in data:
            errors["radius_km"] = ["Needs lat and lng."]
        if "guests" in data and ("adults" in data or "children" in data):
            errors["guests"] = ["Send guests, or adults and children."]
        if data.get("adults", 1) + data.get("children", 0) > MAX_GUESTS:
            errors["children"] = [f"At most {MAX_GUESTS} guests."]
        if "check_in" in data and "month" in data:
            errors["month"] = ["Send a month, or check_in and check_out."]
        if "flex_days" in data and "check_in" not in data:
            errors["flex_days"] = ["Needs check_in and check_out."]
        if data["price_basis"] is PriceBasis.TOTAL and not {"check_in", "month"} & data.keys():
            errors["price_basis"] = ["Only a stay has a total: send dates."]
        if errors:
            raise ValidationError(errors)

    @post_load
    def say_it_one_way(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Write what means the same in the same way, so that its answer is kept once."""
        said = {name: value for name, value in data.items() if SAYS_NOTHING.get(name) != value}
        if "q" in said:
            said["q"] = " ".join(said["q"].lower().split())
        for name in ("amenities", "property_type", "room_type"):
            if name in said:
                said[name] = tuple(sorted(said[name]))
        return said


class SearchQuery(PageArgs, FilterQuery):
    """What is searched for, and in which order."""

    sort = fields.Enum(Sort, by_value=True, load_default=Sort.RECOMMENDED)

    @validates_schema
    def check_sort(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Refuse an order that lacks its point."""
        if data["sort"] is Sort.DISTANCE and "lat" not in data:
            raise ValidationError({"sort": ["Sorting by distance needs lat and lng."]})


class HitPriceSchema(Schema):
    """A price on a card."""

    amount = fields.String(required=True)
    currency = fields.String(required=True)


class ListingCardSchema(Schema):
    """A hit of the search: the listing's card, and what depends on the search."""

    id = Id(required=True)
    title = fields.String(required=True)
    property_type = fields.Enum(PropertyType, by_value=True, required=True)
    room_type = fields.Enum(RoomType, by_value=True, required=True)
    city = fields.String(required=True)
    country_code = fields.String(required=True)
    latitude = fields.Float(required=True)
    longitude = fields.Float(required=True)
    max_guests = fields.Integer(required=True)
    bedrooms = fields.Integer(required=True)
    beds = fields.Integer(required=True)
    bathrooms = fields.Float(required=True)
    nightly_price = MoneyField(required=True)
    rating = fields.Float(required=True, allow_none=True)
    review_count = fields.Integer(required=True)
    instant_book = fields.Boolean(required=True)
    cover_photo = fields.Nested(PhotoSchema, required=True, allow_none=True)
    photos = fields.List(fields.Nested(PhotoSchema), required=True)
    total_price = MoneyField(metadata={"description": "With dates: the quote's total without added taxes"})
    taxes = MoneyField(metadata={"description": "With dates: the added taxes"})
    nights = fields.Integer(metadata={"description": "With dates"})
    check_in = fields.Date(metadata={"description": "With dates: the stay meant, the cheapest of those that would do"})
    check_out = fields.Date(metadata={"description": "With dates"})
    distance_m = fields.Integer(metadata={"description": "With lat and lng"})
    is_favorite = fields.Boolean(metadata={"description": "Signed in: it stands on a list of the caller's"})
    converted = fields.Boolean(metadata={"description": "Prices were converted for display"})


class FoundPlaceSchema(Schema):
    """The city that was searched in."""

    label = fields.String(required=True)
    bbox = fields.List(fields.Float(), required=True, metadata={"description": "west, south, east, north"})


class SearchMetaSchema(Schema):
    """What the search was understood as."""

    place = fields.Nested(FoundPlaceSchema)
    currency = fields.String(required=True)


class SearchPageInfoSchema(Schema):
    """Where the hits go on, and how many there are."""

    limit = fields.Integer(required=True)
    next_cursor = fields.String(required=True, allow_none=True)
    total = fields.Integer(required=True)
    total_is_capped = fields.Boolean(required=True)


class SearchAnswerSchema(Schema):
    """One page of hits."""

    data = fields.List(fields.Nested(ListingCardSchema), required=True)
    page = fields.Nested(SearchPageInfoSchema, required=True)
    meta = fields.Nested(SearchMetaSchema, required=True)
