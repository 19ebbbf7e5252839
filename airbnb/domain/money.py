"""Exact amounts of money: integers in a currency's smallest unit, and the one place where rounding happens."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from airbnb.domain.currencies import exponent

FULL_BPS = 10_000
BPS_PER_PERCENT = 100
#: The largest amount taken from outside: what every JSON reader can hold exactly.
MAX_AMOUNT_MINOR = 2**53


class InvalidAmount(ValueError):
    """The text is not an exact amount of its currency."""


class MixedCurrencies(ValueError):
    """Amounts of two currencies were added or compared."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in one currency.

    Units: ``amount_minor`` in the currency's smallest unit; may be negative (a discount, a debit).
    """

    amount_minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.amount_minor) is not int:
            raise InvalidAmount(f"minor units must be an integer, not {self.amount_minor!r}")
        exponent(self.currency)

    def __str__(self) -> str:
        return f"{format_amount(self.amount_minor, self.currency)} {self.currency}"

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount_minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount_minor - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount_minor, self.currency)

    def __mul__(self, times: int) -> "Money":
        return Money(self.amount_minor * times, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.amount_minor < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.amount_minor <= self._same(other)

    def __gt__(self, other: "Money") -> bool:
        return self.amount_minor > self._same(other)

    def __ge__(self, other: "Money") -> bool:
        return self.amount_minor >= self._same(other)

    def _same(self, other: "Money") -> int:
        if self.currency != other.currency:
            raise MixedCurrencies(f"{self.currency} and {other.currency}")
        return other.amount_minor


def parse_money(text: object, currency: str) -> Money:
    """Read an amount such as ``"120.00"`` exactly; nothing is ever rounded.

    Units: the text is in major units with exactly the currency's digits and no sign, space or exponent.
    Raises: InvalidAmount, also above ``MAX_AMOUNT_MINOR``; UnknownCurrency.
    Source: docs/rules/money.md, "Amounts as text".
    """
    digits = exponent(currency)
    fraction = rf"\.[0-9]{{{digits}}}" if digits else ""
    if not isinstance(text, str) or not re.fullmatch(rf"(?:0|[1-9][0-9]{{0,16}}){fraction}", text):
        raise InvalidAmount(f"expected an amount such as {format_amount(12 * 10**digits, currency)}")
    amount_minor = int(text.replace(".", ""))
    if amount_minor > MAX_AMOUNT_MINOR:
        raise InvalidAmount("the amount is too large")
    return Money(amount_minor, currency)


def format_amount(amount_minor: int, currency: str) -> str:
    """Write an amount as the API does: ``12000`` is ``"120.00"`` EUR, ``"12000"`` JPY, ``"12.000"`` KWD.

    Units: minor units in; major units with exactly the currency's digits out, ``-`` before a negative one.
    """
    digits = exponent(currency)
    sign = "-" if amount_minor < 0 else ""
    whole, part = divmod(abs(amount_minor), 10**digits)
    return f"{sign}{whole}.{part:0{digits}d}" if digits else f"{sign}{whole}"


def half_up(numerator: int, denominator: int) -> int:
    """Divide and round to the nearest integer, halves away from zero; the only rounding of money there is.

    Halves go away from zero so that a refund of a line is the exact opposite of the line.
    Needs: ``denominator`` above zero.
    Source: docs/rules/money.md, "Rounding".
    """
    if denominator <= 0:
        raise ValueError("the denominator must be above zero")
    magnitude = (2 * abs(numerator) + denominator) // (2 * denominator)
    return magnitude if numerator >= 0 else -magnitude


def apply_bps(amount_minor: int, bps: int) -> int:
    """Return a rate's share of an amount, rounded half-up.

    Units: minor units; basis points (1,400 = 14 %).
    """
    return half_up(amount_minor * bps, FULL_BPS)


def split_evenly(total_minor: int, parts: int) -> tuple[int, ...]:
    """Split an amount into equal parts; leftover units go to the earliest ones.

    Source: docs/rules/money.md, "Splitting".
    """
    if parts <= 0:
        raise ValueError("an amount is split into at least one part")
    sign = -1 if total_minor < 0 else 1
    share, leftover = divmod(abs(total_minor), parts)
    return tuple(sign * (share + (index < leftover)) for index in range(parts))


def allocate(total_minor: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Split an amount in proportion to weights; the parts always sum to the amount.

    Each part is first rounded towards zero; the units left over go one each to the largest fractions, and among
    equal fractions to the earliest. A part of weight zero gets nothing; if all weights are zero, the split is even.
    Needs: at least one weight, none negative.
    Source: docs/rules/money.md, "Splitting".
    """
    whole = sum(weights)
    if not weights or min(weights) < 0:
        raise ValueError("weights must be there and not negative")
    if whole == 0:
        return split_evenly(total_minor, len(weights))
    sign = -1 if total_minor < 0 else 1
    shares = [divmod(abs(total_minor) * weight, whole) for weight in weights]
    leftover = abs(total_minor) - sum(share for share, _ in shares)
    by_fraction = sorted(range(len(shares)), key=lambda index: -shares[index][1])
    lucky = frozenset(by_fraction[:leftover])
    return tuple(sign * (share + (index in lucky)) for index, (share, _) in enumerate(shares))
