"""What leaves for a host in the account's currency: exact examples, and that nothing is created or lost.

Source: docs/rules/payouts.md, "In another currency"; RELIABILITY case 33.
"""

import os
from collections import defaultdict
from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airbnb.domain.exchange_rates import DatedRate, ExchangeRateUnavailable, QuoteRate
from airbnb.domain.kinds import Provider
from airbnb.domain.ledger_accounts import Account
from airbnb.domain.money import Money
from airbnb.domain.payout_exchange import payout_rate, sent_for
from airbnb.domain.postings import ensure_balanced, paid_by_hand, payout_started, reversal
from airbnb.domain.provider_currencies import TABLE

TODAY = date(2027, 3, 15)
NOW = datetime(2027, 3, 15, 12, tzinfo=UTC)
RATES = {
    "USD": DatedRate(Fraction("1.0832"), TODAY),
    "KWD": DatedRate(Fraction("0.3327"), TODAY),
    "ISK": DatedRate(Fraction("150.2"), TODAY),
    "HUF": DatedRate(Fraction("391.87"), date(2027, 3, 1)),
}
many = settings(max_examples=int(os.environ.get("MONEY_CASES", "100")), deadline=None)


@pytest.mark.parametrize(
    "earned, currency, provider, worth, sent",
    [
        (Money(31_680, "EUR"), "EUR", Provider.SANDBOX, 31_680, 31_680),
        (Money(31_680, "EUR"), "USD", Provider.SANDBOX, 34_316, 34_316),  # 343.15776
        (Money(31_680, "EUR"), "KWD", Provider.SANDBOX, 105_399, 105_399),  # 105.39936
        (Money(31_680, "EUR"), "KWD", Provider.STRIPE, 105_399, 105_400),  # in steps of 0.010
        (Money(31_680, "EUR"), "ISK", Provider.STRIPE, 47_583, 47_583),  # 47583.36
        (Money(31_680, "USD"), "EUR", Provider.SANDBOX, 29_247, 29_247),  # 292.466...
        (Money(1, "ISK"), "USD", Provider.SANDBOX, 1, 1),  # 0.0072
        (Money(1, "ISK"), "KWD", Provider.STRIPE, 2, 10),  # 0.0022
        (Money(0, "EUR"), "USD", Provider.SANDBOX, 0, 0),
    ],
)
def test_what_leaves(earned, currency, provider, worth, sent):
    rate = payout_rate(RATES, earned.currency, currency, now=NOW)

    left = sent_for(earned, provider, currency=currency, rate=rate)

    assert (left.worth_minor, left.amount) == (worth, Money(sent, currency))
    assert (left.rate is None) is (earned.currency == currency)


@pytest.mark.parametrize("pair", [("EUR", "HUF"), ("HUF", "EUR"), ("EUR", "GBP"), ("USD", "HUF")])
def test_case_33_a_rate_that_is_missing_or_stale_is_refused(pair):
    with pytest.raises(ExchangeRateUnavailable):
        payout_rate(RATES, *pair, now=NOW)


def test_the_margin_of_guests_is_not_taken_from_hosts():
    assert payout_rate(RATES, "EUR", "USD", now=NOW) == QuoteRate("1.0832", TODAY)


@st.composite
def payouts(draw):
    """Return what a payout is made of, and by what rate and provider it leaves."""
    earned = draw(st.integers(1, 10**12))
    netted = draw(st.integers(0, earned - 1))
    provider = draw(st.sampled_from(Provider))
    codes = sorted(TABLE[provider])
    earned_in, paid_in = draw(st.sampled_from(codes)), draw(st.sampled_from(codes))
    rate = None
    if earned_in != paid_in:
        digits = draw(st.integers(1, 10**9))
        rate = QuoteRate(f"{digits / 10 ** draw(st.integers(0, 9)):.9f}", TODAY)
    return earned, netted, earned_in, paid_in, provider, rate


def sums(entries):
    found = defaultdict(int)
    for entry in entries:
        found[str(entry.account), entry.currency] += entry.amount_minor
    return {key: amount for key, amount in found.items() if amount}


@many
@given(payouts())
def test_nothing_is_created_or_lost_and_every_leftover_is_posted(payout):
    earned, netted, earned_in, paid_in, provider, rate = payout
    sent = sent_for(Money(earned - netted, earned_in), provider, currency=paid_in, rate=rate)
    entries = payout_started(host_id=1, earned_minor=earned, netted_minor=netted, currency=earned_in, sent=sent)

    ensure_balanced(entries)
    posted = sums(entries)
    assert posted[Account.HOST_PAYABLE, earned_in] == earned
    assert posted.get((Account.HOST_RECEIVABLE, earned_in), 0) == -netted
    assert posted.get((Account.PAYOUTS_IN_TRANSIT, paid_in), 0) == -sent.amount.amount_minor
    step = TABLE[provider][paid_in].step_minor
    leftover = posted.get((Account.FX_ROUNDING, paid_in), 0)
    assert leftover == sent.amount.amount_minor - sent.worth_minor
    assert 0 <= leftover < step
    assert sent.amount.amount_minor % step == 0
    if rate is not None:
        assert posted[Account.CURRENCY_EXCHANGE, earned_in] == -(earned - netted)
        assert posted.get((Account.CURRENCY_EXCHANGE, paid_in), 0) == sent.worth_minor


@many
@given(payouts())
def test_one_that_fails_leaves_the_book_as_it_was_and_one_by_hand_costs_the_same(payout):
    earned, netted, earned_in, paid_in, provider, rate = payout
    sent = sent_for(Money(earned - netted, earned_in), provider, currency=paid_in, rate=rate)
    entries = payout_started(host_id=1, earned_minor=earned, netted_minor=netted, currency=earned_in, sent=sent)

    assert sums([*entries, *reversal(entries)]) == {}
    by_hand = paid_by_hand(entries)
    ensure_balanced(by_hand)
    assert sums(by_hand).get((Account.PLATFORM_BANK, paid_in), 0) == -sent.amount.amount_minor
