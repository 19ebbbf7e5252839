"""Prices by the tables of the rule document.

Source: docs/rules/prices.md.
"""

from datetime import date, timedelta

import pytest

from airbnb.domain.errors import ValidationFailed
from airbnb.domain.fees import host_only_fee, split_fee
from airbnb.domain.price_errors import CouponNotApplicable
from airbnb.domain.pricing import (
    Coupon,
    CouponFunding,
    DaysDiscount,
    DiscountKind,
    LineKind,
    Party,
    PriceRules,
    Promotion,
    RatePlan,
    Season,
    Terms,
    night_price,
    quote_stay,
    rate_plans,
)
from airbnb.domain.pricing.discounts import discount_shares
from airbnb.domain.stays import Stay

MONDAY = date(2026, 6, 1)
NO_FEES = split_fee(guest_bps=0, host_bps=0)


def make_rules(**overrides):
    return PriceRules(**{"currency": "EUR", "base_minor": 100_00, **overrides})


def price(rules, nights=1, *, check_in=MONDAY, party=None, booked_on=None, **terms):
    return quote_stay(
        Stay(check_in, check_in + timedelta(days=nights)),
        rules,
        party or Party(),
        booked_on=booked_on or check_in - timedelta(days=20),
        terms=Terms(**{"fee_model": NO_FEES, **terms}),
    )


def lines_of(quote):
    return [(line.kind.value, line.amount_minor) for line in quote.lines]


HIGH_SUMMER = Season(first=date(2026, 7, 1), until=date(2026, 9, 1), nightly_minor=150_00, weekend_minor=180_00)
AUTUMN = Season(first=date(2026, 10, 1), until=date(2026, 11, 1), nightly_minor=90_00)
EVERY_PRICE = make_rules(
    weekend_minor=120_00, seasons=(HIGH_SUMMER, AUTUMN), overrides={date(2026, 7, 3): 300_00, date(2026, 6, 9): 0}
)


@pytest.mark.parametrize(
    "night, price_minor",
    [
        ("2026-06-04", 100_00),  # Thursday: base
        ("2026-06-05", 120_00),  # Friday: weekend
        ("2026-06-06", 120_00),  # Saturday: weekend
        ("2026-06-07", 100_00),  # Sunday: base
        ("2026-06-09", 0),  # a free override is a price too
        ("2026-07-01", 150_00),  # first night of the season
        ("2026-07-04", 180_00),  # Saturday of the season: its own weekend price
        ("2026-07-03", 300_00),  # Friday of the season with an override
        ("2026-08-31", 150_00),  # last night of the season
        ("2026-09-01", 100_00),  # after it
        ("2026-10-02", 90_00),  # Friday of a season without a weekend price
    ],
)
def test_the_most_specific_price_of_a_night_holds(night, price_minor):
    assert night_price(date.fromisoformat(night), EVERY_PRICE) == price_minor


def test_without_a_weekend_price_every_night_costs_the_base():
    assert night_price(date(2026, 6, 5), make_rules()) == 100_00


EVERY_DISCOUNT = {
    "new_listing_percent": 20,
    "bookings_made": 0,
    "promotions": (Promotion(first=date(2026, 6, 1), until=date(2026, 6, 3), percent=15, name="June"),),
    "weekly_percent": 10,
    "monthly_percent": 30,
    "early_bird": DaysDiscount(days=30, percent=8),
    "last_minute": DaysDiscount(days=3, percent=5),
}


def without(*names):
    return {name: value for name, value in EVERY_DISCOUNT.items() if name not in names}


@pytest.mark.parametrize(
    "discounts, nights, days_ahead, kind, percent, off_minor",
    [
        # The new listing's promotion goes before all others, also before a larger one.
        (EVERY_DISCOUNT, 28, 40, DiscountKind.NEW_LISTING, 20, 560_00),
        # It ends with the third booking; then the promotion takes its two nights, length of stay the others.
        ({**EVERY_DISCOUNT, "bookings_made": 3}, 7, 40, DiscountKind.PROMOTION, 15, 30_00 + 50_00),
        (without("new_listing_percent", "promotions"), 28, 40, DiscountKind.MONTHLY, 30, 840_00),
        (without("new_listing_percent", "promotions"), 27, 40, DiscountKind.WEEKLY, 10, 270_00),
        (without("new_listing_percent", "promotions"), 7, 40, DiscountKind.WEEKLY, 10, 70_00),
        (without("new_listing_percent", "promotions", "monthly_percent"), 28, 40, DiscountKind.WEEKLY, 10, 280_00),
        (without("new_listing_percent", "promotions"), 6, 30, DiscountKind.EARLY_BIRD, 8, 48_00),
        (without("new_listing_percent", "promotions"), 6, 29, None, 0, 0),
        (without("new_listing_percent", "promotions"), 6, 3, DiscountKind.LAST_MINUTE, 5, 30_00),
        (without("new_listing_percent", "promotions"), 6, 4, None, 0, 0),
        ({}, 30, 40, None, 0, 0),
        ({"weekly_percent": 0}, 7, 40, None, 0, 0),
    ],
)
def test_one_discount_a_night_by_priority(discounts, nights, days_ahead, kind, percent, off_minor):
    quote = price(make_rules(**discounts), nights, booked_on=MONDAY - timedelta(days=days_ahead))

    assert quote.amount_of(LineKind.NIGHTS) == nights * 100_00
    assert quote.amount_of(LineKind.DISCOUNT) == -off_minor
    assert quote.total_minor == nights * 100_00 - off_minor
    assert (quote.discount.kind, quote.discount.percent) == (kind, percent) if kind else quote.discount is None


def test_two_discounts_are_two_lines_and_never_one_night():
    quote = price(make_rules(**without("new_listing_percent")), 7)

    assert lines_of(quote) == [("nights", 700_00), ("discount", -30_00), ("discount", -50_00)]
    assert [line.label_key for line in quote.lines[1:]] == [
        "price_line.discount.promotion",
        "price_line.discount.weekly",
    ]
    assert [night.price_minor for night in quote.nights] == [85_00, 85_00, *[90_00] * 5]
    assert quote.discount.reason == "June"


def test_the_larger_of_two_promotions_holds():
    promotions = (
        Promotion(first=MONDAY, until=date(2026, 6, 5), percent=10),
        Promotion(first=date(2026, 6, 2), until=date(2026, 6, 3), percent=25),
        Promotion(first=MONDAY, until=date(2026, 6, 5), percent=0),
    )

    quote = price(make_rules(promotions=promotions), 3)

    assert [night.price_minor for night in quote.nights] == [90_00, 75_00, 90_00]


def test_the_worked_example_of_the_non_refundable_option():
    """120 becomes 100 by the season, 80 after 20 %, 72 after another 10 %."""
    rules = make_rules(
        base_minor=120_00,
        seasons=(Season(first=MONDAY, until=date(2026, 6, 8), nightly_minor=100_00),),
        promotions=(Promotion(first=MONDAY, until=date(2026, 6, 8), percent=20),),
        non_refundable_percent=10,
    )

    quote = price(rules, rate_plan=RatePlan.NON_REFUNDABLE)

    assert lines_of(quote) == [("nights", 100_00), ("discount", -20_00), ("non_refundable", -8_00)]
    assert quote.nights[0].price_minor == 72_00
    assert price(rules).nights[0].price_minor == 80_00


def test_a_rate_plan_that_is_not_offered_is_refused():
    assert rate_plans(make_rules()) == (RatePlan.STANDARD,)
    assert rate_plans(make_rules(non_refundable_percent=10)) == (RatePlan.STANDARD, RatePlan.NON_REFUNDABLE)
    with pytest.raises(ValidationFailed) as refusal:
        price(make_rules(), rate_plan=RatePlan.NON_REFUNDABLE)
    assert set(refusal.value.errors) == {"rate_plan"}


@pytest.mark.parametrize(
    "prices, percent, shares",
    [
        ((100, 100, 100), 10, (10, 10, 10)),
        ((3333, 3333, 3333), 10, (334, 333, 333)),  # 999.9 -> 1000: one unit left over
        ((105, 105), 10, (11, 10)),  # 21.0
        ((15, 15, 15), 10, (2, 2, 1)),  # 4.5 -> 5: two units left over
        ((0, 5, 5), 10, (0, 1, 0)),  # a free night cannot give
        ((1, 1), 100, (1, 1)),
        ((7, 9), 0, (0, 0)),
    ],
)
def test_leftover_units_of_a_percentage_go_to_the_earliest_nights(prices, percent, shares):
    assert discount_shares(prices, percent) == shares


EXTRAS = make_rules(
    included_guests=2,
    extra_guest_fee_minor=10_00,
    pet_fee_minor=25_00,
    cleaning_fee_minor=40_00,
    weekly_percent=10,
    non_refundable_percent=10,
)


@pytest.mark.parametrize(
    "party, extra_guests, pets",
    [
        (Party(adults=2), 0, 0),
        (Party(adults=2, children=1), 30_00, 0),
        (Party(adults=2, children=2, infants=3), 60_00, 0),
        (Party(adults=1, infants=2), 0, 0),
        (Party(adults=2, pets=3), 0, 25_00),
    ],
)
def test_extra_guests_pets_and_cleaning_are_lines(party, extra_guests, pets):
    quote = price(EXTRAS, 3, party=party)

    assert quote.amount_of(LineKind.EXTRA_GUESTS) == extra_guests
    assert quote.amount_of(LineKind.PETS) == pets
    assert quote.amount_of(LineKind.CLEANING) == 40_00
    assert quote.host_subtotal_minor == 300_00 + extra_guests + pets + 40_00


def test_fees_are_never_discounted():
    quote = price(EXTRAS, 7, party=Party(adults=3, pets=1), rate_plan=RatePlan.NON_REFUNDABLE)

    assert lines_of(quote) == [
        ("nights", 700_00),
        ("discount", -70_00),
        ("non_refundable", -63_00),
        ("extra_guests", 70_00),
        ("pets", 25_00),
        ("cleaning", 40_00),
    ]


def test_without_included_guests_nobody_is_extra():
    quote = price(make_rules(extra_guest_fee_minor=10_00), party=Party(adults=4))

    assert lines_of(quote) == [("nights", 100_00)]


@pytest.mark.parametrize(
    "model, guest_fee, host_fee, total, payout",
    [
        (split_fee(), 61_60, 13_20, 501_60, 426_80),
        (host_only_fee(), 0, 68_20, 440_00, 371_80),
        (split_fee(guest_bps=1_000, host_bps=0), 44_00, 0, 484_00, 440_00),
    ],
)
def test_a_fee_model_divides_the_host_subtotal(model, guest_fee, host_fee, total, payout):
    quote = price(make_rules(cleaning_fee_minor=40_00), 4, fee_model=model)

    assert quote.host_subtotal_minor == 440_00
    assert quote.guest_service_fee_minor == guest_fee == quote.amount_of(LineKind.GUEST_SERVICE_FEE)
    assert quote.host_service_fee_minor == host_fee
    assert quote.total_minor == total
    assert quote.host_payout_minor == payout
    assert quote.fee_model == model


@pytest.mark.parametrize(
    "coupon, off_minor, total, payout",
    [
        (Coupon(code="A", amount_minor=50_00), 50_00, 451_60, 426_80),
        (Coupon(code="B", percent_bps=1_000), 44_00, 457_60, 426_80),
        (Coupon(code="C", percent_bps=5_000, max_minor=100_00), 100_00, 401_60, 426_80),
        (Coupon(code="D", amount_minor=9_999_00), 501_60, 0, 426_80),
        (Coupon(code="E", amount_minor=50_00, funded_by=CouponFunding.HOST), 50_00, 451_60, 376_80),
        (Coupon(code="F", amount_minor=9_999_00, funded_by=CouponFunding.HOST), 426_80, 74_80, 0),
    ],
)
def test_a_coupon_takes_off_at_most_what_is_there(coupon, off_minor, total, payout):
    quote = price(make_rules(cleaning_fee_minor=40_00), 4, fee_model=split_fee(), coupon=coupon)

    assert quote.amount_of(LineKind.COUPON) == -off_minor
    assert quote.total_minor == total
    assert quote.host_payout_minor == payout
    assert quote.coupon_funded_by == coupon.funded_by


@pytest.mark.parametrize("coupon", [Coupon(code="G"), Coupon(code="H", percent_bps=1), Coupon(code="I", max_minor=0)])
def test_a_coupon_that_takes_nothing_off_is_refused(coupon):
    with pytest.raises(CouponNotApplicable) as refusal:
        price(make_rules(base_minor=1_00), 4, fee_model=split_fee(), coupon=coupon)

    assert refusal.value.facts == {"reason": "nothing_off"}


def test_unlike_nights_have_no_unit():
    quote = price(make_rules(weekend_minor=130_00), 3, check_in=date(2026, 6, 4))

    nights = quote.lines[0]
    assert (nights.quantity, nights.unit_minor, nights.amount_minor) == (3, None, 360_00)
    assert price(make_rules(), 3).lines[0].unit_minor == 100_00
    assert [night.night for night in quote.nights] == [date(2026, 6, 4), date(2026, 6, 5), date(2026, 6, 6)]
