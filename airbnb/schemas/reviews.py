"""Shapes of reviews."""

from typing import Any

from marshmallow import Schema, fields

from airbnb.domain.kinds import ReviewSide
from airbnb.domain.review_rules import CATEGORIES, MAX_RATING, MIN_RATING, ReviewOrder
from airbnb.domain.statuses import ReviewStatus
from airbnb.schemas.fields import Id, Instant, text, whole_number, words
from airbnb.schemas.paging import PageArgs, page_of

COMMENT_LENGTH = 5_000
NOTE_LENGTH = 2_000
RESPONSE_LENGTH = 2_000


def _stars(**kwargs: Any) -> fields.Integer:
    return whole_number(MIN_RATING, MAX_RATING, **kwargs)


CategoriesSchema = Schema.from_dict({name: _stars() for name in CATEGORIES}, name="ReviewCategories")


class ReviewCreateSchema(Schema):
    """Body of POST /bookings/{id}/review."""

    rating = _stars(required=True)
    categories = fields.Nested(CategoriesSchema, load_default=dict)
    comment = words(COMMENT_LENGTH, required=True)
    private_note = text(0, NOTE_LENGTH, load_default=None, allow_none=True)


class ReviewPatchSchema(Schema):
    """Body of PATCH /reviews/{id}: what is left out stays; categories replace those of before."""

    rating = _stars()
    categories = fields.Nested(CategoriesSchema)
    comment = words(COMMENT_LENGTH)
    private_note = text(0, NOTE_LENGTH, allow_none=True)


class ResponseCreateSchema(Schema):
    """Body of POST /reviews/{id}/response."""

    text = words(RESPONSE_LENGTH, required=True)


class PersonSchema(Schema):
    """A person as others see them."""

    id = Id(required=True)
    first_name = fields.String(required=True)
    avatar_url = fields.String(required=True, allow_none=True)


class ReviewedListingSchema(Schema):
    """The place that a review or message is about."""

    id = Id(required=True)
    title = fields.String(required=True)


class ReviewResponseSchema(Schema):
    """What the reviewed side says to a review."""

    text = fields.String(required=True)
    created_at = Instant(required=True)


class ReviewSchema(Schema):
    """One side's review; note and booking are there for the two sides alone."""

    id = Id(required=True)
    booking_id = Id(required=True, allow_none=True)
    listing = fields.Nested(ReviewedListingSchema, required=True)
    side = fields.Enum(ReviewSide, by_value=True, required=True)
    author = fields.Nested(PersonSchema, required=True)
    subject = fields.Nested(PersonSchema, required=True)
    rating = fields.Integer(required=True)
    categories = fields.Nested(CategoriesSchema, required=True)
    comment = fields.String(required=True)
    private_note = fields.String(allow_none=True)
    response = fields.Nested(ReviewResponseSchema, required=True, allow_none=True)
    can_respond_until = Instant(allow_none=True)
    status = fields.Enum(ReviewStatus, by_value=True, required=True)
    published_at = Instant(required=True, allow_none=True)
    created_at = Instant(required=True)


class ReviewToWriteSchema(Schema):
    """A stay that waits for the caller's review."""

    booking_id = Id(required=True)
    code = fields.String(required=True)
    side = fields.Enum(ReviewSide, by_value=True, required=True)
    listing = fields.Nested(ReviewedListingSchema, required=True)
    counterparty = fields.Nested(PersonSchema, required=True)
    check_in = fields.Date(required=True)
    check_out = fields.Date(required=True)
    can_write_until = Instant(required=True)


class ReviewsQuery(PageArgs):
    """Query of a list of reviews."""


class PublishedReviewsQuery(PageArgs):
    """Query of a list of published reviews; of as many stars, the latest come first."""

    sort = fields.Enum(ReviewOrder, by_value=True, load_default=ReviewOrder.NEWEST)


class UserReviewsQuery(PublishedReviewsQuery):
    """Query of GET /users/{id}/reviews; ``as`` says in which role the person was reviewed."""

    role = fields.Enum(ReviewSide, by_value=True, data_key="as")


class MyReviewsSchema(page_of(ReviewSchema)):  # type: ignore[misc]  # a class made at run time
    """What the caller wrote, and the stays that wait for a review."""

    to_write = fields.List(fields.Nested(ReviewToWriteSchema), required=True)
