"""Shapes of the calendars of all of a host's listings."""

from marshmallow import Schema, fields

from airbnb.schemas.calendar import NightSchema, day
from airbnb.schemas.fields import Id
from airbnb.schemas.paging import PageArgs


class MultiCalendarQuery(PageArgs):
    """The span ``[from, to)``, and which listings."""

    first = day(data_key="from")
    until = day(data_key="to")


class ListingCalendarSchema(Schema):
    """One listing's nights."""

    listing_id = Id(required=True)
    title = fields.String(required=True)
    currency = fields.String(required=True)
    time_zone = fields.String(required=True)
    nights = fields.List(fields.Nested(NightSchema), required=True)
