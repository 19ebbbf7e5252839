"""Fields that every schema shares: ids, money, instants; strict on input, exact on output."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from marshmallow import ValidationError, fields, validate

from airbnb.domain.card_numbers import has_card_number
from airbnb.domain.currencies import is_currency
from airbnb.domain.ids import MAX_ID
from airbnb.domain.money import Money, format_amount, parse_money


class Id(fields.String):
    """An id: an integer inside, a string of digits in JSON."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("metadata", {}).setdefault("pattern", "^[0-9]{1,19}$")
        super().__init__(**kwargs)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else str(value)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        if not (text.isascii() and text.isdecimal() and len(text) <= 19 and int(text) <= MAX_ID):
            raise ValidationError("Not a valid id.")
        return int(text)


class CurrencyCode(fields.String):
    """An ISO 4217 code in capitals."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("metadata", {}).update({"pattern": "^[A-Z]{3}$", "example": "EUR"})
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        code = str(super()._deserialize(value, attr, data, **kwargs))
        if not is_currency(code):
            raise ValidationError("Not a currency code of ISO 4217.")
        return code


class MoneyField(fields.Field[Money]):
    """Money as ``{"amount": "120.00", "currency": "EUR"}``; exactly the currency's digits, or refused."""

    def __init__(self, *, negative: bool = False, **kwargs: Any) -> None:
        sign = "-?" if negative else ""
        kwargs.setdefault("metadata", {}).update(
            {
                "type": "object",
                "required": ["amount", "currency"],
                "additionalProperties": False,
                "properties": {
                    "amount": {"type": "string", "pattern": rf"^{sign}[0-9]+(\.[0-9]+)?$", "example": "120.00"},
                    "currency": {"type": "string", "pattern": "^[A-Z]{3}$", "example": "EUR"},
                },
            }
        )
        super().__init__(**kwargs)

    def _serialize(self, value: Money | None, attr: str | None, obj: Any, **kwargs: Any) -> dict[str, str] | None:
        if value is None:
            return None
        return {"amount": format_amount(value.amount_minor, value.currency), "currency": value.currency}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Money:
        if not isinstance(value, dict) or set(value) != {"amount", "currency"}:
            raise ValidationError('Write money as {"amount": "120.00", "currency": "EUR"}.')
        amount, currency = value["amount"], value["currency"]
        if not isinstance(currency, str) or not is_currency(currency):
            raise ValidationError({"currency": ["Not a currency code of ISO 4217."]})
        if not isinstance(amount, str):
            raise ValidationError({"amount": ["Write the amount as a text of digits."]})
        try:
            return parse_money(amount, currency)
        except ValueError as error:
            raise ValidationError({"amount": [str(error)]}) from error


class Instant(fields.AwareDateTime):
    """An instant in UTC, written with Z."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="iso", default_timezone=UTC, **kwargs)

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        if value is None:
            return None
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def text(low: int, high: int, **kwargs: Any) -> fields.String:
    """Return a text field of a length, without characters that neither people nor databases can use, nor cards."""

    def check_letters(value: str) -> None:
        # A text that is refused for its length is not read: it may be giant.
        if len(value) <= high:
            _no_control_characters(value)
            _no_card_number(value)

    return fields.String(validate=[validate.Length(low, high), check_letters], **kwargs)


def words(high: int, **kwargs: Any) -> fields.String:
    """Return a text field that holds more than blanks."""
    field = text(1, high, **kwargs)
    field.validators.append(_not_blank)
    return field


def whole_number(low: int, high: int, **kwargs: Any) -> fields.Integer:
    """Return a field for a JSON number without a fraction, in a range."""
    return fields.Integer(strict=True, validate=validate.Range(low, high), **kwargs)


def _no_card_number(value: str) -> None:
    if has_card_number(value):
        raise ValidationError("This looks like the number of a card. Never send it to anybody here.")


def _no_control_characters(value: str) -> None:
    if any((ord(letter) < 32 and letter not in "\n\r\t") or 0xD800 <= ord(letter) <= 0xDFFF for letter in value):
        raise ValidationError("Control characters are not allowed.")


def _not_blank(value: str) -> None:
    if not value.strip():
        raise ValidationError("Must not be blank.")
