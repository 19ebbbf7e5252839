"""How a quote is put into another currency: every line once, the total from the lines.

Source: docs/rules/prices.md, "Paying in another currency".
"""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from airbnb.domain.currencies import exponent
from airbnb.domain.money import allocate, half_up
from airbnb.domain.pricing.rules import CouponFunding
from airbnb.domain.pricing.shapes import HOST_KINDS, NIGHT_KINDS, LineKind, PricedNight, PriceLine, Quote
from airbnb.domain.taxes import RemittedBy


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


def convert_quote(quote: Quote, rate: Decimal | Fraction, currency: str) -> Quote:
    """Return a quote in another currency; its total is the sum of its converted lines.

    The nights' prices are shared out so that they sum to their converted lines. What the host gets is for show:
    hosts are paid from the listing's own currency.
    Units: ``rate`` is the ``currency`` that one unit of the quote's own buys.
    Raises: UnusableRate; UnknownCurrency.
    Source: docs/rules/prices.md, "Paying in another currency".
    """

    def converted(amount_minor: int) -> int:
        return convert_amount(amount_minor, rate, source=quote.currency, target=currency)

    lines = _settle_coupon(
        quote,
        tuple(
            replace(
                line,
                amount_minor=converted(line.amount_minor),
                unit_minor=None if line.unit_minor is None else converted(line.unit_minor),
            )
            for line in quote.lines
        ),
    )
    included = tuple(replace(tax, amount_minor=converted(tax.amount_minor)) for tax in quote.taxes_included)
    changed = replace(quote, currency=currency, lines=lines, taxes_included=included)
    host_fee_minor = converted(quote.host_service_fee_minor)
    return replace(
        changed,
        nights=_nights(quote, lines),
        total_minor=sum(line.amount_minor for line in lines),
        host_subtotal_minor=changed.amount_of(*HOST_KINDS),
        guest_service_fee_minor=changed.amount_of(LineKind.GUEST_SERVICE_FEE),
        host_service_fee_minor=host_fee_minor,
        host_taxes_minor=_host_taxes(lines),
        host_payout_minor=_host_payout(changed, host_fee_minor),
    )


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
    prices_minor = max(0, sum(line.amount_minor for line in lines if line.kind in NIGHT_KINDS))
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


def _host_taxes(lines: tuple[PriceLine, ...]) -> int:
    return sum(line.amount_minor for line in lines if line.remitted_by is RemittedBy.HOST)


def _host_payout(quote: Quote, host_fee_minor: int) -> int:
    coupon_minor = quote.amount_of(LineKind.COUPON) if quote.coupon_funded_by is CouponFunding.HOST else 0
    withheld_minor = sum(tax.amount_minor for tax in quote.taxes_included if tax.remitted_by is RemittedBy.PLATFORM)
    subtotal_minor = quote.amount_of(*HOST_KINDS)
    return subtotal_minor - host_fee_minor + coupon_minor - withheld_minor + _host_taxes(quote.lines)
