"""Which currencies and amounts each payment provider takes, as data.

Source: docs/rules/money.md, "What providers take".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from airbnb.domain.currencies import EXPONENTS, exponent
from airbnb.domain.kinds import Provider
from airbnb.domain.price_errors import CurrencyNotSupported


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderCurrency:
    """How one provider takes one currency.

    Units: minor units of ISO 4217, as everywhere here; ``digits`` is how many the provider itself counts, and
    ``step_minor`` what an amount must be a multiple of.
    """

    digits: int
    step_minor: int = 1
    min_minor: int = 1
    max_minor: int = 99_999_999


#: Source: Stripe's documentation, "Supported currencies": those that it charges, without those that need a contract.
STRIPE_CODES = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BIF BMD BND BOB BRL BSD BWP BYN BZD CAD CDF CHF CLP CNY COP "
    "CRC CVE CZK DJF DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR ISK JMD "
    "JPY KES KGS KHR KMF KRW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN "
    "NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SEK SGD SHP SLE SOS SRD STN SZL THB "
    "TJS TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VND VUV WST XAF XCD XOF XPF YER ZAR ZMW BHD JOD KWD OMR TND"
).split()
#: What Stripe counts with two digits though nobody uses them: our whole units are its hundreds.
STRIPE_TWO_DIGITS = frozenset({"ISK", "UGX"})
#: What Stripe counts without digits though ISO 4217 gives it two.
STRIPE_WHOLE = frozenset({"MGA"})
#: Source: Stripe's documentation, "Minimum and maximum charge amounts", in minor units.
STRIPE_MINIMUMS: Mapping[str, int] = {
    "USD": 50, "AED": 200, "AUD": 50, "BRL": 50, "CAD": 50, "CHF": 50, "CZK": 1_500, "DKK": 250, "EUR": 50, "GBP": 30,
    "HKD": 400, "HUF": 17_500, "INR": 50, "JPY": 50, "MXN": 1_000, "MYR": 200, "NOK": 300, "NZD": 50, "PLN": 200,
    "RON": 200, "SEK": 300, "SGD": 50, "THB": 1_000,
}  # fmt: skip
#: Source: PayPal's documentation, "Currency codes".
PAYPAL_CODES = "AUD BRL CAD CNY CZK DKK EUR HKD HUF ILS JPY MYR MXN TWD NZD NOK PHP PLN GBP SGD SEK CHF THB USD".split()
#: PayPal takes no decimals of these.
PAYPAL_WHOLE = frozenset({"HUF", "JPY", "TWD"})


def _stripe(code: str) -> ProviderCurrency:
    digits = exponent(code)
    if code in STRIPE_WHOLE:
        return ProviderCurrency(digits=0, step_minor=10**digits, min_minor=10**digits)
    return ProviderCurrency(
        digits=2 if code in STRIPE_TWO_DIGITS else digits,
        # Amounts of three digits must end in 0.
        step_minor=10 if digits == 3 else 1,
        min_minor=STRIPE_MINIMUMS.get(code, 1),
        max_minor=999_999 if code in STRIPE_TWO_DIGITS else 99_999_999,
    )


def _paypal(code: str) -> ProviderCurrency:
    whole = code in PAYPAL_WHOLE
    unit = 10 ** exponent(code)
    return ProviderCurrency(
        digits=0 if whole else exponent(code),
        step_minor=unit if whole else 1,
        min_minor=unit if whole else 1,
        max_minor=9_999_999 * unit,
    )


TABLE: Mapping[Provider, Mapping[str, ProviderCurrency]] = {
    Provider.STRIPE: {code: _stripe(code) for code in STRIPE_CODES if code in EXPONENTS},
    Provider.PAYPAL: {code: _paypal(code) for code in PAYPAL_CODES},
    Provider.SANDBOX: {code: ProviderCurrency(digits=digits, max_minor=2**53) for code, digits in EXPONENTS.items()},
}


def takes_currency(provider: Provider, currency: str) -> bool:
    """Say whether a provider moves money in a currency at all."""
    return currency in TABLE[provider]


def why_not(provider: Provider, amount_minor: int, currency: str) -> str | None:
    """Return why a provider does not take an amount: ``currency``, ``step``, ``min`` or ``max``; None when it does."""
    known = TABLE[provider].get(currency)
    if known is None:
        return "currency"
    if amount_minor % known.step_minor:
        return "step"
    if amount_minor < known.min_minor:
        return "min"
    return "max" if amount_minor > known.max_minor else None


def ensure_taken(providers: Iterable[Provider], amount_minor: int, currency: str) -> None:
    """Refuse an amount that none of some providers takes; nothing to pay is always fine.

    Raises: CurrencyNotSupported.
    """
    reasons = [why_not(provider, amount_minor, currency) for provider in providers]
    if amount_minor and reasons and all(reasons):
        raise CurrencyNotSupported(currency=currency, reason=reasons[0])


def rounded_up(provider: Provider, amount_minor: int, currency: str) -> int:
    """Return the least amount from this one on that a provider moves: a multiple of its step.

    Source: docs/rules/refunds.md, "What a provider can move".
    """
    known = TABLE[provider].get(currency)
    return amount_minor if known is None else -(-amount_minor // known.step_minor) * known.step_minor
