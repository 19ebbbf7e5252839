"""What a changed stay costs, row by row as docs/rules/booking-changes.md shows it."""

import random
from contextlib import nullcontext
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest

from airbnb.domain.change_prices import reprice
from airbnb.domain.change_rates import Rates
from airbnb.domain.exchange_rates import QuoteRate
from airbnb.domain.fees import split_fee
from airbnb.domain.price_errors import CouponNotApplicable
from airbnb.domain.pricing import (
    Coupon,
    CouponFunding,
    DaysDiscount,
    LineKind,
    Party,
    PriceRules,
    RatePlan,
    Terms,
    convert_quote,
    quote_stay,
)
from airbnb.domain.stay_terms import HostMoney, StayTerms, terms_as_dict, terms_from_dict
from airbnb.domain.stays import Stay
from airbnb.domain.taxes import TaxKind, TaxRule

FIRST = date(2026, 6, 1)
BOOKED_ON, TODAY = date(2026, 5, 1), date(2026, 5, 10)
TWO = Party(adults=2)
WEEKLY = {"weekly_percent": 10}
LENGTHS = {**WEEKLY, "monthly_percent": 20}
EARLY = {"early_bird": DaysDiscount(days=30, percent=15), **WEEKLY}
NON_REFUNDABLE = {"non_refundable_percent": 10, **WEEKLY}


def nights(length, after=0):
    return Stay(FIRST + timedelta(days=after), FIRST + timedelta(days=after + length))


def rules_of(**columns):
    return PriceRules(**{"currency": "EUR", "base_minor": 10_000, "cleaning_fee_minor": 4_000, **columns})


def terms_of(quote, stay, party):
    host = HostMoney(
        subtotal_minor=quote.host_subtotal_minor,
        service_fee_minor=quote.host_service_fee_minor,
        taxes_minor=quote.host_taxes_minor,
        payout_minor=quote.host_payout_minor,
    )
    return StayTerms(
        stay=stay,
        party=party,
        currency=quote.currency,
        nights=quote.nights,
        lines=quote.lines,
        taxes_included=quote.taxes_included,
        host=host,
    )


def booked(stay, rules, party=TWO, **terms):
    quote = quote_stay(stay, rules, party, booked_on=BOOKED_ON, terms=Terms(fee_model=split_fee(), **terms))
    return terms_of(quote, stay, party)


def changed(before, stay, rules, party=TWO, **rates):
    return reprice(before, stay, party, Rates(rules=rules, fees=split_fee(), today=TODAY, **rates))


@pytest.mark.parametrize(
    "old, columns, plan, new, party, today, total, difference, payout",
    [
        (4, {}, "standard", nights(5), TWO, {}, 61_560, 11_400, 52_380),
        (4, {}, "standard", nights(5), TWO, {"base_minor": 12_000}, 63_840, 13_680, 54_320),
        (4, {}, "standard", nights(3), TWO, {}, 38_760, -11_400, 32_980),
        (4, {}, "standard", nights(4, after=2), TWO, {"base_minor": 12_000}, 54_720, 4_560, 46_560),
        (4, WEEKLY, "standard", nights(7), TWO, {}, 76_380, 26_220, 64_990),
        (7, WEEKLY, "standard", nights(6), TWO, {}, 72_960, -3_420, 62_080),
        (4, WEEKLY, "standard", nights(7), TWO, {"weekly_percent": 0}, 76_380, 26_220, 64_990),
        (4, {}, "standard", nights(7), TWO, {"weekly_percent": 10}, 84_360, 34_200, 71_780),
        (7, WEEKLY, "standard", nights(8), TWO, {"weekly_percent": 20}, 86_640, 10_260, 73_720),
        (7, LENGTHS, "standard", nights(28), TWO, {}, 259_920, 183_540, 221_160),
        (28, LENGTHS, "standard", nights(10), TWO, {}, 107_160, -152_760, 91_180),
        (4, EARLY, "standard", nights(7), TWO, {}, 74_100, 30_780, 63_050),
        (4, NON_REFUNDABLE, "non_refundable", nights(7), TWO, {}, 69_198, 23_598, 58_879),
        (
            4,
            {"included_guests": 2, "extra_guest_fee_minor": 1_000},
            "standard",
            nights(4),
            Party(adults=3),
            {},
            54_720,
            4_560,
            46_560,
        ),
        (4, {"pet_fee_minor": 2_500}, "standard", nights(4), Party(adults=2, pets=1), {}, 53_010, 2_850, 45_105),
    ],
)
def test_a_change_costs_what_the_page_says(old, columns, plan, new, party, today, total, difference, payout):
    rules = rules_of(**columns)
    before = booked(nights(old), rules, rate_plan=RatePlan(plan))

    stored = {"weekly_percent": rules.weekly_percent or 0, "monthly_percent": rules.monthly_percent or 0}
    after = changed(before, new, replace(rules, **today), party, **stored)

    assert (after.total_minor, after.total_minor - before.total_minor) == (total, difference)
    assert after.host.payout_minor == payout


def test_fees_that_the_booking_has_stay_as_they_were():
    rules = rules_of(included_guests=1, extra_guest_fee_minor=1_000, pet_fee_minor=2_000)
    party = Party(adults=2, pets=1)
    dearer = replace(
        rules, included_guests=0, extra_guest_fee_minor=9_900, pet_fee_minor=9_900, cleaning_fee_minor=9_900
    )

    after = changed(booked(nights(4), rules, party), nights(5), dearer, party)

    amounts = {line.kind: line.amount_minor for line in after.lines}
    assert amounts[LineKind.EXTRA_GUESTS] == 5_000
    assert (amounts[LineKind.PETS], amounts[LineKind.CLEANING]) == (2_000, 4_000)


@pytest.mark.parametrize(
    "columns, funding, new, total, coupon, payout",
    [
        ({"amount_minor": 30_000}, "platform", 2, 7_800, -15_000, 19_400),
        ({"amount_minor": 30_000}, "platform", 3, 11_700, -22_500, 29_100),
        ({"amount_minor": 30_000}, "platform", 5, 27_000, -30_000, 48_500),
        ({"percent_bps": 5_000}, "platform", 2, 12_800, -10_000, 19_400),
        ({"percent_bps": 5_000}, "platform", 5, 37_000, -20_000, 48_500),
        ({"amount_minor": 999_900}, "platform", 2, 0, -22_800, 19_400),
        ({"amount_minor": 30_000}, "host", 2, 7_800, -15_000, 4_400),
        ({"amount_minor": 30_000}, "host", 5, 27_000, -30_000, 18_500),
        ({"amount_minor": 999_900}, "host", 2, 3_400, -19_400, 0),
        ({"amount_minor": 1}, "platform", 2, 22_799, -1, 19_400),
        ({"amount_minor": 1}, "platform", 1, 11_400, 0, 9_700),
    ],
)
def test_a_coupon_keeps_the_share_that_the_stay_keeps(columns, funding, new, total, coupon, payout):
    rules = rules_of(cleaning_fee_minor=0)
    before = booked(nights(4), rules, coupon=Coupon(code="C", funded_by=CouponFunding(funding), **columns))

    after = changed(before, nights(new), rules)

    assert (after.total_minor, after.amount_of(LineKind.COUPON)) == (total, coupon)
    assert after.host.payout_minor == payout


def test_a_coupon_never_grows_again():
    rules = rules_of(cleaning_fee_minor=0)
    short = changed(booked(nights(4), rules, coupon=Coupon(code="C", amount_minor=30_000)), nights(2), rules)

    assert changed(short, nights(4), rules).amount_of(LineKind.COUPON) == -15_000


def test_a_coupon_leaves_room_for_a_tax_that_came_later():
    tax = TaxRule(key="place_tax:In", kind=TaxKind.PERCENT, rate_bps=1_000, inclusive=True)
    coupon = Coupon(code="ALL", amount_minor=99_900, funded_by=CouponFunding.HOST)

    after = changed(booked(nights(4), rules_of(), coupon=coupon), nights(4, after=1), rules_of(), tax_rules=(tax,))

    # 440.00 less the fee of 13.20 and the tax of 36.36.
    assert (after.amount_of(LineKind.COUPON), after.host.payout_minor) == (-39_044, 0)


@pytest.mark.parametrize("least, is_refused", [(20_000, False), (20_001, True), (40_000, True), (99_999, True)])
def test_a_stay_does_not_get_cheaper_than_its_coupon_asks_for(least, is_refused):
    rules = rules_of(cleaning_fee_minor=0)
    before = booked(nights(4), rules, coupon=Coupon(code="C", amount_minor=5_000))

    with pytest.raises(CouponNotApplicable) if is_refused else nullcontext():
        changed(before, nights(2), rules, coupon_min_minor=least)


@pytest.mark.parametrize("new", [nights(4, after=1), nights(5)])
def test_a_stay_that_is_below_what_its_coupon_asks_for_may_become_dearer_or_move(new):
    rules = rules_of(cleaning_fee_minor=0)
    before = booked(nights(4), rules, coupon=Coupon(code="C", amount_minor=5_000))

    assert changed(before, new, rules, coupon_min_minor=99_999).amount_of(LineKind.COUPON) == -5_000


def test_a_coupon_of_the_host_and_an_included_tax_share_what_the_host_gets():
    rules = rules_of(cleaning_fee_minor=0)
    tax = TaxRule(key="place_tax:In", kind=TaxKind.PERCENT, rate_bps=1_000, inclusive=True)
    coupon = Coupon(code="HALF", amount_minor=30_000, funded_by=CouponFunding.HOST)
    before = booked(nights(4), rules, coupon=coupon, tax_rules=(tax,))

    after = changed(before, nights(2), rules, tax_rules=(tax,))

    # 200.00 less the fee of 6.00, the tax of 18.18 and half of the coupon.
    assert (before.host.payout_minor, after.host.payout_minor) == (5_164, 2_582)
    assert after.amount_of(LineKind.COUPON) == -15_000
    assert [one.amount_minor for one in after.taxes_included] == [1_818]


def test_an_included_tax_takes_no_more_than_the_host_gets():
    flat = TaxRule(key="place_tax:Night", kind=TaxKind.PER_NIGHT, amount_minor=9_900, inclusive=True)

    after = changed(booked(nights(4), rules_of(cleaning_fee_minor=0)), nights(2), rules_of(), tax_rules=(flat,))

    # 198.00 would be due, and 194.00 is there.
    assert [one.amount_minor for one in after.taxes_included] == [19_400]
    assert after.host.payout_minor == 0


def test_taxes_follow_the_stay():
    rules = (
        TaxRule(key="place_tax:City", kind=TaxKind.PER_GUEST_NIGHT, amount_minor=250, max_nights=5),
        TaxRule(key="place_tax:Rent", kind=TaxKind.PERCENT, rate_bps=1_000),
    )
    before = booked(nights(4), rules_of(), tax_rules=rules)

    after = changed(before, nights(6), rules_of(), tax_rules=rules)

    assert [line.amount_minor for line in after.lines if line.kind is LineKind.TAX] == [2_500, 6_000]


def test_another_currency_keeps_its_rate_and_moves_the_host_by_the_difference():
    rate = QuoteRate(rate="163.455", on=BOOKED_ON)
    rules = rules_of()
    quote = quote_stay(nights(4), rules, TWO, booked_on=BOOKED_ON, terms=Terms(fee_model=split_fee()))
    before = terms_of(convert_quote(quote, rate, "JPY"), nights(4), TWO)

    after = changed(before, nights(5), rules, exchange_rate=Fraction(rate.rate))
    back = changed(after, nights(4), rules, exchange_rate=Fraction(rate.rate))

    # One more night of 16,346 yen; 14 % of 88,266 are 12,357.
    assert (before.total_minor, after.total_minor) == (81_989, 100_623)
    assert after.host.payout_minor == 52_380
    assert (back.total_minor, back.host) == (before.total_minor, before.host)


def test_lines_sum_up_and_nights_explain_them_for_random_changes():
    chance = random.Random(11)
    for _ in range(400):
        rules = rules_of(
            base_minor=chance.randint(1, 20_000),
            weekly_percent=chance.choice([None, 5, 13]),
            monthly_percent=chance.choice([None, 20]),
            non_refundable_percent=chance.choice([None, 7, 10]),
            new_listing_percent=chance.choice([None, 20]),
            bookings_made=chance.choice([0, 5]),
        )
        plan = chance.choice(
            [RatePlan.STANDARD, RatePlan.NON_REFUNDABLE] if rules.non_refundable_percent else ["standard"]
        )
        before = booked(nights(chance.randint(1, 40)), rules, rate_plan=RatePlan(plan))
        today = replace(rules, base_minor=chance.randint(1, 20_000), bookings_made=5)

        after = changed(before, nights(chance.randint(1, 40), after=chance.randint(-5, 5)), today)

        at_night = sum(night.price_minor for night in after.nights)
        assert at_night == after.amount_of(LineKind.NIGHTS, LineKind.DISCOUNT, LineKind.NON_REFUNDABLE)
        assert all(0 <= night.price_minor <= night.base_minor for night in after.nights)
        assert all(
            (line.amount_minor < 0) == (line.kind in (LineKind.DISCOUNT, LineKind.NON_REFUNDABLE))
            for line in after.lines
        )
        assert after.host.payout_minor == after.host.subtotal_minor - after.host.service_fee_minor
        assert terms_from_dict(terms_as_dict(after)) == after
