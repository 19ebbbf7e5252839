"""Shapes of accounts and public profiles."""

from marshmallow import Schema, ValidationError, fields, validate

from airbnb.domain.kinds import Role
from airbnb.schemas.fields import CurrencyCode, Id, Instant, text
from airbnb.schemas.people import LanguageTag, PhoneNumber, name

BIO_LENGTH = 2_000
MOST_LANGUAGES = 20


class UserSchema(Schema):
    """An account as its owner sees it."""

    id = Id(required=True)
    email = fields.String(required=True)
    email_verified = fields.Boolean(required=True)
    first_name = fields.String(required=True)
    last_name = fields.String(required=True)
    phone = fields.String(required=True, allow_none=True)
    bio = fields.String(required=True, allow_none=True)
    languages = fields.List(fields.String(), required=True)
    locale = fields.String(required=True)
    currency = fields.String(required=True)
    avatar_url = fields.String(required=True, allow_none=True)
    roles = fields.List(fields.Enum(Role, by_value=True), required=True)
    birth_date = fields.Date(required=True, allow_none=True)
    created_at = Instant(required=True)


def _no_language_twice(tags: list[str]) -> None:
    if len(set(tags)) < len(tags):
        raise ValidationError("A language is there twice.")


class UserPatchSchema(Schema):
    """Body of PATCH /users/me: what is left out stays, null clears."""

    first_name = name()
    last_name = name(low=0)
    phone = PhoneNumber(allow_none=True)
    bio = text(0, BIO_LENGTH, allow_none=True)
    languages = fields.List(LanguageTag(), validate=[validate.Length(0, MOST_LANGUAGES), _no_language_twice])
    locale = LanguageTag()
    currency = CurrencyCode()
    birth_date = fields.Date(allow_none=True)
    accepted_terms_version = text(1, 40)
    marketing_opt_in = fields.Boolean(truthy={True}, falsy={False})


class ReviewFiguresSchema(Schema):
    """How somebody was rated on one side: the mean of the stars and how many reviews it comes from."""

    rating = fields.Float(required=True, allow_none=True)
    count = fields.Integer(required=True)


class PublicProfileSchema(Schema):
    """A person as everybody sees them."""

    id = Id(required=True)
    first_name = fields.String(required=True)
    avatar_url = fields.String(required=True, allow_none=True)
    bio = fields.String(required=True, allow_none=True)
    languages = fields.List(fields.String(), required=True)
    since = Instant(required=True)
    reviews_as_host = fields.Nested(ReviewFiguresSchema, required=True)
    reviews_as_guest = fields.Nested(ReviewFiguresSchema, required=True)


class CountersSchema(Schema):
    """How much waits for the caller."""

    unread_notifications = fields.Integer(required=True)
    unread_messages = fields.Integer(required=True)
    pending_requests = fields.Integer(required=True)
    pending_reviews = fields.Integer(required=True)
