"""Shapes of moving an account to another e-mail address."""

from marshmallow import Schema

from airbnb.domain.passwords import MAX_LENGTH
from airbnb.schemas.fields import text
from airbnb.schemas.people import EmailAddress


class ChangeEmailSchema(Schema):
    """Body of POST /auth/email/change; without a password yet, ``password`` is left out."""

    email = EmailAddress(required=True)
    password = text(1, MAX_LENGTH)
