"""Fields about people: addresses, numbers, languages, names."""

from collections.abc import Mapping
from typing import Any

import phonenumbers
from babel import Locale, UnknownLocaleError
from marshmallow import ValidationError, fields, validate

from airbnb.schemas.fields import text

EMAIL_LENGTH = 254
NAME_LENGTH = 80
LANGUAGE_TAG_LENGTH = 12


class EmailAddress(fields.Email):
    """An e-mail address, kept in lower case; ASCII, as every mail server takes it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=validate.Length(3, EMAIL_LENGTH), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        address = str(super()._deserialize(value, attr, data, **kwargs)).lower()
        if not address.isascii():
            raise ValidationError("Not a valid email address.")
        return address


class PhoneNumber(fields.String):
    """A telephone number with country code, kept as E.164."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("metadata", {}).update({"example": "+35312345678", "description": "E.164"})
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        written = str(super()._deserialize(value, attr, data, **kwargs))
        try:
            number = phonenumbers.parse(written)
        except phonenumbers.NumberParseException:
            number = None
        if number is None or len(written) > 40 or number.extension or not phonenumbers.is_possible_number(number):
            raise ValidationError("Write the number with its country code, such as +353 1 234 5678.")
        return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


class LanguageTag(fields.String):
    """A language as in BCP 47, such as ``en`` or ``pt-BR``."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("metadata", {}).update({"example": "pt-BR", "description": "BCP 47"})
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        tag = str(super()._deserialize(value, attr, data, **kwargs))
        try:
            parsed = str(Locale.parse(tag, sep="-")).replace("_", "-") if len(tag) <= LANGUAGE_TAG_LENGTH else ""
        except (ValueError, UnknownLocaleError):
            parsed = ""
        if not parsed or len(parsed) > LANGUAGE_TAG_LENGTH:
            raise ValidationError("Not a language tag of BCP 47.")
        return parsed


def name(*, low: int = 1, **kwargs: Any) -> fields.String:
    """Return the field of a first or last name."""
    field = text(low, NAME_LENGTH, **kwargs)
    if low:
        field.validators.append(_not_blank)
    return field


def _not_blank(value: str) -> None:
    if not value.strip():
        raise ValidationError("Must not be blank.")
