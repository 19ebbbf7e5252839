"""What a host gets in the currency of the account, of what was earned in the listing's.

Source: docs/rules/payouts.md, "In another currency".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from airbnb.domain.exchange_rates import DatedRate, QuoteRate, quote_rate
from airbnb.domain.kinds import Provider
from airbnb.domain.money import Money
from airbnb.domain.pricing.conversion import convert_amount
from airbnb.domain.provider_currencies import rounded_up

#: Hosts are paid at the reference rate: the margin is the guest's alone.
NO_MARGIN_BPS = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What leaves for a host.

    Units: ``worth_minor`` is what was earned, in the currency of ``amount`` and rounded once; ``amount`` is that,
    rounded up to the step of the provider. ``rate`` is None where nothing is changed.
    """

    amount: Money
    worth_minor: int
    rate: QuoteRate | None = None


def payout_rate(rates: Mapping[str, DatedRate], earned_in: str, paid_in: str, *, now: datetime) -> QuoteRate | None:
    """Return what one unit earned buys of the account's currency; None where both are the same.

    Raises: ExchangeRateUnavailable when a rate is missing or stale.
    """
    if earned_in == paid_in:
        return None
    return quote_rate(rates, earned_in, paid_in, margin_bps=NO_MARGIN_BPS, now=now)


def sent_for(earned: Money, provider: Provider, *, currency: str, rate: QuoteRate | None) -> Sent:
    """Return what leaves for what was earned.

    Needs: ``rate`` is that of the two currencies, None only where they are the same.
    """
    worth_minor = earned.amount_minor
    if rate is not None:
        worth_minor = convert_amount(worth_minor, rate.exact, source=earned.currency, target=currency)
    amount = Money(rounded_up(provider, worth_minor, currency), currency)
    return Sent(amount=amount, worth_minor=worth_minor, rate=rate)
