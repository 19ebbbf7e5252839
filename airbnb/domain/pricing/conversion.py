"""How a quote is put into another currency: every line once, the total from the lines.

Source: docs/rules/prices.md, "Paying in another currency".
"""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from airbnb.domain.currencies import exponent
from airbnb.domain.exchange_rates import QuoteRate
from airbnb.domain.money import allocate, half_up
from airbnb.domain.pricing.shapes import NEGATIVE_KINDS, NIGHT_KINDS, LineKind, PricedNight, PriceLine, Quote


class UnusableRate(ValueError):
    """An exchange rate must be above zero."""


def convert_amount(amount_minor: int, rate: Decimal | Fraction, *, source: str, target: str) -> int:
    """Convert an amount at a rate, rounded once, half-up.

    Units: minor units of ``source`` in, of ``target`` out; ``rate`` is the ``target`` that one ``source`` buys, in
    major units.
    Raises: UnusableRate; UnknownCurrency.
    """
    if (isinstance(rate, Decimal) and not rate.is_finite()) or rate <= 0:
        raise UnusableRate(str(rate))
    exact = Fraction(rate) * amount_minor * Fraction(10) ** (exponent(target) - exponent(source))
    return half_up(exact.numerator, exact.denominator)


def convert_quote(quote: Quote, rate: QuoteRate, currency: str) -> Quote:
    """Return a quote that the guest pays in another currency; its total is the sum of its converted lines.

    The nights' prices are shared out so that they sum to their converted lines. What the host gets stays as it is:
    hosts earn in the listing's own currency.
    Units: ``rate`` is the ``currency`` that one unit of the quote's own buys.
    Raises: UnusableRate; UnknownCurrency.
    Source: docs/rules/prices.md, "Paying in another currency".
    """
    exact = rate.exact

    def converted(amount_minor: int) -> int:
        return convert_amount(amount_minor, exact, source=quote.currency, target=currency)

    lines = _settle_coupon(
        quote,
        _settle_discounts(
            quote,
            tuple(
                replace(
                    line,
                    amount_minor=converted(line.amount_minor),
                    unit_minor=None if line.unit_minor is None else converted(line.unit_minor),
                )
                for line in quote.lines
            ),
        ),
    )
    included = tuple(replace(tax, amount_minor=converted(tax.amount_minor)) for tax in quote.taxes_included)
    return replace(
        quote,
        currency=currency,
        lines=lines,
        taxes_included=included,
        nights=_nights(quote, lines),
        total_minor=sum(line.amount_minor for line in lines),
        guest_service_fee_minor=sum(line.amount_minor for line in lines if line.kind is LineKind.GUEST_SERVICE_FEE),
        exchange_rate=rate.rate,
        exchange_rate_on=rate.on,
    )


def _settle_discounts(quote: Quote, lines: tuple[PriceLine, ...]) -> tuple[PriceLine, ...]:
    """Let rounding never make discounts larger than the nights, nor charge for nights that are free."""
    last = max((index for index, line in enumerate(lines) if line.kind in NIGHT_KINDS), default=-1)
    is_free = sum(line.amount_minor for line in quote.lines if line.kind in NIGHT_KINDS) == 0
    left_minor, settled = 0, []
    for index, line in enumerate(lines):
        if line.kind in NIGHT_KINDS & NEGATIVE_KINDS and (
            line.amount_minor < -left_minor or (is_free and index == last)
        ):
            line = replace(line, amount_minor=-left_minor, unit_minor=-left_minor)
        if line.kind in NIGHT_KINDS:
            left_minor += line.amount_minor
        settled.append(line)
    return tuple(settled)


def _settle_coupon(quote: Quote, lines: tuple[PriceLine, ...]) -> tuple[PriceLine, ...]:
    """Keep a stay that a coupon pays whole at exactly nothing, whatever the rounding of the other lines."""
    total_minor = sum(line.amount_minor for line in lines)
    if total_minor > 0 and quote.total_minor > 0:
        return lines
    return tuple(
        replace(line, amount_minor=line.amount_minor - total_minor, unit_minor=line.amount_minor - total_minor)
        if line.kind is LineKind.COUPON
        else line
        for line in lines
    )


def _nights(quote: Quote, lines: tuple[PriceLine, ...]) -> tuple[PricedNight, ...]:
    prices_minor = sum(line.amount_minor for line in lines if line.kind in NIGHT_KINDS)
    bases_minor = sum(line.amount_minor for line in lines if line.kind is LineKind.NIGHTS)
    return tuple(
        replace(night, price_minor=price, base_minor=base)
        for night, price, base in zip(
            quote.nights,
            allocate(prices_minor, [night.price_minor for night in quote.nights]),
            allocate(bases_minor, [night.base_minor for night in quote.nights]),
            strict=True,
        )
    )
