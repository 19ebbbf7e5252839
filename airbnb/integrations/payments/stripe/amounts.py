"""Amounts as Stripe counts them, which for a few currencies isn't in their smallest unit.

Source: https://docs.stripe.com/currencies ("Zero-decimal", "Special cases", "Three-decimal").
"""

from airbnb.integrations.payments.protocol import GatewayRefused

#: Currencies without decimals that Stripe still counts in hundredths.
_IN_HUNDREDTHS = frozenset({"ISK", "UGX"})
#: Currencies with three decimals, of which Stripe takes two: the last digit must be 0.
_THREE_DECIMALS = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})


def to_stripe(amount_minor: int, currency: str) -> int:
    """Return an amount in Stripe's units. Raises: GatewayRefused ``invalid_amount`` for what Stripe can't express."""
    if currency in _THREE_DECIMALS and amount_minor % 10:
        raise GatewayRefused("invalid_amount")
    return amount_minor * _factor(currency)


def from_stripe(amount: int, currency: str) -> int:
    """Return an amount of Stripe's in the currency's smallest unit."""
    return amount // _factor(currency)


def _factor(currency: str) -> int:
    return 100 if currency in _IN_HUNDREDTHS else 1
