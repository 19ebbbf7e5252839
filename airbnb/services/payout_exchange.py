"""Into which currency a payout is changed, at what rate, and how both are kept on it.

Source: docs/rules/payouts.md, "In another currency".
"""

from datetime import datetime

from sqlalchemy.orm import Session

from airbnb.domain.exchange_rates import ExchangeRateUnavailable, QuoteRate
from airbnb.domain.money import Money
from airbnb.domain.payout_exchange import Sent, payout_rate, sent_for
from airbnb.domain.payout_rules import NetPayout
from airbnb.models.payouts import Payout, PayoutAccount
from airbnb.queries.exchange_rates import latest_dated_rates
from airbnb.queries.payouts import Share


def rate_for(
    session: Session, share: Share, account: PayoutAccount | None, *, now: datetime
) -> tuple[QuoteRate | None, bool]:
    """Return the rate into the currency of a host's account, if one is needed, and whether all that is needed is known.

    Without an account nobody knows the currency yet; the payout is held for that already.
    """
    if account is None or account.currency == share.currency:
        return None, True
    try:
        return payout_rate(latest_dated_rates(session), share.currency, account.currency, now=now), True
    except ExchangeRateUnavailable:
        return None, False


def note_sent(payout: Payout, net: NetPayout, sent: Sent) -> None:
    """Note what is to leave; each run notes it anew until the payout leaves at that day's rate."""
    if sent.rate is None:
        payout.amount_minor = sent.amount.amount_minor
        payout.sent_minor = payout.sent_currency = payout.exchange_rate = payout.exchange_rate_on = None
        return
    payout.amount_minor = net.amount_minor
    payout.sent_minor, payout.sent_currency = sent.amount.amount_minor, sent.amount.currency
    payout.exchange_rate, payout.exchange_rate_on = sent.rate.rate, sent.rate.on


def sent_as_noted(payout: Payout, earned_minor: int) -> Sent:
    """Return what an amount earned in a payout's currency is worth by what was noted on the payout."""
    rate = None
    if payout.exchange_rate is not None:
        assert payout.exchange_rate_on is not None, "a pair, as the database checks"
        rate = QuoteRate(payout.exchange_rate, payout.exchange_rate_on)
    return sent_for(Money(earned_minor, payout.currency), payout.provider, currency=payout.sent.currency, rate=rate)
