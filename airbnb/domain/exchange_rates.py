"""Exchange rates as quotes use them: how old one may be, and what a guest pays by.

Source: docs/rules/money.md, "Exchange rates".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation, localcontext
from fractions import Fraction
from zoneinfo import ZoneInfo

from airbnb.domain.errors import DomainError
from airbnb.domain.money import FULL_BPS

#: The currency that reference rates are counted from.
BASE = "EUR"
#: A rate holds on its own day and so many TARGET days after it.
MAX_AGE_TARGET_DAYS = 2
#: Where the days of the reference rates begin and end.
FRANKFURT = ZoneInfo("Europe/Berlin")
#: Significant digits of a stored rate: more than any published one has.
RATE_DIGITS = 10
LARGEST_RATE = Decimal(10) ** 9
SMALLEST_RATE = Decimal(10) ** -9
CLOSED_DATES = frozenset({(1, 1), (5, 1), (12, 25), (12, 26)})  # month, day
GOOD_FRIDAY, EASTER_MONDAY = timedelta(days=-2), timedelta(days=1)


class ExchangeRateUnavailable(DomainError):
    """There is no rate between two currencies, or only one that is too old."""

    code = "exchange_rate_unavailable"
    message = "There is no current exchange rate from {from} to {to}."


class InvalidRate(ValueError):
    """The text is not a rate that money can be changed at."""


@dataclass(frozen=True, slots=True)
class DatedRate:
    """What one euro is worth on one day."""

    rate: Fraction
    on: date


@dataclass(frozen=True, slots=True)
class QuoteRate:
    """The one rate of a quote, exactly as it is stored: units of the guest's currency for one of the listing's."""

    rate: str
    on: date

    @property
    def exact(self) -> Fraction:
        """The rate as a number."""
        return Fraction(self.rate)


def parse_rate(text: str) -> Decimal:
    """Read a rate such as ``"1.0832"``.

    Raises: InvalidRate for anything but a plain decimal number above zero of a size that currencies have.
    """
    try:
        rate = Decimal(text) if text.isascii() else Decimal("NaN")
    except InvalidOperation as error:
        raise InvalidRate(text) from error
    if not rate.is_finite() or not SMALLEST_RATE <= rate <= LARGEST_RATE:
        raise InvalidRate(text)
    return rate


def rate_text(rate: Fraction) -> str:
    """Return a rate as it is stored: a plain decimal of at most ``RATE_DIGITS`` significant digits."""
    with localcontext() as context:
        context.prec = RATE_DIGITS
        rounded = Decimal(rate.numerator) / Decimal(rate.denominator)
    return format(rounded.normalize(), "f")


def easter(year: int) -> date:
    """Return Easter Sunday of a year.

    Source: the anonymous Gregorian computus (Meeus, Jones, Butcher).
    """
    golden, (century, short) = year % 19, divmod(year, 100)
    moon = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (short // 4) - moon - short % 4) % 7
    late = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def is_target_day(day: date) -> bool:
    """Say whether euro payments are settled on a day: reference rates are published on such days only.

    Source: the ECB's TARGET calendar: closed on weekends, 1 January, Good Friday, Easter Monday, 1 May, 25 and 26
    December.
    """
    if day.weekday() >= 5 or (day.month, day.day) in CLOSED_DATES:
        return False
    return day - easter(day.year) not in (GOOD_FRIDAY, EASTER_MONDAY)


def is_stale(on: date, now: datetime) -> bool:
    """Say whether the rate of a day is too old to charge by: more than two TARGET days have come since.

    Source: docs/rules/money.md, "Exchange rates".
    """
    today, days, day = now.astimezone(FRANKFURT).date(), 0, on
    while day < today and days <= MAX_AGE_TARGET_DAYS:
        day += timedelta(days=1)
        days += is_target_day(day)
    return days > MAX_AGE_TARGET_DAYS


def quote_rate(
    rates: Mapping[str, DatedRate], source: str, target: str, *, margin_bps: int, now: datetime
) -> QuoteRate:
    """Return the rate that a guest pays by, the margin added; it is dated by the older of the two rates behind it.

    Raises: ExchangeRateUnavailable when one is missing or stale.
    Source: docs/rules/money.md, "Exchange rates".
    """
    known = [rates.get(code) for code in (source, target) if code != BASE]
    used = [rate for rate in known if rate is not None and not is_stale(rate.on, now)]
    if len(used) < len(known) or not used:
        raise ExchangeRateUnavailable(**{"from": source, "to": target})
    one = Fraction(1)
    between = (rates[target].rate if target != BASE else one) / (rates[source].rate if source != BASE else one)
    return QuoteRate(
        rate=rate_text(between * (FULL_BPS + margin_bps) / FULL_BPS),
        on=min(rate.on for rate in used),
    )
