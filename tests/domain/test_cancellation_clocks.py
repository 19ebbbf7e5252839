"""Every deadline of every policy to the second, on the listing's own clock, also where that clock jumps.

Source: docs/rules/cancellation.md, docs/rules/calendar.md.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from airbnb.domain.cancellation import (
    BookingMoney,
    BookingTimes,
    CancellationPolicy,
    policy_terms,
    refund_for,
    refund_schedule,
)
from airbnb.domain.stays import Stay

SECOND = timedelta(seconds=1)
#: (days before T, what the host keeps of four nights of 110.00 after that deadline), by the rule document.
BANDS = {
    "flexible": [(1, 110_00), (0, 220_00)],
    "moderate": [(5, 275_00), (0, 330_00)],
    "limited": [(14, 220_00), (7, 440_00), (0, 440_00)],
    "firm": [(30, 220_00), (7, 440_00), (0, 440_00)],
    "strict": [(7, 440_00), (0, 440_00)],
    "non_refundable": [(7, 440_00), (0, 440_00)],
}
FIRST_KEPT = {"strict": 220_00, "non_refundable": 440_00}
#: Clocks jump within the last days before these check-ins, or on the day itself.
CHECK_INS = [
    ("America/New_York", "2026-03-08"),
    ("America/New_York", "2026-03-09"),
    ("America/New_York", "2026-11-01"),
    ("America/New_York", "2026-11-02"),
    ("Europe/Berlin", "2026-03-29"),
    ("Europe/Berlin", "2026-10-25"),
    ("Europe/Berlin", "2026-10-26"),
    ("Australia/Lord_Howe", "2026-04-05"),
    ("Australia/Lord_Howe", "2026-10-04"),
    ("Australia/Lord_Howe", "2026-10-05"),
    ("America/Sao_Paulo", "2018-11-04"),
    ("America/Sao_Paulo", "2018-11-05"),
    ("Pacific/Apia", "2012-01-05"),
    ("Europe/Berlin", "2028-02-29"),
    ("Europe/Berlin", "2028-03-01"),
    ("Europe/Berlin", "2027-03-01"),
]


def wall_clock(day, zone):
    """15:00 of a day in a zone, by the library of time zones alone."""
    return datetime.combine(day, time(15), ZoneInfo(zone)).astimezone(UTC)


def make_times(zone, check_in, nights=4):
    stay = Stay(check_in, check_in + timedelta(days=nights))
    long_ago = wall_clock(check_in - timedelta(days=60), zone)
    return BookingTimes(stay=stay, check_in_time=time(15), zone=zone, confirmed_at=long_ago)


def make_money(nights=4):
    return BookingMoney(
        night_count=nights, nights_minor=nights * 100_00, cleaning_minor=nights * 10_00, guest_service_fee_minor=61_60
    )


@pytest.mark.parametrize("zone, day", CHECK_INS)
@pytest.mark.parametrize("policy", BANDS)
def test_a_deadline_holds_to_the_second(policy, zone, day):
    check_in = date.fromisoformat(day)
    times, money, terms = make_times(zone, check_in), make_money(), policy_terms(CancellationPolicy(policy))
    promised = {entry.until: entry.refund_minor for entry in refund_schedule(money, terms, times)}
    kept_before = FIRST_KEPT.get(policy, 0)

    for days_before, kept_after in BANDS[policy]:
        deadline = wall_clock(check_in - timedelta(days=days_before), zone)
        kept = [
            refund_for(money, terms, times, now=deadline + shift).host_kept_minor
            for shift in (-SECOND, timedelta(0), SECOND)
        ]
        assert kept == [kept_before, kept_before, kept_after], deadline
        if kept_after != kept_before:
            assert promised[deadline] == 440_00 - kept_before + (0 if kept_before else 61_60)
        kept_before = kept_after


@pytest.mark.parametrize("zone, day", CHECK_INS)
def test_a_night_is_stayed_from_the_second_after_its_check_in_hour(zone, day):
    check_in = date.fromisoformat(day)
    times, terms = make_times(zone, check_in), policy_terms(CancellationPolicy.FLEXIBLE)

    for number in range(4):
        begins = wall_clock(check_in + timedelta(days=number), zone)
        kept = [
            refund_for(make_money(), terms, times, now=begins + shift).host_kept_minor // 110_00
            for shift in (timedelta(0), SECOND)
        ]
        assert kept == [number + 1 if number else 1, min(number + 2, 4)]


@pytest.mark.parametrize(
    "nights, policy, before, kept_nights",
    [
        (1, "flexible", timedelta(days=1), 0),
        (1, "flexible", timedelta(days=1) - SECOND, 1),
        (1, "moderate", -SECOND, 1),
        (365, "long_term", timedelta(days=30), 0),
        (365, "long_term", timedelta(days=30) - SECOND, 30),
        (365, "long_term", -SECOND, 31),
        (365, "long_term", -timedelta(days=300, seconds=1), 331),
        (365, "long_term", -timedelta(days=364, seconds=1), 365),
    ],
)
def test_the_shortest_and_the_longest_stay(nights, policy, before, kept_nights):
    times = make_times("UTC", date(2028, 2, 29), nights)

    refund = refund_for(
        make_money(nights),
        policy_terms(CancellationPolicy(policy)),
        times,
        now=wall_clock(date(2028, 2, 29), "UTC") - before,
    )

    assert refund.host_kept_minor == kept_nights * 110_00


def test_a_day_that_never_was_is_paid_like_the_others():
    """On 30 December 2011 there was no day in Apia: its night begins where the 31st does."""
    times, terms = make_times("Pacific/Apia", date(2011, 12, 29), 3), policy_terms(CancellationPolicy.FLEXIBLE)
    skip = datetime(2011, 12, 30, 10, tzinfo=UTC)

    kept = [
        refund_for(make_money(3), terms, times, now=now).host_kept_minor // 110_00
        for now in (skip - timedelta(hours=9), skip, skip + SECOND, skip + timedelta(hours=15, seconds=1))
    ]

    assert kept == [1, 2, 3, 3]
