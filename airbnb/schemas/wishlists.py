"""Shapes of lists of listings."""

from marshmallow import Schema, fields

from airbnb.schemas.fields import Id, Instant
from airbnb.schemas.listing_fields import line
from airbnb.schemas.paging import PageArgs, PageSchema
from airbnb.schemas.photos import PhotoSchema
from airbnb.schemas.search import ListingCardSchema

NAME_LENGTH = 80


class WishlistCreateSchema(Schema):
    """Body of POST /wishlists."""

    name = line(NAME_LENGTH, required=True)


class WishlistPatchSchema(Schema):
    """Body of PATCH /wishlists/{id}."""

    name = line(NAME_LENGTH)


class WishlistSchema(Schema):
    """A list from outside; only listings that are published count and show."""

    id = Id(required=True)
    name = fields.String(required=True)
    listing_count = fields.Integer(required=True)
    cover_photo = fields.Nested(
        PhotoSchema, required=True, allow_none=True, metadata={"description": "Of the listing added last"}
    )
    created_at = Instant(required=True)


class WishlistDetailSchema(WishlistSchema):
    """A list and a page of its listings, the latest added first."""

    data = fields.List(fields.Nested(ListingCardSchema), required=True)
    page = fields.Nested(PageSchema, required=True)


class WishlistsQuery(PageArgs):
    """Query of GET /wishlists and GET /wishlists/{id}."""
