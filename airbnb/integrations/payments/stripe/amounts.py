"""Amounts as Stripe counts them, which for a few currencies isn't in their smallest unit.

Source: docs/rules/money.md, "What providers take"; https://docs.stripe.com/currencies.
"""

from airbnb.domain.currencies import EXPONENTS, exponent
from airbnb.domain.kinds import Provider
from airbnb.domain.provider_currencies import TABLE
from airbnb.integrations.payments.protocol import GatewayRefused

_CURRENCIES = TABLE[Provider.STRIPE]


def to_stripe(amount_minor: int, currency: str) -> int:
    """Return an amount in Stripe's units. Raises: GatewayRefused for a currency or an amount that Stripe can't take."""
    known = _CURRENCIES.get(currency)
    if known is None:
        raise GatewayRefused("currency_not_supported")
    if amount_minor % known.step_minor:
        raise GatewayRefused("invalid_amount")
    return _shift(amount_minor, known.digits - exponent(currency))


def from_stripe(amount: int, currency: str) -> int:
    """Return an amount of Stripe's in the currency's smallest unit; of a currency that we don't know, as it is."""
    if currency not in _CURRENCIES or currency not in EXPONENTS:
        return amount
    return _shift(amount, exponent(currency) - _CURRENCIES[currency].digits)


def _shift(amount: int, digits: int) -> int:
    factor = int(10 ** abs(digits))
    return amount * factor if digits >= 0 else amount // factor
