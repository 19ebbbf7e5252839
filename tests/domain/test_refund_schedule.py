"""The promised schedule is what cancelling really gives.

Source: docs/rules/cancellation.md, "The refund schedule".
"""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airbnb.domain.cancellation import (
    BookingMoney,
    BookingTimes,
    CancellationPolicy,
    Grace,
    policy_terms,
    refund_for,
    refund_schedule,
)
from airbnb.domain.stays import Stay

T = datetime(2026, 6, 29, 13, tzinfo=UTC)


def make_times(nights=4, confirmed_at=datetime(2026, 5, 1, 9, tzinfo=UTC)):
    stay = Stay(date(2026, 6, 29), date(2026, 6, 29) + timedelta(days=nights))
    return BookingTimes(stay=stay, check_in_time=time(15), zone="Europe/Berlin", confirmed_at=confirmed_at)


def make_money(nights=4):
    return BookingMoney(
        night_count=nights, nights_minor=nights * 100_00, cleaning_minor=40_00, guest_service_fee_minor=61_60
    )


@pytest.mark.parametrize(
    "policy, entries",
    [
        (
            "flexible",
            [
                ("2026-06-28T13:00", 501_60),
                ("2026-06-29T13:00", 330_00),
                ("2026-06-30T13:00", 220_00),
                ("2026-07-01T13:00", 110_00),
            ],
        ),
        (
            "moderate",
            [
                ("2026-06-24T13:00", 501_60),
                ("2026-06-29T13:00", 165_00),
                ("2026-06-30T13:00", 110_00),
                ("2026-07-01T13:00", 55_00),
            ],
        ),
        ("limited", [("2026-06-15T13:00", 501_60), ("2026-06-22T13:00", 220_00)]),
        ("firm", [("2026-05-30T13:00", 501_60), ("2026-06-22T13:00", 220_00)]),
        ("strict", [("2026-05-02T09:00", 501_60), ("2026-06-22T13:00", 220_00)]),
        ("non_refundable", [("2026-05-02T09:00", 501_60)]),
    ],
)
def test_a_schedule_lists_every_turn(policy, entries):
    schedule = refund_schedule(make_money(), policy_terms(CancellationPolicy(policy)), make_times())

    assert [(f"{entry.until:%Y-%m-%dT%H:%M}", entry.refund_minor) for entry in schedule] == entries


def test_what_lies_before_the_booking_is_left_out():
    late = make_times(confirmed_at=T - timedelta(days=2))

    schedule = refund_schedule(make_money(), policy_terms(CancellationPolicy.MODERATE), late)

    assert [(entry.until, entry.refund_minor) for entry in schedule][:1] == [(T, 165_00)]


def test_a_stay_without_any_refund_says_so():
    late = make_times(confirmed_at=T - timedelta(days=2))

    schedule = refund_schedule(make_money(), policy_terms(CancellationPolicy.NON_REFUNDABLE), late)

    assert [(entry.until, entry.refund_minor) for entry in schedule] == [(T, 0)]


def test_a_stay_booked_on_its_last_night_has_no_schedule():
    late = make_times(nights=1, confirmed_at=T + timedelta(hours=3))

    assert refund_schedule(make_money(1), policy_terms(CancellationPolicy.MODERATE), late) == ()


@given(
    policy=st.sampled_from(list(CancellationPolicy)),
    nights=st.integers(1, 60),
    ahead=st.integers(-100, 90 * 24),
    later=st.integers(0, 90 * 24 * 60),
    grace=st.sampled_from([Grace(), Grace(non_refundable=False), Grace(hours=48, min_days_before=3)]),
)
def test_the_schedule_says_what_cancelling_gives(policy, nights, ahead, later, grace):
    times = make_times(nights, confirmed_at=T - timedelta(hours=ahead))
    money, terms = make_money(nights), policy_terms(policy)
    now = times.confirmed_at + timedelta(minutes=later)

    schedule = refund_schedule(money, terms, times, grace=grace)

    promised = next((entry.refund_minor for entry in schedule if now <= entry.until), 0)
    assert refund_for(money, terms, times, now=now, grace=grace).refund_minor == promised
    amounts = [entry.refund_minor for entry in schedule]
    assert amounts == sorted(set(amounts), reverse=True)
