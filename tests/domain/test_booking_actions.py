"""Who may do what with a booking, and until when.

Source: docs/rules/booking-life.md.
"""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from airbnb.domain.booking_actions import BookingFacts, actions_for, phase_of
from airbnb.domain.booking_deadlines import failed_capture_hold_until, hold_until, respond_by
from airbnb.domain.kinds import ActorKind
from airbnb.domain.statuses import BookingStatus, PaymentStatus, PendingOn, Phase
from airbnb.domain.stays import Stay

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
GUEST, HOST, STAFF = ActorKind.GUEST, ActorKind.HOST, ActorKind.STAFF


def make_facts(**overrides):
    return BookingFacts(
        **{
            "status": BookingStatus.CONFIRMED,
            "pending_on": None,
            "check_in_at": NOW + 48 * HOUR,
            "check_out_at": NOW + 96 * HOUR,
            **overrides,
        }
    )


UNPAID = {"status": BookingStatus.PENDING, "pending_on": PendingOn.PAYMENT, "hold_expires_at": NOW}
ASKED = {"status": BookingStatus.PENDING, "pending_on": PendingOn.HOST, "respond_by": NOW}
IN_STAY = {"check_in_at": NOW - 24 * HOUR, "check_out_at": NOW + 24 * HOUR}
OVER = {"check_in_at": NOW - 48 * HOUR, "check_out_at": NOW}
DONE = {**OVER, "status": BookingStatus.COMPLETED}
LONG_DONE = {**DONE, "check_in_at": NOW - timedelta(days=16), "check_out_at": NOW - timedelta(days=14)}


@pytest.mark.parametrize(
    "facts, guest, host, staff",
    [
        (UNPAID, "pay cancel", "", "cancel"),
        ({**UNPAID, "payment_status": PaymentStatus.FAILED, "payment_attempts": 4}, "pay cancel", "", "cancel"),
        ({**UNPAID, "payment_status": PaymentStatus.FAILED, "payment_attempts": 5}, "cancel", "", "cancel"),
        ({**UNPAID, "payment_status": PaymentStatus.PROCESSING}, "cancel", "", "cancel"),
        ({**UNPAID, "hold_expires_at": NOW - HOUR}, "cancel", "", "cancel"),
        ({**UNPAID, "hold_expires_at": None}, "cancel", "", "cancel"),
        (ASKED, "cancel", "accept decline", "cancel"),
        ({**ASKED, "respond_by": None}, "cancel", "accept decline", "cancel"),
        ({**ASKED, "respond_by": NOW - HOUR}, "cancel", "decline", "cancel"),
        ({}, "cancel request_change", "cancel request_change", "cancel"),
        (IN_STAY, "cancel request_change", "cancel request_change no_show", "cancel no_show"),
        ({**IN_STAY, "no_show_at": NOW}, "cancel request_change", "cancel request_change", "cancel"),
        ({**IN_STAY, "check_in_at": NOW - 23 * HOUR}, "cancel request_change", "cancel request_change", "cancel"),
        (
            {"change_requested_by": GUEST},
            "cancel withdraw_change",
            "cancel accept_change decline_change",
            "cancel",
        ),
        (
            {"change_requested_by": HOST},
            "cancel accept_change decline_change",
            "cancel withdraw_change",
            "cancel",
        ),
        (OVER, "", "no_show", "no_show"),
        ({**OVER, "check_in_at": NOW - 20 * HOUR}, "", "no_show", "no_show"),
        (DONE, "review", "review", ""),
        ({**DONE, "has_reviewed": True}, "", "", ""),
        (LONG_DONE, "review", "review", ""),
        ({**LONG_DONE, "check_out_at": NOW - timedelta(days=14, seconds=1)}, "", "", ""),
        ({"status": BookingStatus.CANCELED}, "", "", ""),
        ({"status": BookingStatus.DECLINED}, "", "", ""),
        ({"status": BookingStatus.EXPIRED}, "", "", ""),
    ],
)
def test_everyone_is_offered_exactly_what_is_possible(facts, guest, host, staff):
    facts = make_facts(**facts)

    assert " ".join(actions_for(GUEST, facts, NOW)) == guest
    assert " ".join(actions_for(HOST, facts, NOW)) == host
    assert " ".join(actions_for(STAFF, facts, NOW)) == staff
    assert actions_for(ActorKind.SYSTEM, facts, NOW) == ()


@pytest.mark.parametrize(
    "now, phase",
    [
        (NOW - HOUR, Phase.UPCOMING),
        (NOW, Phase.IN_STAY),
        (NOW + HOUR, Phase.IN_STAY),
        (NOW + 2 * HOUR, Phase.PAST),
    ],
)
def test_a_stay_is_upcoming_then_running_then_past(now, phase):
    assert phase_of(NOW, NOW + 2 * HOUR, now) is phase


def test_a_hold_lasts_a_quarter_of_an_hour():
    assert hold_until(NOW) == NOW + timedelta(minutes=15)


@pytest.mark.parametrize(
    "check_in, cut_off_hour, capture_before, until",
    [
        ("2026-06-10", None, None, NOW + 24 * HOUR),
        ("2026-06-01", None, None, datetime(2026, 6, 1, 13, tzinfo=UTC)),
        ("2026-06-02", 9, None, datetime(2026, 6, 2, 7, tzinfo=UTC)),
        ("2026-06-02", 20, None, NOW + 24 * HOUR),
        ("2026-06-10", None, NOW + timedelta(days=7), NOW + 24 * HOUR),
        ("2026-06-10", None, NOW + 30 * HOUR, NOW + 18 * HOUR),
    ],
)
def test_a_request_waits_for_the_earliest_of_three_limits(check_in, cut_off_hour, capture_before, until):
    stay = Stay(date.fromisoformat(check_in), date(2026, 6, 20))

    assert (
        respond_by(
            stay,
            now=NOW,
            zone="Europe/Berlin",
            check_in_time=time(15),
            cut_off_hour=cut_off_hour,
            capture_before=capture_before,
        )
        == until
    )


@pytest.mark.parametrize("ahead, lasts", [(100, 24), (26, 24), (10, 8), (1, -1)])
def test_a_failed_capture_leaves_a_day_but_ends_before_check_in(ahead, lasts):
    assert failed_capture_hold_until(NOW, NOW + ahead * HOUR) == NOW + lasts * HOUR
