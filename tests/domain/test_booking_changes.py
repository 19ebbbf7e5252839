"""Until when a change is answered and paid, and what share it leaves to be refunded.

Source: docs/rules/booking-changes.md.
"""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from airbnb.domain.booking_actions import BookingFacts, actions_for
from airbnb.domain.booking_changes import Span, answer_by, pay_by, refund_cap
from airbnb.domain.cancellation import BookingMoney, BookingTimes, CancellationPolicy, policy_terms, refund_for
from airbnb.domain.kinds import ActorKind
from airbnb.domain.statuses import BookingStatus, ChangeWaitsFor, PaymentStatus
from airbnb.domain.stays import Stay

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def span(begins, ends):
    return Span(check_in_at=NOW + begins * HOUR, check_out_at=NOW + ends * HOUR)


@pytest.mark.parametrize(
    "old, new, capture_in, answered_in, paid_in",
    [
        (span(100, 200), span(100, 220), None, 24, 24),
        (span(100, 200), span(20, 120), None, 20, 20),
        (span(10, 200), span(100, 220), None, 10, 10),
        (span(-10, 100), span(-10, 120), None, 24, 24),
        (span(-10, 20), span(-10, 40), None, 20, 20),
        (span(-10, 40), span(-10, 16), None, 16, 16),
        (span(100, 200), span(100, 220), 30, 18, 24),
    ],
)
def test_a_change_is_answered_and_paid_in_time(old, new, capture_in, answered_in, paid_in):
    capture_before = None if capture_in is None else NOW + capture_in * HOUR

    assert answer_by(old, new, now=NOW, capture_before=capture_before) == NOW + answered_in * HOUR
    assert pay_by(old, new, now=NOW) == NOW + paid_in * HOUR


@pytest.mark.parametrize(
    "refund, total, cap",
    [(50_160, 50_160, None), (0, 0, None), (16_500, 50_160, 328_947), (0, 50_160, 0), (1, 3, 333_333)],
)
def test_the_share_is_rounded_down(refund, total, cap):
    assert refund_cap(refund, total) == cap


@pytest.mark.parametrize(
    "cap, canceled_by, refund",
    [(None, "guest", 50_160), (328_947, "guest", 16_500), (0, "guest", 0), (0, "host", 50_160)],
)
def test_no_cancellation_by_the_guest_gives_back_a_larger_share(cap, canceled_by, refund):
    money = BookingMoney(
        night_count=4,
        nights_minor=40_000,
        cleaning_minor=4_000,
        guest_service_fee_minor=6_160,
        host_fee_bps=300,
        refund_cap_ppm=cap,
    )
    stay = Stay(date(2026, 9, 1), date(2026, 9, 5))
    times = BookingTimes(stay=stay, check_in_time=time(15), zone="Europe/Lisbon", confirmed_at=NOW)

    outcome = refund_for(
        money,
        policy_terms(CancellationPolicy.MODERATE),
        times,
        now=NOW + 48 * HOUR,
        canceled_by=ActorKind(canceled_by),
    )

    assert outcome.refund_minor == refund
    assert outcome.host_kept_minor + outcome.guest_service_fee_kept_minor == 50_160 - refund


GUEST, HOST = ActorKind.GUEST, ActorKind.HOST
BY_GUEST = {"change_requested_by": GUEST, "change_waits_for": ChangeWaitsFor.HOST, "change_expires_at": NOW}
BY_HOST = {"change_requested_by": HOST, "change_waits_for": ChangeWaitsFor.GUEST, "change_expires_at": NOW}
MORE = {"change_costs_more": True}
AGREED = {"change_waits_for": ChangeWaitsFor.PAYMENT}


@pytest.mark.parametrize(
    "facts, guest, host",
    [
        (BY_GUEST, "withdraw_change", "accept_change decline_change"),
        ({**BY_GUEST, "change_expires_at": NOW - HOUR}, "withdraw_change", "decline_change"),
        ({**BY_GUEST, **MORE}, "pay withdraw_change", "accept_change decline_change"),
        (
            {**BY_GUEST, **MORE, "change_payment_status": PaymentStatus.AUTHORIZED},
            "withdraw_change",
            "accept_change decline_change",
        ),
        ({**BY_GUEST, **MORE, **AGREED}, "pay withdraw_change", ""),
        (
            {**BY_GUEST, **MORE, **AGREED, "change_payment_status": PaymentStatus.FAILED, "change_payment_attempts": 5},
            "withdraw_change",
            "",
        ),
        (BY_HOST, "accept_change decline_change", "withdraw_change"),
        ({**BY_HOST, **MORE}, "accept_change decline_change", "withdraw_change"),
        ({**BY_HOST, **MORE, **AGREED}, "pay decline_change", "withdraw_change"),
        ({**BY_HOST, **MORE, **AGREED, "change_expires_at": NOW - HOUR}, "decline_change", "withdraw_change"),
    ],
)
def test_who_may_do_what_with_an_open_change(facts, guest, host):
    stay = {"check_in_at": NOW + 48 * HOUR, "check_out_at": NOW + 96 * HOUR}
    known = BookingFacts(status=BookingStatus.CONFIRMED, pending_on=None, **stay, **facts)

    def offered(side):
        return " ".join(action for action in actions_for(side, known, NOW) if action != "cancel")

    assert (offered(GUEST), offered(HOST)) == (guest, host)
    assert actions_for(ActorKind.STAFF, known, NOW) == ("cancel",)
