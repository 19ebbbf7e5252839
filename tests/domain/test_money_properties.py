"""Whatever the prices, a quote sums up, a refund stays inside what was paid, and no part is negative.

``make fuzz`` runs the long form: MONEY_CASES of each property.
Source: docs/rules/prices.md, docs/rules/cancellation.md, docs/rules/ledger.md.
"""

import os
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airbnb.domain.cancellation import (
    BookingTimes,
    CancellationPolicy,
    kept_whole,
    policy_terms,
    quote_money,
    refund_for,
)
from airbnb.domain.change_prices import reprice
from airbnb.domain.change_rates import Rates
from airbnb.domain.exchange_rates import QuoteRate
from airbnb.domain.fees import FeeModel, FeeModelKind
from airbnb.domain.kinds import ActorKind
from airbnb.domain.postings import Division, ensure_balanced, money_divided
from airbnb.domain.price_errors import CouponNotApplicable
from airbnb.domain.pricing import (
    Coupon,
    CouponFunding,
    DaysDiscount,
    LineKind,
    Party,
    PriceRules,
    Promotion,
    RatePlan,
    Season,
    Terms,
    convert_quote,
    funding_of,
    quote_stay,
)
from airbnb.domain.pricing.conversion import convert_amount
from airbnb.domain.stay_terms import HostMoney, StayTerms
from airbnb.domain.stays import Stay
from airbnb.domain.taxes import RemittedBy, TaxBase, TaxKind, TaxRule

#: How many cases of each property; Hypothesis' own number unless given.
CASES = int(os.environ.get("MONEY_CASES", "100"))
many = settings(max_examples=CASES, deadline=None, suppress_health_check=[HealthCheck.too_slow])

CURRENCIES = ["JPY", "EUR", "KWD", "HUF", "ISK"]
CHECK_IN = date(2026, 6, 1)
T = datetime(2026, 6, 1, 13, tzinfo=UTC)
PRICES = st.integers(0, 5_000_000)
PERCENTS = st.none() | st.integers(0, 100)

rules = st.builds(
    PriceRules,
    currency=st.sampled_from(CURRENCIES),
    base_minor=st.integers(1, 5_000_000),
    weekend_minor=st.none() | PRICES,
    overrides=st.dictionaries(st.dates(CHECK_IN, CHECK_IN + timedelta(days=30)), PRICES, max_size=5),
    seasons=st.just(())
    | st.tuples(
        st.builds(Season, first=st.just(CHECK_IN), until=st.just(CHECK_IN + timedelta(days=9)), nightly_minor=PRICES)
    ),
    promotions=st.just(())
    | st.tuples(
        st.builds(
            Promotion,
            first=st.just(CHECK_IN + timedelta(days=2)),
            until=st.just(CHECK_IN + timedelta(days=5)),
            percent=st.integers(0, 100),
        )
    ),
    new_listing_percent=PERCENTS,
    bookings_made=st.integers(0, 4),
    weekly_percent=PERCENTS,
    monthly_percent=PERCENTS,
    early_bird=st.none() | st.builds(DaysDiscount, days=st.integers(0, 60), percent=st.integers(0, 100)),
    last_minute=st.none() | st.builds(DaysDiscount, days=st.integers(0, 60), percent=st.integers(0, 100)),
    non_refundable_percent=st.integers(1, 100),
    included_guests=st.none() | st.integers(1, 4),
    extra_guest_fee_minor=PRICES,
    pet_fee_minor=PRICES,
    cleaning_fee_minor=PRICES,
)
parties = st.builds(
    Party, adults=st.integers(1, 8), children=st.integers(0, 4), infants=st.integers(0, 2), pets=st.integers(0, 2)
)
tax_rules = st.builds(
    TaxRule,
    key=st.just("tax.any"),
    kind=st.sampled_from(TaxKind),
    rate_bps=st.integers(0, 3_000),
    amount_minor=st.integers(0, 10_000),
    base=st.sampled_from(TaxBase),
    max_nights=st.none() | st.integers(1, 10),
    exempt_from_nights=st.none() | st.integers(1, 60),
    exempt_below_age=st.none() | st.integers(1, 18),
    inclusive=st.booleans(),
    remitted_by=st.sampled_from(RemittedBy),
)
coupons = st.none() | st.builds(
    Coupon,
    code=st.just("C"),
    percent_bps=st.integers(0, 10_000),
    amount_minor=st.integers(0, 10_000_000),
    max_minor=st.none() | PRICES,
    funded_by=st.sampled_from(CouponFunding),
)
terms = st.builds(
    Terms,
    fee_model=st.builds(
        FeeModel,
        kind=st.sampled_from(FeeModelKind),
        guest_bps=st.integers(0, 3_000),
        host_bps=st.integers(0, 3_000),
    ),
    tax_rules=st.lists(tax_rules, max_size=3).map(tuple),
    rate_plan=st.sampled_from(RatePlan),
    coupon=coupons,
)


def quote_for(stay, stay_rules, party, chosen, booked_on):
    """Quote a stay; without its coupon where that would take nothing off."""
    try:
        return quote_stay(stay, stay_rules, party, booked_on=booked_on, terms=chosen)
    except CouponNotApplicable:
        return quote_stay(stay, stay_rules, party, booked_on=booked_on, terms=replace(chosen, coupon=None))


@st.composite
def quotes(draw):
    nights = draw(st.integers(1, 60))
    booked_on = CHECK_IN - timedelta(days=draw(st.integers(0, 90)))
    stay = Stay(CHECK_IN, CHECK_IN + timedelta(days=nights))
    return quote_for(stay, draw(rules), draw(parties), draw(terms), booked_on)


def integers_in(quote):
    return [
        *(line.amount_minor for line in quote.lines),
        *(line.unit_minor for line in quote.lines if line.unit_minor is not None),
        *(night.base_minor for night in quote.nights),
        *(night.price_minor for night in quote.nights),
        quote.total_minor,
        quote.host_payout_minor,
        quote.host_service_fee_minor,
    ]


@many
@given(quotes())
def test_case_31_a_quote_is_the_sum_of_its_lines(quote):
    negative = {LineKind.DISCOUNT, LineKind.NON_REFUNDABLE, LineKind.COUPON}

    assert sum(line.amount_minor for line in quote.lines) == quote.total_minor >= 0
    assert all(type(value) is int for value in integers_in(quote))
    assert all(line.amount_minor <= 0 if line.kind in negative else line.amount_minor >= 0 for line in quote.lines)
    assert all(night.price_minor >= 0 for night in quote.nights)
    assert quote.host_payout_minor >= 0


@many
@given(quotes())
def test_the_nights_sum_to_their_lines(quote):
    lines_minor = quote.amount_of(LineKind.NIGHTS, LineKind.DISCOUNT, LineKind.NON_REFUNDABLE)

    assert sum(night.price_minor for night in quote.nights) == lines_minor
    assert sum(night.base_minor for night in quote.nights) == quote.amount_of(LineKind.NIGHTS)
    fees_minor = quote.amount_of(LineKind.EXTRA_GUESTS, LineKind.PETS, LineKind.CLEANING)
    assert quote.host_subtotal_minor == lines_minor + fees_minor


@many
@given(quotes())
def test_case_31_everybody_gets_a_share_and_nothing_is_left(quote):
    taxes = [*(line for line in quote.lines if line.kind is LineKind.TAX), *quote.taxes_included]
    by_platform_minor = sum(tax.amount_minor for tax in taxes if tax.remitted_by is RemittedBy.PLATFORM)
    given_minor = -quote.amount_of(LineKind.COUPON) if quote.coupon_funded_by is CouponFunding.PLATFORM else 0

    assert quote.total_minor + given_minor == (
        quote.host_payout_minor + quote.host_service_fee_minor + quote.guest_service_fee_minor + by_platform_minor
    )


@many
@given(
    quotes(),
    st.decimals(Decimal("0.001"), Decimal(1000), places=6).filter(lambda rate: rate > 0),
    st.sampled_from(CURRENCIES),
)
def test_a_converted_quote_is_the_sum_of_its_lines(quote, rate, currency):
    converted = convert_quote(quote, QuoteRate(format(rate, "f"), CHECK_IN), currency)

    assert sum(line.amount_minor for line in converted.lines) == converted.total_minor
    assert all(type(value) is int for value in integers_in(converted))
    assert all(night.price_minor >= 0 for night in converted.nights)
    assert converted.total_minor >= 0
    assert converted.total_minor == 0 or quote.total_minor > 0
    negative = {LineKind.DISCOUNT, LineKind.NON_REFUNDABLE, LineKind.COUPON}
    assert all(line.amount_minor <= 0 if line.kind in negative else line.amount_minor >= 0 for line in converted.lines)
    assert converted.host_payout_minor == quote.host_payout_minor


@many
@given(
    quotes(),
    st.decimals(Decimal("0.001"), Decimal(1000), places=6).filter(lambda rate: rate > 0),
    st.sampled_from(CURRENCIES),
)
def test_a_stay_paid_in_another_currency_is_divided_without_loss(quote, rate, currency):
    if currency == quote.currency:
        return
    converted = convert_quote(quote, QuoteRate(format(rate, "f"), CHECK_IN), currency)
    whole = kept_whole(quote_money(converted))
    hosts_minor = quote.host_payout_minor + quote.host_service_fee_minor
    exchanged_minor = convert_amount(hosts_minor, rate, source=quote.currency, target=currency)

    entries = money_divided(
        Division(
            booking_id=1,
            host_id=2,
            currency=currency,
            host_currency=quote.currency,
            charged_minor=converted.total_minor,
            guest_fee_minor=min(converted.guest_service_fee_minor, converted.total_minor),
            fee_kept_minor=whole.guest_service_fee_kept_minor,
            host_fee_minor=quote.host_service_fee_minor,
            host_payout_minor=quote.host_payout_minor,
            taxes_minor=whole.platform_taxes_minor,
            coupon_minor=whole.coupon_expense_minor,
            exchanged_minor=exchanged_minor,
        )
    )

    ensure_balanced(entries)
    assert whole.refund_minor == 0
    left_over_minor = sum(entry.amount_minor for entry in entries if entry.account == "fx_rounding")
    # Every line was rounded once, and so were the host's fee and taxes, in units that may be worth more.
    unit_minor = convert_amount(1, rate, source=quote.currency, target=currency) + 1
    rounded = len(converted.lines) + len(converted.taxes_included)
    assert abs(left_over_minor) <= rounded + 3 * unit_minor


RATES = st.decimals(Decimal("0.001"), Decimal(1000), places=6).filter(lambda rate: rate > 0)


@st.composite
def changes(draw, rate=None):
    """Book a stay, then change its dates and its party; both prices, and what the change was priced by."""
    party, booked, stay_rules = draw(parties), draw(terms), draw(rules)
    stay = Stay(CHECK_IN, CHECK_IN + timedelta(days=draw(st.integers(1, 60))))
    quote = quote_for(stay, stay_rules, party, booked, CHECK_IN - timedelta(days=20))
    if rate is not None:
        quote = convert_quote(quote, QuoteRate(format(rate, "f"), CHECK_IN), "USD")
    host = HostMoney(
        subtotal_minor=quote.host_subtotal_minor,
        service_fee_minor=quote.host_service_fee_minor,
        taxes_minor=quote.host_taxes_minor,
        payout_minor=quote.host_payout_minor,
    )
    before = StayTerms(
        stay=stay,
        party=party,
        currency=quote.currency,
        nights=quote.nights,
        lines=quote.lines,
        taxes_included=quote.taxes_included,
        host=host,
    )
    first = CHECK_IN + timedelta(days=draw(st.integers(-5, 5)))
    today = Rates(
        rules=replace(stay_rules, base_minor=draw(st.integers(1, 5_000_000))),
        fees=booked.fee_model,
        today=CHECK_IN - timedelta(days=10),
        tax_rules=draw(st.lists(tax_rules, max_size=3).map(tuple)),
        exchange_rate=None if rate is None else Fraction(rate),
    )
    return before, reprice(before, Stay(first, first + timedelta(days=draw(st.integers(1, 60)))), draw(parties), today)


@many
@given(changes())
def test_a_changed_stay_gives_everybody_a_share_and_nothing_is_left(change):
    before, after = change
    taxes = [*(line for line in after.lines if line.kind is LineKind.TAX), *after.taxes_included]
    by_platform_minor = sum(tax.amount_minor for tax in taxes if tax.remitted_by is RemittedBy.PLATFORM)
    is_platforms = funding_of(after.lines) is CouponFunding.PLATFORM
    given_minor = -after.amount_of(LineKind.COUPON) if is_platforms else 0

    assert before.amount_of(LineKind.COUPON) <= after.amount_of(LineKind.COUPON) <= 0 <= after.total_minor
    assert min(after.host.payout_minor, after.host.taxes_minor, after.host.subtotal_minor) >= 0
    assert after.total_minor + given_minor == (
        after.host.payout_minor
        + after.host.service_fee_minor
        + after.amount_of(LineKind.GUEST_SERVICE_FEE)
        + by_platform_minor
    )


@many
@given(RATES.flatmap(lambda rate: changes(rate=rate)))
def test_a_changed_stay_in_another_currency_takes_nothing_below_zero(change):
    _, after = change

    assert after.total_minor >= 0
    assert min(after.host.payout_minor, after.host.taxes_minor, after.host.subtotal_minor) >= 0


@many
@given(
    quotes(),
    st.sampled_from(CancellationPolicy),
    st.integers(-70 * 24, 70 * 24),
    st.integers(0, 90 * 24),
    st.sampled_from([ActorKind.GUEST, ActorKind.HOST, ActorKind.STAFF]),
)
def test_a_refund_stays_inside_what_was_paid(quote, policy, hours_before, hours_booked, by):
    stay = Stay(CHECK_IN, CHECK_IN + timedelta(days=len(quote.nights)))
    now = T - timedelta(hours=hours_before)
    times = BookingTimes(
        stay=stay, check_in_time=time(15), zone="Europe/Berlin", confirmed_at=now - timedelta(hours=hours_booked)
    )

    refund = refund_for(quote_money(quote), policy_terms(policy), times, now=now, canceled_by=by)

    assert 0 <= refund.refund_minor <= quote.total_minor
    assert refund.due_minor == sum(line.refund_minor for line in refund.lines)
    assert sum(line.charged_minor for line in refund.lines) == quote.total_minor
    assert 0 <= refund.host_kept_minor <= quote.host_subtotal_minor
    for line in refund.lines:
        low, high = sorted((0, line.charged_minor))
        assert low <= line.kept_minor <= high
        assert low <= line.refund_minor <= high
    assert refund.host_payout_minor >= 0
    if by is not ActorKind.GUEST and now <= T:
        assert refund.is_full
        assert refund.refund_minor == quote.total_minor


@many
@given(quotes(), st.sampled_from(CancellationPolicy), st.lists(st.integers(0, 150 * 24 * 60), min_size=2, max_size=8))
def test_waiting_never_pays(quote, policy, minutes):
    times = BookingTimes(
        stay=Stay(CHECK_IN, CHECK_IN + timedelta(days=len(quote.nights))),
        check_in_time=time(15),
        zone="Europe/Berlin",
        confirmed_at=T - timedelta(days=40),
    )
    money, chosen = quote_money(quote), policy_terms(policy)

    refunds = [
        refund_for(money, chosen, times, now=times.confirmed_at + timedelta(minutes=minute)).refund_minor
        for minute in sorted(minutes)
    ]

    assert refunds == sorted(refunds, reverse=True)
