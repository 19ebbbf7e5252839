"""Shapes of signing up, in and out, and of passwords and mailed tokens."""

from marshmallow import Schema, fields, validate

from airbnb.domain.kinds import Role
from airbnb.domain.passwords import MAX_LENGTH, MIN_LENGTH
from airbnb.schemas.fields import CurrencyCode, text
from airbnb.schemas.people import EmailAddress, LanguageTag, name
from airbnb.schemas.second_factors import CODE_LENGTH
from airbnb.schemas.users import UserSchema

TOKEN_LENGTH = 200


class RegisterSchema(Schema):
    """Body of POST /auth/register."""

    email = EmailAddress(required=True)
    password = text(MIN_LENGTH, MAX_LENGTH, required=True)
    first_name = name(required=True)
    last_name = name(low=0, required=True)
    role = fields.Enum(Role, by_value=True, required=True, validate=validate.OneOf([Role.GUEST, Role.HOST]))
    birth_date = fields.Date(allow_none=True)
    locale = LanguageTag()
    currency = CurrencyCode()
    accepted_terms_version = text(1, 40, allow_none=True)
    marketing_opt_in = fields.Boolean(truthy={True}, falsy={False})


class LoginSchema(Schema):
    """Body of POST /auth/login."""

    email = EmailAddress(required=True)
    password = text(1, MAX_LENGTH, required=True)
    totp_code = text(
        1, CODE_LENGTH, metadata={"description": "Of the authenticator app, or a recovery code; if one is set up"}
    )


class SignedInSchema(Schema):
    """An account and the tokens to use it with."""

    user = fields.Nested(UserSchema, required=True)
    access_token = fields.String(required=True)
    refresh_token = fields.String(required=True)
    token_type = fields.String(required=True, validate=validate.Equal("Bearer"))
    expires_in = fields.Integer(required=True, metadata={"description": "Seconds that the access token lives"})


class TokenSchema(Schema):
    """Body of the routes that mailed links lead to."""

    token = text(1, TOKEN_LENGTH, required=True)


class ForgotPasswordSchema(Schema):
    """Body of POST /auth/password/forgot."""

    email = EmailAddress(required=True)


class ResetPasswordSchema(TokenSchema):
    """Body of POST /auth/password/reset."""

    password = text(MIN_LENGTH, MAX_LENGTH, required=True)


class ChangePasswordSchema(Schema):
    """Body of POST /auth/password/change; without a password yet, ``current_password`` is left out."""

    current_password = text(1, MAX_LENGTH)
    password = text(MIN_LENGTH, MAX_LENGTH, required=True)
