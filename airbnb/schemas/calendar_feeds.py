"""Shapes of calendars exchanged with other sites."""

from marshmallow import Schema, fields, validate

from airbnb.domain.fetch_targets import MAX_URL_LENGTH
from airbnb.domain.statuses import ConflictResolution
from airbnb.schemas.fields import Id, Instant
from airbnb.schemas.listing_fields import line
from airbnb.schemas.paging import PageArgs

NAME_LENGTH = 80


class FeedTokenQuery(Schema):
    """The key to a listing's own feed."""

    token = fields.String(required=True, validate=validate.Length(1, 100))


class FeedUrlSchema(Schema):
    """Where other sites find a listing's calendar; shown once."""

    url = fields.URL(required=True)


class FeedCreateSchema(Schema):
    """Body of ``POST /listings/{id}/calendar-feeds``."""

    name = line(NAME_LENGTH, required=True)
    url = line(MAX_URL_LENGTH, required=True)


class FeedSchema(Schema):
    """An imported calendar and how fetching it goes."""

    id = Id(required=True)
    name = fields.String(required=True)
    url = fields.String(required=True)
    created_at = Instant(required=True)
    health = fields.String(required=True, validate=validate.OneOf(["waiting", "ok", "failing"]))
    error = fields.String(required=True, allow_none=True)
    failures = fields.Integer(required=True)
    event_count = fields.Integer(required=True)
    last_tried_at = Instant(required=True, allow_none=True)
    last_success_at = Instant(required=True, allow_none=True)
    age_seconds = fields.Integer(required=True, allow_none=True)
    next_sync_at = Instant(required=True)


class FeedsSchema(Schema):
    """A listing's imported calendars."""

    data = fields.List(fields.Nested(FeedSchema), required=True)


class ConflictsQuery(PageArgs):
    """Which conflicts; all unless told otherwise."""

    open = fields.Boolean()


class ConflictSchema(Schema):
    """A feed's event that wants nights of a booking."""

    id = Id(required=True)
    listing_id = Id(required=True)
    feed_id = Id(required=True)
    booking_id = Id(required=True)
    starts_on = fields.Date(required=True, data_key="from")
    ends_on = fields.Date(required=True, data_key="to")
    created_at = Instant(required=True)
    resolved_at = Instant(required=True, allow_none=True)
    resolution = fields.Enum(ConflictResolution, by_value=True, required=True, allow_none=True)
