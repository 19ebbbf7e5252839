"""A converted quote is the sum of its converted lines.

Source: docs/rules/prices.md, "Paying in another currency".
"""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from airbnb.domain.currencies import UnknownCurrency
from airbnb.domain.exchange_rates import QuoteRate
from airbnb.domain.fees import split_fee
from airbnb.domain.pricing import (
    Coupon,
    CouponFunding,
    LineKind,
    Party,
    PriceRules,
    RatePlan,
    Terms,
    convert_quote,
    quote_stay,
)
from airbnb.domain.pricing.conversion import UnusableRate, convert_amount
from airbnb.domain.stays import Stay
from airbnb.domain.taxes import RemittedBy, TaxKind, TaxRule

RATE_DAY = date(2026, 5, 1)


def at(rate):
    return QuoteRate(rate, RATE_DAY)


def quote(coupon=None, **rules):
    return quote_stay(
        Stay(date(2026, 6, 1), date(2026, 6, 1) + timedelta(days=3)),
        PriceRules(**{"currency": "EUR", "base_minor": 33_33, "cleaning_fee_minor": 10_05, **rules}),
        Party(),
        booked_on=date(2026, 5, 1),
        terms=Terms(
            fee_model=split_fee(),
            coupon=coupon,
            tax_rules=(
                TaxRule(key="tax.city", kind=TaxKind.PERCENT, rate_bps=500, remitted_by=RemittedBy.HOST),
                TaxRule(key="tax.vat", kind=TaxKind.PERCENT, rate_bps=700, inclusive=True),
            ),
        ),
    )


@pytest.mark.parametrize(
    "amount, source, target, rate, converted",
    [
        (100_00, "EUR", "USD", Decimal("1.0832"), 108_32),
        (100_00, "EUR", "JPY", Decimal("163.455"), 16_346),
        (16_346, "JPY", "EUR", Fraction(1000, 163_455), 100_00),
        (100_00, "EUR", "KWD", Decimal("0.33221"), 33_221),
        (-12_34, "EUR", "USD", Decimal("1.5"), -18_51),
        (-1, "EUR", "USD", Decimal("0.5"), -1),
        (1, "EUR", "USD", Decimal("0.4"), 0),
    ],
)
def test_an_amount_is_rounded_once(amount, source, target, rate, converted):
    assert convert_amount(amount, rate, source=source, target=target) == converted


@pytest.mark.parametrize("rate", [Decimal(0), Decimal(-1), Fraction(0), Decimal("Infinity"), Decimal("NaN")])
def test_a_rate_must_be_above_zero(rate):
    with pytest.raises(UnusableRate):
        convert_amount(1, rate, source="EUR", target="USD")


@pytest.mark.parametrize("rate", ["0", "-1"])
def test_case_33_a_quote_at_a_rate_of_nothing_is_refused(rate):
    with pytest.raises(UnusableRate):
        convert_quote(quote(), at(rate), "USD")


def test_a_currency_must_exist():
    with pytest.raises(UnknownCurrency):
        convert_quote(quote(), at("1"), "XXX")


@pytest.mark.parametrize(
    "currency, rate", [("USD", "1.0832"), ("JPY", "163.455"), ("KWD", "0.33221"), ("HUF", "401.7")]
)
def test_the_total_is_the_sum_of_the_converted_lines(currency, rate):
    original = quote(weekly_percent=10)

    converted = convert_quote(original, at(rate), currency)

    expected = [
        convert_amount(line.amount_minor, Decimal(rate), source="EUR", target=currency) for line in original.lines
    ]
    assert [line.amount_minor for line in converted.lines] == expected
    assert converted.total_minor == sum(expected)
    assert converted.currency == currency
    assert sum(night.price_minor for night in converted.nights) == converted.amount_of(LineKind.NIGHTS)
    assert (converted.exchange_rate, converted.exchange_rate_on) == (rate, RATE_DAY)


def test_what_the_host_gets_stays_in_the_listings_currency():
    original = quote(Coupon(code="H", amount_minor=5_00, funded_by=CouponFunding.HOST))

    converted = convert_quote(original, at("2"), "USD")

    assert converted.amount_of(LineKind.COUPON) == -10_00
    assert (converted.currency, converted.listing_currency) == ("USD", "EUR")
    kept = ("host_subtotal_minor", "host_service_fee_minor", "host_taxes_minor", "host_payout_minor")
    assert [getattr(converted, name) for name in kept] == [getattr(original, name) for name in kept]


@pytest.mark.parametrize(
    "rate, lines",
    [
        ("0.1", [1, -1, 0]),  # 10 = 1, -5 = -0.5 twice
        ("0.3", [3, -2, -1]),
        ("0.35", [4, -2, -2]),
        ("0.05", [1, 0, -1]),
    ],
)
def test_free_nights_stay_free_whatever_the_rounding(rate, lines):
    free = quote_stay(
        Stay(date(2026, 6, 1), date(2026, 6, 2)),
        PriceRules(currency="EUR", base_minor=10, new_listing_percent=50, bookings_made=0, non_refundable_percent=100),
        Party(),
        booked_on=date(2026, 5, 1),
        terms=Terms(fee_model=split_fee(), rate_plan=RatePlan.NON_REFUNDABLE),
    )

    converted = convert_quote(free, at(rate), "USD")

    assert free.total_minor == 0
    assert [line.amount_minor for line in converted.lines] == lines
    assert converted.total_minor == 0 == sum(night.price_minor for night in converted.nights)


@pytest.mark.parametrize("rate", ["1.0832", "0.3333", "163.455", "0.0151"])
def test_a_stay_paid_whole_by_a_coupon_stays_free(rate):
    free = quote_stay(
        Stay(date(2026, 6, 1), date(2026, 6, 4)),
        PriceRules(currency="EUR", base_minor=33_33, cleaning_fee_minor=10_05, pet_fee_minor=7),
        Party(pets=1),
        booked_on=date(2026, 5, 1),
        terms=Terms(fee_model=split_fee(), coupon=Coupon(code="ALL", amount_minor=999_00)),
    )

    converted = convert_quote(free, at(rate), "USD")

    assert free.total_minor == 0
    assert converted.total_minor == 0 == sum(line.amount_minor for line in converted.lines)
