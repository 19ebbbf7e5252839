"""Amounts as PayPal writes them: decimal texts, which for a few currencies take no decimals.

Source: docs/rules/money.md, "What providers take"; https://developer.paypal.com/api/rest/reference/currency-codes/.
"""

from decimal import Decimal
from typing import Any

from airbnb.domain.currencies import EXPONENTS, exponent
from airbnb.domain.kinds import Provider
from airbnb.domain.provider_currencies import TABLE
from airbnb.integrations.payments.protocol import GatewayRefused

_CURRENCIES = TABLE[Provider.PAYPAL]


def to_paypal(amount_minor: int, currency: str) -> str:
    """Return an amount as PayPal's text. Raises: GatewayRefused for a currency or an amount that PayPal can't take."""
    known = _CURRENCIES.get(currency)
    if known is None:
        raise GatewayRefused("currency_not_supported")
    if amount_minor <= 0 or amount_minor % known.step_minor:
        raise GatewayRefused("invalid_amount")
    return f"{Decimal(amount_minor).scaleb(-exponent(currency)):.{known.digits}f}"


def money(amount_minor: int, currency: str) -> dict[str, str]:
    """Return PayPal's object for an amount. Raises: GatewayRefused."""
    return {"currency_code": currency, "value": to_paypal(amount_minor, currency)}


def from_paypal(amount: dict[str, Any]) -> int:
    """Return an amount of PayPal's in the currency's smallest unit; of a currency that we don't know, with two digits.

    Payouts and reports write ``currency`` where orders write ``currency_code``.
    """
    currency = currency_of(amount)
    digits = EXPONENTS.get(currency, 2)
    return int(Decimal(str(amount["value"])).scaleb(digits))


def currency_of(amount: dict[str, Any]) -> str:
    """Return the currency of one of PayPal's amounts."""
    return str(amount.get("currency_code") or amount.get("currency"))
