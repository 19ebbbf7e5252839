"""What a change of a stay is priced by: today's prices, put into the booking's currency at its own rate.

Source: docs/rules/booking-changes.md, "The price".
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from airbnb.domain.fees import FeeModel
from airbnb.domain.pricing import PriceRules
from airbnb.domain.pricing.conversion import convert_amount
from airbnb.domain.taxes import TaxRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """What a change is priced by.

    Units: ``rules``, today's prices, ``tax_rules`` and ``coupon_min_minor``, the host subtotal that the coupon asks
    for, are in the listing's currency; ``exchange_rate``, stored on the booking, is what one of it buys of the
    booking's; None when they are the same. ``fees`` are stored too, and so are the percentages off long stays; None
    where the booking is older than these: then today's hold.
    """

    rules: PriceRules
    fees: FeeModel
    today: date
    tax_rules: tuple[TaxRule, ...] = ()
    exchange_rate: Fraction | None = None
    coupon_min_minor: int = 0
    weekly_percent: int | None = None
    monthly_percent: int | None = None


def local_rules(rates: Rates, currency: str) -> PriceRules:
    """Return today's prices in the booking's currency, each converted once at the stored rate.

    What a long stay gets off is what the booking was made with.
    """
    rules = replace(
        rates.rules,
        weekly_percent=rates.rules.weekly_percent if rates.weekly_percent is None else rates.weekly_percent,
        monthly_percent=rates.rules.monthly_percent if rates.monthly_percent is None else rates.monthly_percent,
    )
    if rates.exchange_rate is None:
        return rules

    def convert(amount_minor: int) -> int:
        return convert_price(rates, amount_minor, currency)

    def optional(amount_minor: int | None) -> int | None:
        return None if amount_minor is None else convert(amount_minor)

    overrides: Mapping[date, int] = {night: convert(price) for night, price in rules.overrides.items()}
    return replace(
        rules,
        currency=currency,
        base_minor=convert(rules.base_minor),
        weekend_minor=optional(rules.weekend_minor),
        overrides=overrides,
        seasons=tuple(
            replace(one, nightly_minor=convert(one.nightly_minor), weekend_minor=optional(one.weekend_minor))
            for one in rules.seasons
        ),
        extra_guest_fee_minor=convert(rules.extra_guest_fee_minor),
        pet_fee_minor=convert(rules.pet_fee_minor),
        cleaning_fee_minor=convert(rules.cleaning_fee_minor),
    )


def convert_price(rates: Rates, amount_minor: int, currency: str) -> int:
    """Return an amount of the listing's currency in the booking's, at the stored rate; both in minor units."""
    if rates.exchange_rate is None:
        return amount_minor
    return convert_amount(amount_minor, rates.exchange_rate, source=rates.rules.currency, target=currency)


def local_taxes(rates: Rates, currency: str) -> tuple[TaxRule, ...]:
    """Return the taxes in the booking's currency."""
    return tuple(
        replace(rule, amount_minor=convert_price(rates, rule.amount_minor, currency)) for rule in rates.tax_rules
    )
