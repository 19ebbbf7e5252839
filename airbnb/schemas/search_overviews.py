"""The shapes of a search's map and of its facets."""

from marshmallow import Schema, fields, validate

from airbnb.schemas.fields import Id, MoneyField
from airbnb.schemas.search import FilterQuery


class OverviewQuery(FilterQuery):
    """What the map and the facets are about: the search's own filters."""


class PinSchema(Schema):
    """One listing on the map, at its public place."""

    id = Id(required=True)
    latitude = fields.Float(required=True)
    longitude = fields.Float(required=True)
    price = MoneyField(
        required=True,
        allow_none=True,
        metadata={"description": "Of the stay; without dates of a weekday night. Null where no exchange rate is known"},
    )


class ClusterSchema(Schema):
    """Many listings in one cell of the map."""

    latitude = fields.Float(required=True, metadata={"description": "The middle of the listings"})
    longitude = fields.Float(required=True)
    count = fields.Integer(required=True)
    min_price = MoneyField(required=True, allow_none=True)
    bbox = fields.List(fields.Float(), required=True, metadata={"description": "west, south, east, north"})


class SearchMapSchema(Schema):
    """Up to 300 pins, or clusters where there are more."""

    kind = fields.String(required=True, validate=validate.OneOf(["pins", "clusters"]))
    pins = fields.List(fields.Nested(PinSchema))
    clusters = fields.List(fields.Nested(ClusterSchema))


class FacetSchema(Schema):
    """How many matches have one thing."""

    slug = fields.String(required=True)
    count = fields.Integer(required=True)


class HistogramSchema(Schema):
    """How many prices lie from each edge up to the next; the bounds of the price are left aside."""

    currency = fields.String(required=True)
    edges = fields.List(fields.String(), required=True, metadata={"description": "One more than counts"})
    counts = fields.List(fields.Integer(), required=True)


class FacetsSchema(Schema):
    """The figures beside the filters."""

    total = fields.Integer(required=True)
    amenities = fields.List(fields.Nested(FacetSchema), required=True)
    property_types = fields.List(fields.Nested(FacetSchema), required=True)
    room_types = fields.List(fields.Nested(FacetSchema), required=True)
    price_histogram = fields.Nested(HistogramSchema, required=True)
