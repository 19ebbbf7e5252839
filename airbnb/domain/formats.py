"""Writing money, dates and instants for people, in their language."""

import copy
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time
from babel.numbers import format_decimal

from airbnb.domain.currencies import exponent


def money_text(amount_minor: int, currency: str, locale: Locale) -> str:
    """Write an amount with exactly the currency's ISO 4217 digits.

    Units: minor units in.
    """
    digits = exponent(currency)
    # CLDR shows fewer digits of some currencies than they have; an amount here is never rounded.
    pattern = copy.copy(locale.currency_formats["standard"])
    pattern.frac_prec = (digits, digits)
    value = Decimal(amount_minor).scaleb(-digits)
    return str(pattern.apply(value, locale, currency=currency, currency_digits=False))


def number_text(number: str, locale: Locale) -> str:
    """Write a decimal with all the digits that it has."""
    return str(format_decimal(Decimal(number), locale=locale, decimal_quantization=False))


def day_text(day: date | str, locale: Locale) -> str:
    """Write a local date with its weekday; takes ISO text too."""
    value = date.fromisoformat(day) if isinstance(day, str) else day
    return format_date(value, "EEE, d MMM y" if locale.language == "en" else "full", locale=locale)


def moment_text(instant: datetime | str, zone: str, locale: Locale) -> str:
    """Write an instant in a listing's time zone; takes ISO text too."""
    value = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
    local = value.astimezone(ZoneInfo(zone))
    return f"{day_text(local.date(), locale)}, {format_time(local.time(), 'short', locale=locale)}"


def one_line(text: str) -> str:
    """Return a user's text as one line without invisible characters, fit for a subject or a sentence."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
