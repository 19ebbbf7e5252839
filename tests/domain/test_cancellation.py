"""Refunds by the tables of the rule document.

Source: docs/rules/cancellation.md.
"""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from airbnb.domain.cancellation import (
    BookedTax,
    BookingMoney,
    BookingTimes,
    CancellationPolicy,
    Grace,
    PenaltyLimits,
    host_penalty,
    policy_for,
    policy_terms,
    refund_for,
)
from airbnb.domain.kinds import ActorKind
from airbnb.domain.pricing import CouponFunding, LineKind, RatePlan
from airbnb.domain.stays import Stay
from airbnb.domain.taxes import RemittedBy

CHECK_IN = date(2026, 6, 29)
T = datetime(2026, 6, 29, 13, tzinfo=UTC)  # 15:00 in Berlin
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def make_times(nights=4, **overrides):
    return BookingTimes(
        **{
            "stay": Stay(CHECK_IN, CHECK_IN + timedelta(days=nights)),
            "check_in_time": time(15),
            "zone": "Europe/Berlin",
            "confirmed_at": T - timedelta(days=6),
            **overrides,
        }
    )


def make_money(nights=4, **overrides):
    return BookingMoney(
        **{
            "night_count": nights,
            "nights_minor": nights * 100_00,
            "cleaning_minor": 40_00,
            "guest_service_fee_minor": 61_60,
            "host_fee_bps": 300,
            **overrides,
        }
    )


def cancel(policy, before, *, nights=4, by=ActorKind.GUEST, grace=None, money=None, **times):
    """Cancel so long before T; a negative time is after it."""
    return refund_for(
        money or make_money(nights),
        policy_terms(CancellationPolicy(policy)),
        make_times(nights, **times),
        now=T - before,
        canceled_by=by,
        grace=grace,
    )


def days(number):
    return timedelta(days=number)


# Four nights of 100.00 and cleaning of 40.00: the pool is 110.00 a night, 440.00 in all. B is six days before T, so
# that there is no grace. What the host keeps:
KEPT = [
    ("flexible", days(5), 0),
    ("flexible", days(1), 0),
    ("flexible", days(1) - SECOND, 110_00),
    ("flexible", days(0), 110_00),
    ("flexible", -SECOND, 220_00),
    ("flexible", -days(1), 220_00),
    ("flexible", -days(1) - SECOND, 330_00),
    ("flexible", -days(2) - SECOND, 440_00),
    ("flexible", -days(4), 440_00),
    ("moderate", days(5), 0),
    ("moderate", days(5) - SECOND, 275_00),
    ("moderate", days(2), 275_00),
    ("moderate", days(0), 275_00),
    ("moderate", -SECOND, 330_00),
    ("moderate", -days(1) - SECOND, 385_00),
    ("moderate", -days(2) - SECOND, 440_00),
    ("limited", days(14), 0),
    ("limited", days(14) - SECOND, 220_00),
    ("limited", days(7), 220_00),
    ("limited", days(7) - SECOND, 440_00),
    ("limited", days(0), 440_00),
    ("limited", -SECOND, 440_00),
    ("firm", days(30), 0),
    ("firm", days(30) - SECOND, 220_00),
    ("firm", days(7), 220_00),
    ("firm", days(7) - SECOND, 440_00),
    ("firm", -SECOND, 440_00),
    ("strict", days(60), 220_00),
    ("strict", days(7), 220_00),
    ("strict", days(7) - SECOND, 440_00),
    ("strict", -SECOND, 440_00),
    ("non_refundable", days(60), 440_00),
    ("non_refundable", -SECOND, 440_00),
]


@pytest.mark.parametrize("policy, before, kept_minor", KEPT)
def test_a_policy_keeps_for_the_host_what_its_row_says(policy, before, kept_minor):
    early = {"confirmed_at": LONG_AGO} if before > days(6) else {}

    refund = cancel(policy, before, **early)

    assert refund.host_kept_minor == kept_minor
    assert refund.host_service_fee_minor == kept_minor * 3 // 100
    assert refund.is_full is (kept_minor == 0)
    assert refund.guest_service_fee_kept_minor == (61_60 if kept_minor else 0)
    assert refund.refund_minor == refund.due_minor == 440_00 - kept_minor + (0 if kept_minor else 61_60)


def test_the_worked_example():
    """Moderate, two days before T: the host keeps 110.00 and 165.00, the guest gets 165.00 back and no fee."""
    refund = cancel("moderate", days(2))

    assert refund.host_kept_minor == 275_00
    assert refund.refund_minor == 165_00
    assert refund.guest_service_fee_kept_minor == 61_60
    assert [(line.kind, line.charged_minor, line.kept_minor, line.refund_minor) for line in refund.lines] == [
        (LineKind.NIGHTS, 400_00, 250_00, 150_00),
        (LineKind.CLEANING, 40_00, 25_00, 15_00),
        (LineKind.GUEST_SERVICE_FEE, 61_60, 61_60, 0),
    ]


# Forty nights of 100.00 without fees; thirty of them are 3,000.00.
@pytest.mark.parametrize(
    "nights, before, kept_minor",
    [
        (40, days(30), 0),
        (40, days(30) - SECOND, 3_000_00),
        (40, days(0), 3_000_00),
        (40, -SECOND, 3_100_00),
        (40, -days(9) - SECOND, 4_000_00),
        (40, -days(20), 4_000_00),
        (28, days(29), 2_800_00),
    ],
)
def test_a_long_stay_keeps_the_next_thirty_nights(nights, before, kept_minor):
    money = make_money(nights, cleaning_minor=0, guest_service_fee_minor=0)

    refund = cancel("long_term", before, nights=nights, money=money, confirmed_at=LONG_AGO)

    assert refund.host_kept_minor == kept_minor
    assert refund.refund_minor == nights * 100_00 - kept_minor


@pytest.mark.parametrize(
    "listing_policy, rate_plan, nights, policy",
    [
        ("moderate", RatePlan.STANDARD, 27, "moderate"),
        ("moderate", RatePlan.STANDARD, 28, "long_term"),
        ("moderate", RatePlan.NON_REFUNDABLE, 27, "non_refundable"),
        ("strict", RatePlan.NON_REFUNDABLE, 28, "long_term"),
    ],
)
def test_length_goes_before_rate_plan_before_listing(listing_policy, rate_plan, nights, policy):
    assert policy_for(CancellationPolicy(listing_policy), rate_plan, nights) == policy


def test_a_version_that_never_was_is_refused():
    with pytest.raises(KeyError):
        policy_terms(CancellationPolicy.FIRM, 0)


# (policy, B before T, cancelled after B, grace setting, full refund)
GRACE = [
    ("strict", days(7), timedelta(hours=24), None, True),
    ("strict", days(7), timedelta(hours=24) + SECOND, None, False),
    ("strict", days(7) - SECOND, SECOND, None, False),
    ("non_refundable", days(30), timedelta(hours=24), None, True),
    ("non_refundable", days(30), SECOND, Grace(non_refundable=False), False),
    ("strict", days(30), SECOND, Grace(non_refundable=False), True),
    ("long_term", days(8), timedelta(hours=1), None, True),
    ("firm", -timedelta(hours=1), SECOND, None, False),
    ("firm", days(20), timedelta(hours=48), Grace(hours=48), True),
    ("firm", days(20), SECOND, Grace(min_days_before=21), False),
]


@pytest.mark.parametrize("policy, ahead, later, grace, is_full", GRACE)
def test_grace_gives_everything_back(policy, ahead, later, grace, is_full):
    confirmed_at = T - ahead

    refund = cancel(policy, T - (confirmed_at + later), confirmed_at=confirmed_at, grace=grace)

    assert refund.is_full is is_full


@pytest.mark.parametrize(
    "check_in, zone, deadline",
    [
        # The clock springs forward between deadline and T: 23 hours lie between them.
        (date(2026, 3, 29), "Europe/Berlin", datetime(2026, 3, 28, 14, tzinfo=UTC)),
        # It falls back: 25 hours.
        (date(2026, 10, 25), "Europe/Berlin", datetime(2026, 10, 24, 13, tzinfo=UTC)),
        (date(2026, 3, 8), "America/New_York", datetime(2026, 3, 7, 20, tzinfo=UTC)),
        # Half an hour on Lord Howe, and a day that never was in Apia.
        (date(2026, 10, 4), "Australia/Lord_Howe", datetime(2026, 10, 3, 4, 30, tzinfo=UTC)),
        (date(2011, 12, 31), "Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),
    ],
)
def test_a_deadline_holds_to_the_second_when_clocks_change(check_in, zone, deadline):
    times = BookingTimes(
        stay=Stay(check_in, check_in + days(2)),
        check_in_time=time(15),
        zone=zone,
        confirmed_at=deadline - timedelta(hours=30),
    )
    terms, money = policy_terms(CancellationPolicy.FLEXIBLE), make_money(2)

    assert refund_for(money, terms, times, now=deadline - SECOND).is_full
    assert refund_for(money, terms, times, now=deadline).is_full
    assert not refund_for(money, terms, times, now=deadline + SECOND).is_full


TAXES = (
    BookedTax(label_key="tax.city", amount_minor=44_00),
    BookedTax(label_key="tax.night", amount_minor=8_00, is_flat=True, remitted_by=RemittedBy.HOST),
    BookedTax(label_key="tax.vat", amount_minor=40_00, inclusive=True),
)


@pytest.mark.parametrize(
    "before, kept, taxes_kept, payout_minor",
    [
        (days(5), 0, {"tax.city": 0, "tax.night": 0}, 0),
        # 275 of 440 kept: 62.5 % of the shares, no night stayed.
        (days(2), 275_00, {"tax.city": 27_50, "tax.night": 0}, 275_00 - 8_25 - 25_00),
        # One night stayed: a quarter of what is counted by nights.
        (-SECOND, 330_00, {"tax.city": 33_00, "tax.night": 2_00}, 330_00 - 9_90 - 30_00 + 2_00),
        (-days(3) - SECOND, 440_00, {"tax.city": 44_00, "tax.night": 8_00}, 440_00 - 13_20 - 40_00 + 8_00),
    ],
)
def test_taxes_are_recomputed_on_what_is_kept(before, kept, taxes_kept, payout_minor):
    refund = cancel("moderate", before, money=make_money(taxes=TAXES))

    assert refund.host_kept_minor == kept
    assert {line.label_key: line.kept_minor for line in refund.lines if line.kind is LineKind.TAX} == taxes_kept
    assert refund.taxes_kept_minor == sum(taxes_kept.values())
    assert refund.host_payout_minor == payout_minor


@pytest.mark.parametrize("by", [ActorKind.HOST, ActorKind.STAFF])
@pytest.mark.parametrize("policy", list(CancellationPolicy))
@pytest.mark.parametrize(
    "before, kept, fee_kept, taxes",
    [
        (days(3), 0, 0, 0),
        (days(0), 0, 0, 0),
        (-SECOND, 110_00, 15_40, 11_00 + 2_00),
        (-days(1) - SECOND, 220_00, 30_80, 22_00 + 4_00),
        (-days(9), 440_00, 61_60, 44_00 + 8_00),
    ],
)
def test_when_host_or_staff_cancel_only_the_nights_stayed_are_kept(policy, by, before, kept, fee_kept, taxes):
    refund = cancel(policy, before, by=by, money=make_money(taxes=TAXES))

    assert refund.host_kept_minor == kept
    assert refund.guest_service_fee_kept_minor == fee_kept
    assert refund.taxes_kept_minor == taxes
    assert refund.refund_minor == 553_60 - kept - fee_kept - taxes


@pytest.mark.parametrize(
    "coupon_minor, before, refund_minor, coupon_kept_minor",
    [
        (100_00, days(5), 401_60, 0),  # full: what was paid comes back, the coupon is free again
        (100_00, days(2), 165_00, 100_00),  # the coupon pays for what is kept
        (400_00, days(2), 101_60 - 0, 336_60),  # it pays all of it: 275.00 and the fee of 61.60
        (501_60, days(2), 0, 336_60),
    ],
)
def test_a_coupon_pays_first_for_what_is_kept(coupon_minor, before, refund_minor, coupon_kept_minor):
    refund = cancel("moderate", before, money=make_money(coupon_minor=coupon_minor))

    assert refund.refund_minor == refund_minor
    assert refund.coupon_kept_minor == coupon_kept_minor


def test_a_hosts_own_coupon_is_off_what_the_host_keeps():
    money = make_money(coupon_minor=50_00, coupon_funded_by=CouponFunding.HOST)

    assert cancel("moderate", days(2), money=money).host_payout_minor == 275_00 - 8_25 - 50_00
    assert cancel("moderate", days(5), money=money).host_payout_minor == 0


@pytest.mark.parametrize(
    "captured, refunded, before, refund_minor",
    [
        (None, 0, days(5), 501_60),
        (501_60, 400_00, days(5), 101_60),
        (501_60, 501_60, days(5), 0),
        (0, 0, days(5), 0),
        (501_60, 400_00, days(2), 101_60),
        (501_60, 100_00, days(2), 165_00),
        (100_00, 200_00, days(2), 0),
    ],
)
def test_a_refund_is_never_above_captured_minus_refunded(captured, refunded, before, refund_minor):
    refund = cancel("moderate", before, money=make_money(captured_minor=captured, refunded_minor=refunded))

    assert refund.refund_minor == refund_minor
    assert refund.due_minor == (501_60 if before == days(5) else 165_00)


def test_a_free_stay_gives_nothing_back():
    money = BookingMoney(night_count=2, nights_minor=0, taxes=(BookedTax(label_key="t", amount_minor=5_00),))

    refund = cancel("strict", -days(1), nights=2, money=money)

    assert (refund.host_kept_minor, refund.refund_minor) == (0, 5_00)


LIMITS = PenaltyLimits(min_minor=46_00, max_minor=920_00)


@pytest.mark.parametrize(
    "before, nights, penalty_minor",
    [
        (days(30), 40, 404_00),
        (days(30) - SECOND, 20, 510_00),
        (days(2), 20, 510_00),
        (days(2) - SECOND, 10, 520_00),
        (days(2) - SECOND, 40, 920_00),  # at most
        (days(30), 4, 46_00),  # at least
        (-SECOND, 4, 165_00),  # three nights are missed
        (-days(2) - SECOND, 4, 55_00),
        (-days(3) - SECOND, 4, 0),  # none is left
    ],
)
def test_a_host_pays_for_cancelling_by_how_late_it_is(before, nights, penalty_minor):
    assert host_penalty(make_money(nights), make_times(nights), now=T - before, limits=LIMITS) == penalty_minor
